"""The cast: a desk that books, and a studio that is open from 09:00 to 24:00 in Paris."""

import pytest

from studio.office.services import profile
from tests.factories import ClientFactory, RoomFactory, UserFactory


@pytest.fixture(autouse=True)
def _seeded(studio):
    """A test that commits is followed by a flush, which takes the seeds along."""
    profile.seed_profile(
        name=studio.name, country="FR", time_zone="Europe/Paris", currency="EUR", language=studio.language
    )
    profile.seed_opening_hours()


@pytest.fixture
def desk():
    return UserFactory(email="desk@example.org", name="Dana Desk")


@pytest.fixture
def client_():
    return ClientFactory(name="Mina Morel")


@pytest.fixture
def room():
    return RoomFactory(name="Studio A")

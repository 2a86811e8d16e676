"""The staff at their back office, on a day that is far from any change of the clocks."""

import pytest

from tests.factories import ProjectFactory, TaskTypeFactory
from tests.staff import account, signed_in


@pytest.fixture
def owner(studio):
    return account("owner")


@pytest.fixture
def office(web, owner):
    """The owner's browser."""
    return signed_in(web, owner)


@pytest.fixture
def engineer(studio):
    return account("engineer")


@pytest.fixture
def desk_of(web, engineer):
    """The engineer's browser."""
    return signed_in(web, engineer)


@pytest.fixture
def editing():
    return TaskTypeFactory(name="Editing")


@pytest.fixture
def album():
    return ProjectFactory(name="Album")

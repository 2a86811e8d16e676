"""Whom the tests of a member's pages are about."""

import pytest

from tests.training_factories import MemberFactory


@pytest.fixture
def mina():
    return MemberFactory(
        first_name="Mina", last_name="Morel", email="mina@example.org", phone="06 12 34", medical_notes="Bad knee"
    )

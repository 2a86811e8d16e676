"""The staff at their back office, on a day that is far from any change of the clocks."""

import pytest

from tests.staff import account, signed_in


@pytest.fixture
def owner(studio):
    return account("owner")


@pytest.fixture
def office(web, owner):
    """The owner's browser."""
    return signed_in(web, owner)

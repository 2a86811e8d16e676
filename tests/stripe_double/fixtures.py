"""The double as a fixture: one per process of the run, forgetting everything before each test that asks for it."""

from collections.abc import Iterator

import pytest

from tests.stripe_double import control


@pytest.fixture(scope="session")
def _stripe_double_of_the_run() -> Iterator[control.DoubleHere]:
    with control.here() as double:
        yield double


@pytest.fixture
def stripe_double(_stripe_double_of_the_run: control.DoubleHere) -> control.DoubleHere:
    """A double of Stripe that has seen nothing yet; `.url` is the base of its API."""
    _stripe_double_of_the_run.forget()
    return _stripe_double_of_the_run

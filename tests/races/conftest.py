"""Where races are run."""

import threading

import pytest
from django.db import connections, transaction

from studio.tenancy.context import inside
from tests.billing.stripe_journeys import set_up
from tests.billing_factories import settle_seller
from tests.fleet import environment, fleet

PATIENCE = 20  # seconds


@pytest.fixture
def own_rules():
    """Say that a race takes rules of its tables away: its studio is opened for it, and removed with it."""


@pytest.fixture
def course(request, monkeypatch, transactional_db, studio):
    """Return the studio of a race, for it alone, and let processes of their own find it.

    It is the home studio, which a test that commits leaves as it was opened: opening another takes longer than a race.
    """
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    if "own_rules" not in request.fixturenames:
        yield studio
        return
    with fleet(1) as (opened,):
        yield opened


@pytest.fixture
def online(course, settings, stripe_double):
    """Return a studio for a race that takes payments at the double."""
    set_up(settings, stripe_double, course)
    with inside(course):
        settle_seller()
    return course


@pytest.fixture
def keep(studio):
    """Return how to let another connection keep a row, until what that returns is set or the test is over."""
    let_go, keepers = threading.Event(), []

    def keeping(row) -> threading.Event:
        is_taken = threading.Event()

        def hold() -> None:
            try:
                with inside(studio), transaction.atomic():
                    type(row).objects.locked().get(pk=row.pk)
                    is_taken.set()
                    let_go.wait(PATIENCE)
            finally:
                connections.close_all()

        keepers.append(threading.Thread(target=hold))
        keepers[-1].start()
        assert is_taken.wait(PATIENCE)
        return let_go

    yield keeping
    let_go.set()
    for keeper in keepers:
        keeper.join(PATIENCE)

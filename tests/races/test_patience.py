"""Whoever waits for a row that somebody keeps is told so after three seconds, and nothing is half done."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connections, transaction

from sessions_app.models import StudioSession
from sessions_app.services import attendance
from studio.accounts.models import AuditEvent
from studio.db import TryAgain
from studio.tenancy.context import inside
from tests.factories import SessionFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
START = datetime(2030, 2, 4, 10, tzinfo=UTC)
PATIENCE = 20  # seconds


@pytest.fixture
def kept(studio):
    """A session whose row another connection keeps until the test is over, and the word that it may let go."""
    session = SessionFactory(starts_at=START, now=NOW)
    is_taken, let_go = threading.Event(), threading.Event()

    def keep() -> None:
        try:
            with inside(studio), transaction.atomic():
                StudioSession.objects.locked().get(pk=session.pk)
                is_taken.set()
                let_go.wait(PATIENCE)
        finally:
            connections.close_all()

    keeper = threading.Thread(target=keep)
    keeper.start()
    assert is_taken.wait(PATIENCE)
    yield session, let_go
    let_go.set()
    keeper.join(PATIENCE)


def start(session):
    """Start the session."""
    attendance.start_session(session=session, actor=None, now=START)


@pytest.mark.parametrize("act", [start])
def test_a_row_that_is_kept_is_waited_for_briefly(kept, act):
    session, _let_go = kept

    with pytest.raises(TryAgain, match="Please try again"):
        act(session)

    assert StudioSession.objects.values_list("status", "starts_at").get() == ("scheduled", START)
    assert list(AuditEvent.objects.filter(object_id=str(session.pk)).values_list("verb", flat=True)) == ["book"]


@pytest.mark.parametrize("act", [start])
def test_a_row_that_is_let_go_is_taken(kept, act):
    session, let_go = kept
    let_go.set()

    act(session)

    assert AuditEvent.objects.filter(object_id=str(session.pk)).count() == 2

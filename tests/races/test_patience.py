"""Whoever waits for a row that somebody keeps is told so after three seconds, and nothing is half done."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from sessions_app.models import StudioSession
from sessions_app.services import attendance, bookings, slots
from studio.accounts.models import AuditEvent
from studio.db import TryAgain
from studio.tenancy.context import inside
from tests.factories import RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
START = datetime(2030, 2, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def move(session):
    """Move the session by an hour."""
    bookings.move_session(session=session, starts_at=START + HOUR, ends_at=START + 2 * HOUR, actor=None, now=NOW)


def cancel(session):
    """Cancel the session."""
    bookings.cancel_session(session=session, reason="", actor=None, now=NOW)


def start(session):
    """Start the session."""
    attendance.start_session(session=session, actor=None, now=START)


def test_a_row_that_is_kept_is_waited_for_briefly(studio, keep):
    """By each act for a row of its own, all at once."""
    sessions = {act: SessionFactory(starts_at=START, now=NOW) for act in (move, cancel, start)}
    for session in sessions.values():
        keep(session)

    def told(act):
        try:
            with inside(studio), pytest.raises(TryAgain, match="Please try again"):
                act(sessions[act])
        finally:
            connections.close_all()

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(told, sessions)) == [None] * 3

    for session in sessions.values():
        session.refresh_from_db()
        assert (session.status, session.starts_at) == ("scheduled", START)
        assert list(AuditEvent.objects.filter(object_id=str(session.pk)).values_list("verb", flat=True)) == ["book"]


@pytest.mark.parametrize("act", [move, cancel, start])
def test_a_row_that_is_let_go_is_taken(keep, act):
    session = SessionFactory(starts_at=START, now=NOW)
    keep(session).set()

    act(session)

    assert AuditEvent.objects.filter(object_id=str(session.pk)).count() == 2


def test_a_session_that_changes_its_room_meanwhile_is_left_alone(studio, monkeypatch):
    session, other = SessionFactory(starts_at=START, now=NOW), RoomFactory(name="Second", now=NOW)
    lock_rooms = slots.lock_rooms

    def somebody_is_faster(*rooms, now, **also):
        StudioSession.objects.filter(pk=session.pk).update(room=other)
        lock_rooms(*rooms, now=now, **also)

    monkeypatch.setattr(slots, "lock_rooms", somebody_is_faster)

    with pytest.raises(TryAgain, match="moving this session right now"):
        move(session)

"""Two who take no lock and wait for each other: the one who gives way is told that the time is taken."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from sessions_app.models import StudioSession
from sessions_app.services import bookings, slots
from studio.db import Deadlocked, taking_turns
from studio.tenancy.context import inside
from tests.factories import RoomFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
EARLY, LATE = datetime(2030, 2, 4, 10, tzinfo=UTC), datetime(2030, 2, 4, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
PATIENCE = 20  # seconds
A_MOMENT = 0.02  # the server looks for deadlocks after a second of waiting: the first to wait finds it


def insert(room, starts_at):
    """Write a session without asking anybody."""
    ends_at = starts_at + HOUR
    times = {"starts_at": starts_at, "ends_at": ends_at, "blocked_from": starts_at, "blocked_to": ends_at}
    StudioSession.objects.create(title="Raw", room=room, **times)


def wait_until_it_waits(pid):
    """Return once the server's process of another connection waits for a lock."""
    until = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid])
            if cursor.fetchone()[0]:
                return
            time.sleep(A_MOMENT)


@pytest.fixture
def crossing(studio):
    """A room, whose late hour a thread has that asks for the early one as soon as this connection waits."""
    room = RoomFactory(now=NOW)
    has_late = threading.Event()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()

    def cross() -> None:
        try:
            with inside(studio), transaction.atomic():
                insert(room, LATE)
                has_late.set()
                wait_until_it_waits(pid)
                insert(room, EARLY)
        except IntegrityError:
            pass  # the other one has it
        finally:
            connections.close_all()

    thread = threading.Thread(target=cross)
    thread.start()
    assert has_late.wait(PATIENCE)
    yield room
    thread.join(PATIENCE)


def book_late_having_early(room):
    """Write the early hour and book the late one, in one transaction."""
    with transaction.atomic():
        insert(room, EARLY)
        bookings.book_session(title="Late", room=room, starts_at=LATE, ends_at=LATE + HOUR, actor=None, now=NOW)


@taking_turns()
def insert_both(room):
    """Write the early hour and the late one, in one transaction."""
    insert(room, EARLY)
    insert(room, LATE)


def test_a_deadlock_is_told_as_taken_with_alternatives(crossing, monkeypatch):
    monkeypatch.setattr(slots, "require_free", lambda _answer: None)

    with pytest.raises(slots.RoomTaken, match="Somebody has just taken this time") as refusal:
        book_late_having_early(crossing)

    assert refusal.value.__cause__.__cause__.sqlstate == "40P01"
    assert refusal.value.alternatives


def test_a_deadlock_over_something_else_is_to_try_again(crossing):
    with pytest.raises(Deadlocked, match="Please try again"):
        insert_both(crossing)

"""A booking and a change of the hours at the same moment: the second of them knows of the first."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connections, transaction

from sessions_app.models import StudioSession
from sessions_app.services import bookings, opening_hours, slots
from studio.db import advisory_lock
from studio.errors import DomainError
from studio.tenancy.context import inside
from tests.factories import RoomFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = date(2030, 2, 4)
START = datetime(2030, 2, 4, 10, tzinfo=UTC)


def close_while_booking(studio, room):
    """Close a day, and book it from another connection before the closing is committed; return the booker's answer."""
    answers: list[object] = []

    def book() -> None:
        try:
            with inside(studio):
                answers.append(
                    bookings.book_session(
                        title="Late",
                        room=room,
                        starts_at=START,
                        ends_at=START + timedelta(hours=1),
                        actor=None,
                        now=NOW,
                    )
                )
        except DomainError as refusal:
            answers.append(refusal)
        finally:
            connections.close_all()

    booker = threading.Thread(target=book)
    with transaction.atomic():
        opening_hours.add_closure(starts_on=DAY, ends_on=DAY, actor=None, now=NOW)
        booker.start()
        booker.join(timeout=1)  # long enough for a booking that waits for nobody
    booker.join(timeout=30)
    return answers[0]


def test_a_booking_waits_for_the_closing_and_is_refused(studio):
    answer = close_while_booking(studio, RoomFactory())

    assert isinstance(answer, slots.SlotRefused)
    assert not StudioSession.objects.exists()


def test_without_the_shared_lock_the_booking_slips_in(studio, monkeypatch):
    monkeypatch.setattr(slots, "advisory_lock", lambda resources, **_shared: advisory_lock(resources))

    answer = close_while_booking(studio, RoomFactory())

    assert isinstance(answer, StudioSession)

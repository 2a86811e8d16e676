"""Holds: how long they keep a slot, how they wait behind each other, and what moving does to them."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions_app.services import bookings, holds, slots, states
from studio.accounts.models import AuditEvent
from tests.factories import NOW, HoldFactory, SessionFactory
from tests.trails import trail

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # 12:00 in Paris
HOUR = timedelta(hours=1)


def test_hold_keeps_its_slot_until_it_is_overdue(room):
    hold = HoldFactory(room=room, starts_at=TEN, expires_at=NOW + HOUR)
    with pytest.raises(slots.RoomTaken):
        SessionFactory(room=room, starts_at=TEN)

    SessionFactory(room=room, starts_at=TEN, now=NOW + HOUR)

    hold.refresh_from_db()
    assert hold.status == "expired"
    assert trail(hold) == [("hold", "", ""), ("expire", "", "")]


def test_second_hold_waits_behind_the_first(room, desk):
    first = HoldFactory(room=room, starts_at=TEN)
    second = HoldFactory(room=room, starts_at=TEN + HOUR)
    assert (first.hold_rank, second.hold_rank) == (1, 2)
    with pytest.raises(slots.RoomTaken):
        holds.confirm_hold(session=second, actor=desk, now=NOW)

    bookings.cancel_session(session=first, reason="", actor=desk, now=NOW)
    confirmed = holds.confirm_hold(session=second, actor=desk, now=NOW)

    assert (confirmed.status, confirmed.hold_rank, confirmed.hold_expires_at) == ("scheduled", None, None)


def test_hold_cannot_wait_behind_a_booking(room):
    SessionFactory(room=room, starts_at=TEN)

    with pytest.raises(slots.RoomTaken):
        HoldFactory(room=room, starts_at=TEN)


@pytest.mark.parametrize("expires_at", [NOW, TEN + HOUR], ids=["at once", "after the start"])
def test_hold_needs_a_time_before_the_start(room, expires_at):
    with pytest.raises(holds.HoldNeedsFuture):
        HoldFactory(room=room, starts_at=TEN, expires_at=expires_at)


def test_overdue_hold_cannot_be_confirmed(room, desk):
    hold = HoldFactory(room=room, starts_at=TEN, expires_at=NOW + HOUR)

    with pytest.raises(states.WrongState):
        holds.confirm_hold(session=hold, actor=desk, now=NOW + HOUR)


def test_hold_moves_to_the_rank_it_finds(room, desk):
    HoldFactory(room=room, starts_at=TEN)
    hold = HoldFactory(room=room, starts_at=TEN + 4 * HOUR)

    moved = bookings.move_session(session=hold, starts_at=TEN, ends_at=TEN + HOUR, actor=desk, now=NOW)
    assert moved.hold_rank == 2

    back = bookings.move_session(session=moved, starts_at=TEN + 5 * HOUR, ends_at=TEN + 6 * HOUR, actor=desk, now=NOW)
    assert back.hold_rank == 1


def test_hold_that_moves_ends_at_its_new_start_at_the_latest(room, desk):
    hold = HoldFactory(room=room, starts_at=TEN + 10 * HOUR, expires_at=TEN + 4 * HOUR)

    later = bookings.move_session(session=hold, starts_at=TEN + 5 * HOUR, ends_at=TEN + 6 * HOUR, actor=desk, now=NOW)
    assert later.hold_expires_at == TEN + 4 * HOUR

    earlier = bookings.move_session(session=hold, starts_at=TEN, ends_at=TEN + HOUR, actor=desk, now=NOW)
    assert earlier.hold_expires_at == TEN
    moved = AuditEvent.objects.filter(verb="move").order_by("pk").last()
    assert moved.changes["hold_expires_at"] == ["2026-06-02T14:00:00Z", "2026-06-02T10:00:00Z"]


def test_overdue_hold_without_a_room_cannot_be_moved(room, desk):
    hold = HoldFactory(room=room, starts_at=TEN, expires_at=NOW + HOUR)
    elsewhere = {
        "session": hold,
        "starts_at": TEN,
        "ends_at": TEN + HOUR,
        "room": None,
        "actor": desk,
        "kind": "remote",
    }
    bookings.move_session(**elsewhere, now=NOW)

    with pytest.raises(states.WrongState, match="This hold has expired"):
        bookings.move_session(**elsewhere, now=NOW + HOUR)

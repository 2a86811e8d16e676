"""Who stands where in the line for a slot."""

from collections.abc import Sequence
from datetime import datetime

from sessions_app.models import SessionStatus, StudioSession
from sessions_app.selectors.answers import Slot
from sessions_app.selectors.availability import is_in_the_way, slot_of

FIRST = 1


def line_around(hold: StudioSession) -> list[StudioSession]:
    """Return the other holds that want some of the same time in the room, first in line first.

    queries: 1
    """
    others = StudioSession.objects.filter(room=hold.room_id, status=SessionStatus.HOLD).exclude(pk=hold.pk)
    around = others.touching(hold.blocked_from, hold.blocked_to).select_related("client", "room")
    slot = slot_of(hold)
    return [other for other in around.order_by("hold_rank", "pk") if is_in_the_way(slot, other)]


def first_in_line(hold: StudioSession) -> StudioSession | None:
    """Return the hold that keeps the slot that another waits for.

    queries: 1
    """
    return next((other for other in line_around(hold) if other.hold_rank == FIRST), None)


def who_got(slot: Slot, since: datetime) -> Sequence[StudioSession]:
    """Return what has taken some of a freed slot's time, by start: holds and bookings that came there since an instant.

    queries: 1, none for a slot in no room
    """
    if slot.room is None:
        return ()
    there = StudioSession.objects.occupying().filter(room=slot.room, updated_at__gte=since)
    there = there.touching(slot.starts_at, slot.ends_at).filter(starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at)
    return list(there.select_related("client", "offer").order_by("starts_at", "pk"))

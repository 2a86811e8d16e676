"""Who stands where in the line for a slot."""

from sessions_app.models import SessionStatus, StudioSession
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

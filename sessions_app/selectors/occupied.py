"""What is on the timetable of some rooms, and who has a right to a slot whose holder is out of time."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from sessions_app.models import PROVISIONAL_STATUSES, Room, SessionStatus, StudioSession, WaitlistEntry

# What is said and done about a session that is in the way; the rows are wide, and every booking asks.
TOLD = (
    *("title", "kind", "status", "hold_rank", "hold_expires_at", "room_id"),
    *("starts_at", "ends_at", "blocked_from", "blocked_to", "client__name", "client__artist_name"),
)


def in_the_way(
    rooms: Iterable[Room],
    stretches: Iterable[tuple[datetime, datetime]],
    now: datetime,
    *,
    moving: Collection[int] = (),
) -> dict[int, list[StudioSession]]:
    """Return the sessions that block some of one stretch or another, by room and start.

    moving: keys of those that are being moved: never in the way
    Overdue holds are not in the way, since a save lets them expire first, unless somebody waits for their slot: then
    it is theirs. Kept overlaps are.
    queries: 1, and another one when there are overdue holds
    """
    found = StudioSession.objects.occupying().touching_any(stretches).filter(room__in=rooms)
    sessions = found.select_related("client").only(*TOLD).order_by("starts_at", "pk")
    there = [session for session in sessions if session.pk not in moving]
    gone = _gone([session.pk for session in there if _is_overdue(session, now)], now)
    by_room: dict[int, list[StudioSession]] = {}
    for session in there:
        if session.pk not in gone:
            by_room.setdefault(session.room_id or 0, []).append(session)
    return by_room


def _is_overdue(session: StudioSession, now: datetime) -> bool:
    until = session.hold_expires_at
    return session.status in PROVISIONAL_STATUSES and until is not None and until <= now


def _gone(overdue: Collection[int], now: datetime) -> set[int]:
    """Return which overdue ones are let go: asked of those alone, since the question is a long one."""
    if not overdue:
        return set()
    return set(StudioSession.objects.filter(let_go(now), pk__in=overdue).values_list("pk", flat=True))


def let_go(now: datetime) -> Q:
    """Return the condition of a hold or a request whose time is up and whose slot nobody waits for.

    Whether a wish fits the slot is not asked here: that takes the hours, the room and what is around it. Whoever saves
    lets the hold expire and the slot be offered first, so a wish that does not fit costs nobody the slot: a page
    shows it taken until then, or until the sweep at the latest.
    """
    next_in_line = StudioSession.objects.filter(
        room=OuterRef("room"),
        status=SessionStatus.HOLD,
        hold_rank__gt=1,
        hold_expires_at__gt=now,
        blocked_from__lt=OuterRef("blocked_to"),
        blocked_to__gt=OuterRef("blocked_from"),
    )
    wishes = WaitlistEntry.objects.waiting(now).filter(
        Q(room=None) | Q(room=OuterRef("room")),
        wanted_from__lt=OuterRef("ends_at"),
        wanted_to__gt=OuterRef("starts_at"),
    )
    overdue = Q(status__in=PROVISIONAL_STATUSES, hold_expires_at__lte=now)
    return overdue & ~Exists(next_in_line) & ~Exists(wishes)

"""What is on the timetable of some rooms, and who has a right to a slot whose holder is out of time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists, OuterRef, Q
from psycopg.types.multirange import TimestamptzMultirange

from sessions_app.models import PROVISIONAL_STATUSES, Client, Room, SessionStatus, StudioSession, WaitlistEntry

# Written out: every booking and every look at a slot asks it, and to put it together takes longer than to answer it.
# What is told of a session and its client, each in the order of its table's columns, as rows are made of them.
# The stretch around all of them is asked about as well: only of that the planner knows how few rows it leaves.
IN_THE_WAY = """
    SELECT s.id, s.client_id, s.room_id, s.kind, s.title, s.starts_at, s.ends_at, s.blocked_from, s.blocked_to,
        s.status, s.hold_rank, s.hold_expires_at, c.id, c.name, c.artist_name
    FROM sessions s LEFT JOIN clients c ON c.id = s.client_id
    WHERE s.occupying AND s.room_id = ANY(%s) AND tstzrange(s.blocked_from, s.blocked_to) && tstzrange(%s, %s)
        AND (%s::tstzmultirange IS NULL OR tstzrange(s.blocked_from, s.blocked_to) && %s::tstzmultirange)
    ORDER BY s.starts_at, s.id
"""
OF_SESSION = (
    *("id", "client_id", "room_id", "kind", "title", "starts_at", "ends_at", "blocked_from", "blocked_to"),
    *("status", "hold_rank", "hold_expires_at"),
)
OF_CLIENT = ("id", "name", "artist_name")


def in_the_way(
    rooms: Iterable[Room],
    stretches: Iterable[tuple[datetime, datetime]],
    now: datetime,
    *,
    moving: Collection[int] = (),
) -> dict[int, list[StudioSession]]:
    """Return the sessions that block some of one stretch or another, by room and start.

    moving: keys of those that are being moved: never in the way
    returns: their title, times, state and client's name; all else of them is another query
    Overdue holds are not in the way, since a save lets them expire first, unless somebody waits for their slot: then
    it is theirs. Kept overlaps are.
    queries: 1, and another one when there are overdue holds
    """
    sessions = _read([room.pk for room in rooms], stretches)
    there = [session for session in sessions if session.pk not in moving]
    gone = _gone([session.pk for session in there if _is_overdue(session, now)], now)
    by_room: dict[int, list[StudioSession]] = {}
    for session in there:
        if session.pk not in gone:
            by_room.setdefault(session.room_id or 0, []).append(session)
    return by_room


def _read(rooms: Sequence[int], stretches: Iterable[tuple[datetime, datetime]]) -> Iterator[StudioSession]:
    """Yield the sessions that take some of the time of some rooms, by start, with as much as is told of them."""
    periods = list(stretches)
    if not periods:
        return
    first, last = min(start for start, _end in periods), max(end for _start, end in periods)
    each = None
    if len(periods) > 1:
        each = TimestamptzMultirange(DateTimeTZRange(start, end) for start, end in periods)
    asked: list[Any] = [list(rooms), first, last, each, each]
    with connection.cursor() as cursor:
        cursor.execute(IN_THE_WAY, asked)
        rows = cursor.fetchall()
    for row in rows:
        session = StudioSession.from_db(connection.alias, OF_SESSION, row[: len(OF_SESSION)])
        if session.client_id is not None:
            session.client = Client.from_db(connection.alias, OF_CLIENT, row[len(OF_SESSION) :])
        yield session


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

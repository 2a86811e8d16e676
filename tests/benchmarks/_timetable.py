"""A house with many sessions, and what is asked of it: by the product, by bare SQL, and by an oracle that loops."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from sessions_app.models import Room
from sessions_app.selectors.availability import check_slot, free_slots
from sessions_app.selectors.timetable import week_timetable
from studio.clock import local_midnight
from studio.tenancy.context import as_owner

ROOMS, A_DAY, LENGTH, EVERY = 20, 5, timedelta(hours=2), timedelta(hours=3)
FIRST = datetime(2027, 1, 4, 9, tzinfo=UTC)  # a Monday
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
HOUR = timedelta(hours=1)
OPENS, CLOSES, STEP = 9 * HOUR, 24 * HOUR, timedelta(minutes=30)
GONE = ("cancelled", "expired")

# Session n is in room n % 20, on day n / 100, at one of five hours; every thirteenth is cancelled.
FILL = """
    INSERT INTO sessions (title, room_id, starts_at, ends_at, blocked_from, blocked_to, status, updated_at)
    SELECT 'Session ' || n, rooms[1 + n %% %(rooms)s], at, at + %(length)s, at, at + %(length)s,
        CASE WHEN n %% 13 = 0 THEN 'cancelled' ELSE 'scheduled' END, now()
    FROM generate_series(%(since)s, %(count)s - 1) n,
        LATERAL (SELECT %(first)s + (n / %(rooms)s / %(a_day)s) * interval '1 day'
            + (n / %(rooms)s %% %(a_day)s) * %(every)s AS at) place,
        (SELECT array_agg(id ORDER BY id) AS rooms FROM rooms) house
"""
INDEXES = """
    SELECT i.indexrelid::regclass::text, c.conname, pg_get_indexdef(i.indexrelid), pg_get_constraintdef(c.oid)
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'x'
        JOIN pg_class k ON k.oid = i.indexrelid JOIN pg_am a ON a.oid = k.relam
    WHERE i.indrelid = 'sessions'::regclass AND a.amname IN ('gist', 'gin')
"""
WEEK = """
    SELECT s.id, s.title, s.status, s.starts_at, s.ends_at, s.overlap_kept, s.room_id, s.project_id,
        c.name, c.artist_name
    FROM sessions s LEFT JOIN clients c ON c.id = s.client_id
    WHERE tstzrange(s.blocked_from, s.blocked_to) && tstzrange(%(start)s, %(end)s)
        AND s.starts_at < %(end)s AND s.ends_at > %(start)s AND s.status NOT IN ('cancelled', 'expired')
    ORDER BY s.starts_at, s.id
"""
GAPS = """
    SELECT unnest(tstzmultirange(tstzrange(%(start)s, %(end)s)) - coalesce(range_agg(
        tstzrange(s.blocked_from, s.blocked_to)), '{}'))
    FROM sessions s WHERE s.room_id = %(room)s AND s.status = 'scheduled'
        AND tstzrange(s.blocked_from, s.blocked_to) && tstzrange(%(start)s, %(end)s)
"""
HOURS = """
    SELECT time_zone, slot_minutes, (SELECT json_agg(h)::text FROM opening_hours h),
        (SELECT json_agg(c)::text FROM closures c WHERE ends_on >= %(day)s)
    FROM studio_profile
"""
TAKEN = """
    SELECT EXISTS (SELECT FROM sessions WHERE room_id = %(room)s AND status = 'scheduled'
        AND tstzrange(blocked_from, blocked_to) && tstzrange(%(start)s, %(end)s))
"""


@contextmanager
def _without_slow_indexes() -> Iterator[None]:
    """Take the GiST and GIN indexes away while the block fills the table: they are built faster at once."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXES)
        found = cursor.fetchall()
        for name, constraint, _index, _rule in found:
            cursor.execute(f"ALTER TABLE sessions DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {name}")
        yield
        for _name, constraint, index, rule in found:
            cursor.execute(f"ALTER TABLE sessions ADD CONSTRAINT {constraint} {rule}" if constraint else index)
        cursor.execute("ANALYZE sessions")


def fill(schema: str, since: int, count: int) -> None:
    """Bring the house from so many sessions to more, the same for every run."""
    values = {"since": since, "count": count, "rooms": ROOMS, "a_day": A_DAY}
    values |= {"first": FIRST, "length": LENGTH, "every": EVERY}
    with as_owner(schema), _without_slow_indexes(), connection.cursor() as cursor:
        cursor.execute(FILL, values)


def session_of(number: int, rooms: list[Room]) -> tuple[int, datetime, datetime, bool]:
    """Return room, start, end and whether it takes place of the session of a number, as `FILL` makes it."""
    turn = number // ROOMS
    start = FIRST + timedelta(days=turn // A_DAY) + turn % A_DAY * EVERY
    return rooms[number % ROOMS].pk, start, start + LENGTH, number % 13 != 0


class House:
    """Questions about a filled house, each asked in three ways.

    count: how many sessions there are; the questions are about the middle of them
    """

    def __init__(self, count: int) -> None:
        self.rooms = list(Room.objects.order_by("pk"))
        middle = FIRST + timedelta(days=count // (ROOMS * A_DAY) // 2)
        self.monday: date = middle.date() - timedelta(days=middle.weekday())
        self.start = local_midnight(self.monday, ZONE)
        self.numbers = range(count)

    def near(self, start: datetime, end: datetime) -> list[tuple[int, int, datetime, datetime]]:
        """Return number, room, start and end of every session that takes place in some of a period, by a loop."""
        first = max((start - FIRST).days - 1, 0) * ROOMS * A_DAY
        last = max((end - FIRST).days + 2, 0) * ROOMS * A_DAY
        found = []
        for number in self.numbers[first:last]:
            room, begins, ends, is_on = session_of(number, self.rooms)
            if is_on and begins < end and start < ends:
                found.append((number, room, begins, ends))
        return found

    def week(self) -> list[list[tuple[str, datetime]]]:
        """Ask the product for a week of the whole house."""
        days = week_timetable(week_starts_on=self.monday, zone=ZONE)
        return [[(session.title, session.starts_at) for session in day.sessions] for day in days]

    def week_by_sql(self) -> list[Any]:
        """Ask for the same rows by one statement."""
        return _rows(WEEK, start=self.start, end=self.start + timedelta(days=7))

    def week_by_loop(self) -> list[list[tuple[str, datetime]]]:
        """Find the same by looking at each session."""
        days = []
        for number in range(7):
            start = self.start + timedelta(days=number)
            found = sorted((begins, n) for n, _room, begins, _end in self.near(start, start + timedelta(days=1)))
            days.append([(f"Session {n}", begins) for begins, n in found])
        return days

    def free(self) -> list[datetime]:
        """Ask the product for the hours at which a room can be had for one."""
        return [slot.starts_at for slot in free_slots(room=self.rooms[0], day=self.monday, length=HOUR, now=NOW)]

    def free_by_sql(self) -> list[Any]:
        """Ask for the gaps of the same day: one statement for the hours, one for the sessions."""
        _rows(HOURS, day=self.monday)
        return _rows(GAPS, room=self.rooms[0].pk, start=self.start + OPENS, end=self.start + CLOSES)

    def free_by_loop(self) -> list[datetime]:
        """Find the same by trying each half hour against each session."""
        taken = [(b, e) for _n, room, b, e in self.near(self.start, self.start + CLOSES) if room == self.rooms[0].pk]
        starts = [self.start + OPENS + step * STEP for step in range(int((CLOSES - OPENS) / STEP))]
        fits = [at for at in starts if at + HOUR <= self.start + CLOSES]
        return [at for at in fits if not any(begins < at + HOUR and at < ends for begins, ends in taken)]

    def slots(self) -> list[datetime]:
        """Return the starts at which a slot is asked about: every half hour of a day."""
        return [self.start + OPENS + step * STEP for step in range(28)]

    def tests(self) -> list[bool]:
        """Ask the product about each, whether it is free."""
        room = self.rooms[1]
        return [check_slot(room=room, starts_at=at, ends_at=at + HOUR, now=NOW).free for at in self.slots()]

    def tests_by_sql(self) -> list[bool]:
        """Ask the same by two statements each: the hours, and whether a session is there."""
        room, found = self.rooms[1].pk, []
        for at in self.slots():
            _rows(HOURS, day=self.monday)
            found.append(not _rows(TAKEN, room=room, start=at, end=at + HOUR)[0][0])
        return found

    def tests_by_one(self) -> list[bool]:
        """Ask about the sessions alone, by one statement each."""
        room = self.rooms[1].pk
        return [not _rows(TAKEN, room=room, start=at, end=at + HOUR)[0][0] for at in self.slots()]

    def tests_by_loop(self) -> list[bool]:
        """Find the same by looking at each session."""
        taken = [(b, e) for _n, room, b, e in self.near(self.start, self.start + CLOSES) if room == self.rooms[1].pk]
        return [not any(begins < at + HOUR and at < ends for begins, ends in taken) for at in self.slots()]

    def questions(self) -> dict[str, tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]]:
        """Return each question: by the product, by SQL, by a loop."""
        return {
            "week of the house": (self.week, self.week_by_sql, self.week_by_loop),
            "free hours of a day": (self.free, self.free_by_sql, self.free_by_loop),
            "28 slots tested": (self.tests, self.tests_by_sql, self.tests_by_loop),
        }


def _rows(statement: str, **values: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())

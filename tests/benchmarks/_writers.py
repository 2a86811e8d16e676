"""Processes that book: by the product's service, and by bare statements on the same table."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from django.db import DatabaseError, IntegrityError, connection, connections

from sessions_app.models import Room
from sessions_app.services import bookings, slots
from studio.db import Deadlocked, TryAgain, advisory_lock, sqlstate, taking_turns
from studio.errors import DomainError
from studio.tenancy.context import inside

PATIENCE = 600
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WARM_UP = 100_000  # the number of a slot, far from those that count
HOURS_A_DAY = 10  # from 10:00 on: within the hours of the house
DEADLOCK, AGAIN = "40P01", "asked again"
COLUMNS = "(title, room_id, starts_at, ends_at, blocked_from, blocked_to, updated_at)"
INSERT = f"INSERT INTO sessions {COLUMNS} VALUES ('x', %(room)s, %(start)s, %(end)s, %(start)s, %(end)s, now())"
TAKEN = """
    SELECT EXISTS (SELECT FROM sessions WHERE room_id = %(room)s AND status = 'scheduled'
        AND tstzrange(blocked_from, blocked_to) && tstzrange(%(start)s, %(end)s))
"""


@dataclass(frozen=True)
class Job:
    """What every writer is told.

    way: a key of `WAYS`
    contested: all want the same slots, in the same order; else each has its own
    first: the number of the first slot, so that every run has slots of its own
    """

    schema: str
    way: str
    contested: bool
    first: int
    slots: int
    writers: int


def slot_of(number: int) -> tuple[datetime, datetime]:
    """Return the times of a slot: an hour of a day."""
    day, hour = divmod(number, HOURS_A_DAY)
    start = datetime(2027, 1, 1, 10, tzinfo=UTC) + timedelta(days=day, hours=hour)
    return start, start + HOUR


def on_conflict(room: Room, start: datetime, end: datetime) -> bool:
    """Insert unless the slot is taken, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"{INSERT} ON CONFLICT DO NOTHING", {"room": room.pk, "start": start, "end": end})
        return cursor.rowcount == 1


def plain(room: Room, start: datetime, end: datetime) -> bool:
    """Insert, and let the constraint refuse."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, {"room": room.pk, "start": start, "end": end})
    except IntegrityError:
        return False
    return True


def lock_then_check(room: Room, start: datetime, end: datetime) -> bool:
    """Take the room's lock, look, and insert: the least that a transaction of the product's kind does."""
    given = {"room": room.pk, "start": start, "end": end}
    with taking_turns():
        advisory_lock([f"room:{room.pk}"])
        with connection.cursor() as cursor:
            cursor.execute(TAKEN, given)
            if cursor.fetchone()[0]:
                return False
            cursor.execute(INSERT, given)
    return True


def service(room: Room, start: datetime, end: datetime) -> bool:
    """Book by the service: hours, setup and teardown, holds, crew, price and trail included."""
    try:
        bookings.book_session(title="x", room=room, starts_at=start, ends_at=end, actor=None, now=NOW)
    except slots.RoomTaken:
        return False
    return True


WAYS: dict[str, Callable[[Room, datetime, datetime], bool]] = {
    "ON CONFLICT DO NOTHING": on_conflict,
    "plain exclusion insert": plain,
    "lock, check, insert": lock_then_check,
    "service": service,
}


def named(error: DatabaseError | DomainError) -> str:
    """Return what went wrong; to be asked to try again, after 3 seconds in the queue, is an answer."""
    if isinstance(error, Deadlocked) or sqlstate(error) == DEADLOCK:
        return "deadlock"
    return AGAIN if isinstance(error, TryAgain) else f"{type(error).__name__}: {error}"[:120]


def write(job: Job, number: int, barrier: Any, results: Any) -> None:
    """Try every slot, all writers at once; report when, what was had, how long each took, and what went wrong."""
    act, errors, won, taken = WAYS[job.way], Counter[str](), [], []
    with inside(SimpleNamespace(schema_name=job.schema)):
        rooms = list(Room.objects.order_by("pk"))
        mine = rooms[0 if job.contested else number % len(rooms)]
        turn = 0 if job.contested else number // len(rooms) * job.slots
        act(rooms[number % len(rooms)], *slot_of(WARM_UP + job.first + number))  # the first one loads and compiles
        barrier.wait(PATIENCE)
        began = time.perf_counter()
        for offset in range(job.slots):
            start, end = slot_of(job.first + turn + offset)
            at = time.perf_counter()
            try:
                if act(mine, start, end):
                    won.append((mine.pk, start))
            except (DatabaseError, DomainError) as exc:
                errors[named(exc)] += 1
            taken.append(time.perf_counter() - at)
        results.put((began, time.perf_counter(), won, taken, errors))
    connections.close_all()


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    won: (room, start) of every booking that a writer was told it has
    """

    seconds: float
    tried: int
    won: list[tuple[int, datetime]]
    latencies: list[float]
    errors: Counter[str]

    @property
    def tries_a_second(self) -> float:
        """How many attempts were answered a second."""
        return self.tried / self.seconds

    @property
    def accepted_a_second(self) -> float:
        """How many bookings were made a second."""
        return len(self.won) / self.seconds

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 attempts were answered."""
        return sorted(self.latencies)[int(len(self.latencies) * 0.99)] * 1000


def run(job: Job) -> Outcome:
    """Run all writers, and return what they report together."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.benchmarks._writers"])
    barrier, results = context.Barrier(job.writers), context.Queue()
    writers = [context.Process(target=write, args=(job, n, barrier, results), daemon=True) for n in range(job.writers)]
    for writer in writers:
        writer.start()
    reports = [results.get(timeout=PATIENCE) for _writer in writers]
    for writer in writers:
        writer.join(PATIENCE)
    return Outcome(
        seconds=max(report[1] for report in reports) - min(report[0] for report in reports),
        tried=job.slots * job.writers,
        won=[slot for report in reports for slot in report[2]],
        latencies=[took for report in reports for took in report[3]],
        errors=sum((report[4] for report in reports), Counter()),
    )

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

from django.db import DatabaseError, connections

from sessions_app.models import Client, Room
from sessions_app.services import bookings, slots
from studio.db import Deadlocked, TryAgain, sqlstate
from studio.errors import DomainError
from studio.tenancy.context import inside
from tests.benchmarks._bare import NOW, Wish, lock_then_check, on_conflict, plain, rows_of_a_client, rows_of_the_house

PATIENCE = 600
HOUR = timedelta(hours=1)
WARM_UP = 100_000  # the number of a slot, far from those that count
HOURS_A_DAY = 10  # from 10:00 on: within the hours of the house
DEADLOCK, AGAIN = "40P01", "asked again"


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


def in_house(wish: Wish) -> bool:
    """Book by the service, in the house's own name."""
    return _by_service(wish, None)


def for_a_client(wish: Wish) -> bool:
    """Book by the service for a client: price, terms and the mail included."""
    return _by_service(wish, wish.client)


def _by_service(wish: Wish, client: Client | None) -> bool:
    times = {"starts_at": wish.start, "ends_at": wish.end}
    try:
        bookings.book_session(title="x", client=client, room=wish.room, actor=None, now=NOW, **times)
    except slots.RoomTaken:
        return False
    return True


WAYS: dict[str, Callable[[Wish], bool]] = {
    "ON CONFLICT DO NOTHING": on_conflict,
    "plain exclusion insert": plain,
    "lock, check, insert": lock_then_check,
    "in-house, bare": rows_of_the_house,
    "in-house, service": in_house,
    "client's, bare": rows_of_a_client,
    "client's, service": for_a_client,
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
        rooms, client = list(Room.objects.order_by("pk")), Client.objects.get()
        mine = rooms[0 if job.contested else number % len(rooms)]
        turn = 0 if job.contested else number // len(rooms) * job.slots
        first = slot_of(WARM_UP + job.first + number)
        act(Wish(rooms[number % len(rooms)], client, *first))  # loads and compiles
        barrier.wait(PATIENCE)
        began = time.perf_counter()
        for offset in range(job.slots):
            start, end = slot_of(job.first + turn + offset)
            at = time.perf_counter()
            try:
                if act(Wish(mine, client, start, end)):
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
    won: list[tuple[int, datetime]]
    latencies: list[float]
    errors: Counter[str]

    @property
    def accepted_a_second(self) -> float:
        """How many bookings were made a second."""
        return len(self.won) / self.seconds

    def within(self, share: float) -> float:
        """Return the milliseconds within which a share of the attempts was answered.

        share: e.g. 0.99
        """
        return sorted(self.latencies)[int(len(self.latencies) * share)] * 1000


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
        won=[slot for report in reports for slot in report[2]],
        latencies=[took for report in reports for took in report[3]],
        errors=sum((report[4] for report in reports), Counter()),
    )

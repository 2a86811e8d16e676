"""Booking: the service against bare statements, and the timetable's questions against bare SQL.

BENCH_WRITERS (16) processes try BENCH_SLOTS (100) slots each, all the same ones and then each its own, in
BENCH_ROUNDS (3) rounds; then houses with each of BENCH_SIZES (100000,1000000) sessions are asked in turn. Nothing
counts unless the answers are those of a loop over all sessions, and no session overlaps another, no writer sees a
deadlock, and none is told of a booking that is not there.
"""

import os
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from sessions_app.models import Room, StudioSession
from studio.office.models import StudioProfile
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Studio
from studio.tenancy.services import studios
from tests.benchmarks._figures import in_turn, seconds, show, summary, versions
from tests.benchmarks._timetable import ROOMS, House, fill
from tests.benchmarks._writers import AGAIN, WAYS, Job, run

WRITERS = int(os.environ.get("BENCH_WRITERS", "16"))
SLOTS = int(os.environ.get("BENCH_SLOTS", "100"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "100000,1000000").split(",") if size]
BASELINE = "ON CONFLICT DO NOTHING"
MS = 1000
OVERLAPS = """
    SELECT count(*) FROM sessions a JOIN sessions b ON a.id < b.id AND a.room_id = b.room_id
    AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
    AND a.status = 'scheduled' AND b.status = 'scheduled'
"""


def own_studio(slug: str) -> str:
    """Return the schema of a studio that this benchmark alone uses; what else the database holds may be somebody's.

    Its clocks run on UTC, so that no bare statement has to convert.
    """
    with as_owner():
        found = Studio.objects.filter(slug=slug).first()
    studio = found or studios.create_studio(name=slug, kind="recording", slug=slug, now=timezone.now())
    with inside(studio):
        StudioProfile.objects.update(time_zone="UTC")
    return studio.schema_name


def empty(schema: str) -> None:
    """Empty a studio's house, and give it its rooms."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute("TRUNCATE sessions, rooms CASCADE")
        Room.objects.bulk_create(Room(name=f"Room {number:02}") for number in range(ROOMS))


def filled(size: int) -> str:
    """Return the schema of a house with so many sessions; one of an earlier run is used again."""
    schema = own_studio(f"bench-timetable-{size}")
    with as_owner(schema):
        is_there = StudioSession.objects.count() == size and Room.objects.count() == ROOMS
    if not is_there:
        empty(schema)
        fill(schema, 0, size)
    return schema


def faults(schema: str, won: list[tuple[int, Any]]) -> dict[str, int]:
    """Return how many sessions overlap, and of how many bookings a writer was told that are not there."""
    with inside(SimpleNamespace(schema_name=schema)), connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        overlaps = int(cursor.fetchone()[0])
        there = set(StudioSession.objects.values_list("room_id", "starts_at"))
    return {"overlaps": overlaps, "lost": len(set(won) - there) + len(won) - len(set(won))}


def writing(schema: str, *, contested: bool) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return accepted bookings a second, milliseconds of the 99th of 100 tries, and what went wrong, by way."""
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    waits: dict[str, list[float]] = {way: [] for way in WAYS}
    wrong: dict[str, Any] = {}
    first = 0

    def turn(way: str) -> float:
        nonlocal first
        outcome = run(Job(schema, way, contested, first, SLOTS, WRITERS))
        first += SLOTS * WRITERS
        found = faults(schema, outcome.won) | {"wrong": sum(outcome.errors.values()) - outcome.errors[AGAIN]}
        counts = found | {AGAIN: outcome.errors[AGAIN]}
        wrong[way] = {name: wrong.get(way, {}).get(name, 0) + count for name, count in counts.items()}
        if way == "service" and any(found.values()):
            raise AssertionError(f"The service went wrong: {found}, {dict(outcome.errors)}")
        if contested and not outcome.errors and len(outcome.won) != SLOTS:
            raise AssertionError(f"{way}: {len(outcome.won)} of {SLOTS} slots were had.")
        waits[way].append(outcome.p99)
        return outcome.accepted_a_second

    rates = in_turn({way: partial(turn, way) for way in WAYS}, rounds=ROUNDS)
    return (
        summary(rates, unit="/s", baseline=BASELINE),
        summary(waits, unit="ms p99", baseline=BASELINE),
        {way: ", ".join(f"{name} {count}" for name, count in counts.items()) for way, counts in wrong.items()},
    )


def in_house(schema: str, ask: Callable[[], Any]) -> float:
    """Return how long an answer took in one of the houses, once the connection stands there."""
    with inside(SimpleNamespace(schema_name=schema)):
        Room.objects.exists()
        return seconds(ask) * MS


def asking() -> dict[str, Any]:
    """Return what each question takes in each house, all in turn, after the three answers were found to agree."""
    houses = {}
    for size in SIZES:
        schema = filled(size)
        with inside(SimpleNamespace(schema_name=schema)):
            houses[size] = (schema, House(size).questions())
    figures: dict[str, Any] = {}
    for name in houses[SIZES[0]][1] if SIZES else ():
        contestants: dict[str, Callable[[], float]] = {}
        for size, (schema, questions) in houses.items():
            product, by_sql, by_loop = questions[name]
            with inside(SimpleNamespace(schema_name=schema)):
                if product() != by_loop():
                    raise AssertionError(f"{name}: the product and the loop over all sessions disagree.")
            contestants |= {f"bare SQL, {size}": partial(in_house, schema, by_sql)}
            contestants |= {f"product, {size}": partial(in_house, schema, product)}
        taken = in_turn(contestants, rounds=ROUNDS * 7)
        for size in SIZES:
            both = {title: taken[f"{title}, {size}"] for title in ("bare SQL", "product")}
            figures[f"{name}, {size} sessions"] = summary(both, unit="ms", baseline="bare SQL")
        grown = {f"{size} sessions": taken[f"product, {size}"] for size in SIZES}
        figures[f"{name}, as the house grows"] = summary(grown, unit="ms", baseline=f"{SIZES[0]} sessions")
    return figures


def main(json: bool = False) -> None:  # noqa: FBT001, FBT002 -- called by the bench command
    """Measure and print."""
    call_command("migrate", verbosity=0)
    figures: dict[str, Any] = {"set-up": versions() | {"writers": WRITERS, "slots": SLOTS, "rounds": ROUNDS}}
    schema = own_studio("bench-booking")
    for contested in (True, False):
        empty(schema)
        title = f"{WRITERS} writers, {'the same slots' if contested else 'slots of their own'}"
        accepted, waits, wrong = writing(schema, contested=contested)
        figures |= {f"{title}: accepted": accepted, f"{title}: answered": waits, f"{title}: went wrong": wrong}
    show(figures | asking(), json=json)

"""Booking: the service against bare statements, and the timetable's questions against bare SQL.

BENCH_WRITERS (16) processes try BENCH_SLOTS (100) slots each, all the same ones and then each its own, in
BENCH_ROUNDS (3) rounds; then a house is filled to each of BENCH_SIZES (100000,1000000) sessions and asked. Nothing
counts unless the answers are those of a loop over all sessions, and no session overlaps another, no writer sees a
deadlock, and none is told of a booking that is not there.
"""

import os
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.db import connection

from sessions_app.models import Room, StudioSession
from studio.office.models import StudioProfile
from studio.tenancy.context import as_owner, inside
from tests.benchmarks._figures import in_turn, seconds, show, summary, versions
from tests.benchmarks._studios import opened
from tests.benchmarks._timetable import ROOMS, House, fill
from tests.benchmarks._writers import WAYS, Job, run

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


def prepare(schema: str) -> None:
    """Empty the house and give it rooms; its clocks run on UTC, so that no bare statement has to convert."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute("TRUNCATE sessions, rooms CASCADE")
        StudioProfile.objects.update(time_zone="UTC")
        Room.objects.bulk_create(Room(name=f"Room {number:02}") for number in range(ROOMS))


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
        found = faults(schema, outcome.won) | {"wrong": sum(outcome.errors.values())}
        wrong[way] = {name: wrong.get(way, {}).get(name, 0) + count for name, count in found.items()}
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


def milliseconds(ask: Callable[[], Any]) -> float:
    """Return how long an answer took."""
    return seconds(ask) * MS


def asking(house: House) -> dict[str, Any]:
    """Return what each question takes, after the three answers were found to agree."""
    found = {}
    for name, (product, by_sql, by_loop) in house.questions().items():
        if product() != by_loop():
            raise AssertionError(f"{name}: the product and the loop over all sessions disagree.")
        contestants = {"bare SQL": partial(milliseconds, by_sql), "product": partial(milliseconds, product)}
        found[name] = in_turn(contestants, rounds=ROUNDS * 5)
    return found


def main(json: bool = False) -> None:  # noqa: FBT001, FBT002 -- called by the bench command
    """Measure and print."""
    (schema,) = opened(1)
    prepare(schema)
    figures: dict[str, Any] = {"set-up": versions() | {"writers": WRITERS, "slots": SLOTS, "rounds": ROUNDS}}
    for contested in (True, False):
        title = f"{WRITERS} writers, {'the same slots' if contested else 'slots of their own'}"
        accepted, waits, wrong = writing(schema, contested=contested)
        figures |= {f"{title}: accepted": accepted, f"{title}: answered": waits, f"{title}: went wrong": wrong}
        prepare(schema)
    before: dict[str, Any] = {}
    filled = 0
    for size in SIZES:
        fill(schema, filled, size)
        filled = size
        with inside(SimpleNamespace(schema_name=schema)):
            taken = asking(House(size))
        for name, rounds in taken.items():
            figures[f"{name}, {size} sessions"] = summary(rounds, unit="ms", baseline="bare SQL")
            if name in before:
                grown = {"fewer sessions": before[name], f"{size} sessions": rounds["product"]}
                figures[f"{name}, grown to {size}"] = summary(grown, unit="ms", baseline="fewer sessions")
            before[name] = rounds["product"]
    show(figures, json=json)

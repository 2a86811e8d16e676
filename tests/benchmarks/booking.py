"""Booking: the service against bare statements, and the timetable's questions against bare SQL.

BENCH_WRITERS (16) processes try BENCH_SLOTS (100) slots each, all the same ones and then each its own, in
BENCH_ROUNDS (3) rounds; then houses with each of BENCH_SIZES (100000,1000000) sessions are asked in turn. The service
is held against one insert of a session, and against all the rows of a booking written by bare statements. Nothing
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

from sessions_app.models import Client, Room, StudioSession
from studio.office.models import StudioProfile
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Studio
from studio.tenancy.services import studios
from tests.benchmarks._bare import Wish, rows_written
from tests.benchmarks._figures import in_turn, seconds, show, summary, versions
from tests.benchmarks._timetable import ROOMS, House, fill
from tests.benchmarks._writers import AGAIN, WAYS, Job, run, slot_of

WRITERS = int(os.environ.get("BENCH_WRITERS", "16"))
SLOTS = int(os.environ.get("BENCH_SLOTS", "100"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "100000,1000000").split(",") if size]
BASELINE = "ON CONFLICT DO NOTHING"
WHOSE = ("in-house", "client's")
SHARES = {"half": 0.5, "99 of 100": 0.99}
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
    """Empty a studio's house and its queue, and give it its rooms and a client."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args ->> 'schema' = %s", [schema])
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute("TRUNCATE sessions, rooms, clients, email_messages CASCADE")
        Room.objects.bulk_create(Room(name=f"Room {number:02}", hourly_rate=50) for number in range(ROOMS))
        Client.objects.create(name="Mina Morel", email="mina@example.org")


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


def require_same_rows(schema: str) -> None:
    """Pass when the bare statements write as many rows of each kind as the service they are the floor of."""
    with inside(SimpleNamespace(schema_name=schema)):
        room, client = Room.objects.order_by("pk")[0], Client.objects.get()
        for number, whose in enumerate(WHOSE):
            bare, service = (
                rows_written(WAYS[f"{whose}, {how}"], Wish(room, client, *slot_of(-1 - 2 * number - turn)))
                for turn, how in enumerate(("bare", "service"))
            )
            if bare != service:
                raise AssertionError(f"{whose}: the service writes {service}, the bare statements {bare}.")


def writing(schema: str, title: str, *, contested: bool) -> dict[str, Any]:
    """Return accepted bookings a second, milliseconds of half and of 99 of 100 tries, and what went wrong, by way."""
    waits: dict[str, dict[str, list[float]]] = {share: {way: [] for way in WAYS} for share in SHARES}
    wrong: dict[str, dict[str, int]] = {}
    first = 0

    def turn(way: str) -> float:
        nonlocal first
        outcome = run(Job(schema, way, contested, first, SLOTS, WRITERS))
        first += SLOTS * WRITERS
        found = faults(schema, outcome.won) | {"wrong": sum(outcome.errors.values()) - outcome.errors[AGAIN]}
        counts = found | {AGAIN: outcome.errors[AGAIN]}
        wrong[way] = {name: wrong.get(way, {}).get(name, 0) + count for name, count in counts.items()}
        if way.endswith("service") and any(found.values()):
            raise AssertionError(f"The service went wrong: {found}, {dict(outcome.errors)}")
        if contested and not outcome.errors and len(outcome.won) != SLOTS:
            raise AssertionError(f"{way}: {len(outcome.won)} of {SLOTS} slots were had.")
        for share, part in SHARES.items():
            waits[share][way].append(outcome.within(part))
        return outcome.accepted_a_second

    rates = in_turn({way: partial(turn, way) for way in WAYS}, rounds=ROUNDS)
    figures = {f"{title}: accepted": summary(rates, unit="/s", baseline=BASELINE)}
    for whose in WHOSE:
        both = {way: rates[way] for way in (f"{whose}, bare", f"{whose}, service")}
        figures[f"{title}: accepted, the same rows, {whose}"] = summary(both, unit="/s", baseline=f"{whose}, bare")
    for share, taken in waits.items():
        figures[f"{title}: {share} answered within"] = summary(taken, unit="ms", baseline=BASELINE)
    told = {way: ", ".join(f"{name} {count}" for name, count in counts.items()) for way, counts in wrong.items()}
    return figures | {f"{title}: went wrong": told}


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


def main(*, json: bool = False) -> None:
    """Measure and print."""
    call_command("migrate", verbosity=0)
    figures: dict[str, Any] = {"set-up": versions() | {"writers": WRITERS, "slots": SLOTS, "rounds": ROUNDS}}
    schema = own_studio("bench-booking")
    empty(schema)
    require_same_rows(schema)
    for contested in (True, False):
        empty(schema)
        title = f"{WRITERS} writers, {'the same slots' if contested else 'slots of their own'}"
        figures |= writing(schema, title, contested=contested)
    show(figures | asking(), json=json)

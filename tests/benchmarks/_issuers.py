"""Processes that issue: bare statements and the product's service, with a number from a sequence or without a gap."""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from django.db import connection, connections, transaction

from billing.models import Invoice, VatRate
from billing.services import drafts, issuing, numbering
from billing.services.drafts import NewLine
from billing.services.numbering import Number
from sessions_app.models import Client
from studio.db import TryAgain
from studio.tenancy.context import inside

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
PATIENCE = 900
UNDONE = 0.1  # of all attempts
KEEP_DOCUMENT = "INSERT INTO bench_documents (series, number, body) VALUES (%s, %s, repeat('x', 2000))"
TAKE = "UPDATE bench_series SET next = next + 1 WHERE id = %s RETURNING next - 1"


@dataclass(frozen=True)
class Job:
    """What every writer is told.

    way: a key of `WAYS`
    schemas: of the studios that are issued in; a writer takes them in turn
    """

    way: str
    schemas: tuple[str, ...]
    documents: int
    writers: int


# Bare statements ------------------------------------------------------------------------------


def by_sequence(turn: int, series: int) -> None:
    """Take a number that stays taken, also of what is undone."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_DOCUMENT, [0, 0])
        cursor.execute("SELECT nextval('bench_numbers')")
        cursor.execute(KEEP_DOCUMENT, [series, cursor.fetchone()[0]])


def counter_first(turn: int, series: int) -> None:
    """Take the number, then write."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [series])
        number = cursor.fetchone()[0]
        cursor.execute(KEEP_DOCUMENT, [0, 0])
        cursor.execute(KEEP_DOCUMENT, [series, number])


def counter_last(turn: int, series: int) -> None:
    """Write what needs no number, then take it."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_DOCUMENT, [0, 0])
        cursor.execute(TAKE, [series])
        cursor.execute(KEEP_DOCUMENT, [series, cursor.fetchone()[0]])


# The product ------------------------------------------------------------------------------------


def drafted(schema: str, count: int, writer: int) -> list[Invoice]:
    """Return drafts of a line each, for a client of the writer's own: before the clock runs."""
    with inside(SimpleNamespace(schema_name=schema)):
        client = Client.objects.get(name=f"Payer {writer}")
        line = NewLine("Mix", Decimal(100), VatRate.objects.get(is_default=True))
        return [drafts.create_draft(client=client, lines=[line], actor=None, now=NOW) for _draft in range(count)]


def issue(draft: Invoice) -> None:
    """Issue by the service."""
    issuing.issue_invoice(invoice=draft, actor=None, now=NOW)


def leave_gaps() -> None:
    """Let the service take numbers from a sequence, as if a gap did not matter; the rest of it stays as it is."""

    def next_number(*, kind: Any, on: Any, now: datetime, is_test: bool = False) -> Number:
        series = numbering.NumberSeries.objects.get(kind=kind, year=on.year, is_test=is_test)
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('bench_numbers')")
            value = cursor.fetchone()[0]
        return Number(series, value, series.pattern.format(year=series.year, number=value), now, "")

    numbering.next_number = next_number
    numbering.take = lambda *, number, fingerprint: None


BARE: dict[str, Callable[[int, int], None]] = {
    "a sequence": by_sequence,
    "counter first": counter_first,
    "counter last": counter_last,
}


def write(job: Job, writer: int, barrier: Any, results: Any) -> None:
    """Make every attempt, all writers at once; one in ten is undone. Report when, and how many stayed."""
    chance, ended, is_bare = random.Random(writer), Counter[str](), job.way in BARE
    if job.way == "the service, a sequence":
        leave_gaps()
    schemas = [job.schemas[(writer + turn) % len(job.schemas)] for turn in range(job.documents)]
    work: list[tuple[str, Callable[[], None]]] = []
    for turn, schema in enumerate(schemas):
        series = job.schemas.index(schema) + 1
        if is_bare:
            work.append((job.schemas[0], partial(BARE[job.way], turn, series)))
        else:
            work.append((schema, partial(issue, drafted(schema, 1, writer)[0])))
    barrier.wait(PATIENCE)
    began = time.perf_counter()
    for schema, act in work:
        with inside(SimpleNamespace(schema_name=schema)):
            ended[attempted(act, is_undone=chance.random() < UNDONE)] += 1
    results.put((began, time.perf_counter(), ended))
    connections.close_all()


def attempted(act: Callable[[], None], *, is_undone: bool) -> str:
    """Return how an attempt ended."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(is_undone)
    except TryAgain:
        return "asked again"
    return "undone" if is_undone else "issued"


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    seconds: float
    ended: Counter[str]

    @property
    def issued_a_second(self) -> float:
        """How many documents were issued a second."""
        return self.ended["issued"] / self.seconds


def run(job: Job) -> Outcome:
    """Run all writers, and return what they report together."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.benchmarks._issuers"])
    barrier, results = context.Barrier(job.writers), context.Queue()
    writers = [context.Process(target=write, args=(job, n, barrier, results), daemon=True) for n in range(job.writers)]
    for writer in writers:
        writer.start()
    reports = [results.get(timeout=PATIENCE) for _writer in writers]
    for writer in writers:
        writer.join(PATIENCE)
    return Outcome(
        seconds=max(report[1] for report in reports) - min(report[0] for report in reports),
        ended=sum((report[2] for report in reports), Counter()),
    )

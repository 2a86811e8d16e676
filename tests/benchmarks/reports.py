"""Reports over years: a year by month, out of the daily sums, against plain SQL over all history.

A house of BENCH_SESSIONS (1000000) sessions, and books of BENCH_DOCUMENTS (100000) documents. Each question is asked
in BENCH_ROUNDS (7) rounds: by the product, by plain SQL over everything, by plain SQL of the year alone, and of it with
an index made for the question. Then what the sums cost who writes: a session added, moved and cancelled, a posting,
each with the triggers and without. Nothing counts unless the answers are the same, before and after random changes.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction

from billing.selectors import books_days
from billing.selectors.owed_on import owed_on
from billing.selectors.revenue import ledger_revenue, revenue_by_client, revenue_by_month
from billing.selectors.vat import vat_by_rate
from billing.services.ledger_days import fold_ledger_days
from sessions_app.models import Room, StudioSession
from sessions_app.selectors.session_days import Use, use_by_month
from sessions_app.services.session_days import fold_session_days
from studio.reports.periods import Period, Span
from studio.tenancy.context import as_owner, inside
from tests.benchmarks import _books, _timetable
from tests.benchmarks._figures import in_turn, seconds, show, summary, versions
from tests.benchmarks.booking import empty, own_studio

SESSIONS = int(os.environ.get("BENCH_SESSIONS", "1000000"))
DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
WRITES = int(os.environ.get("BENCH_WRITES", "200"))
MS = 1000
EVERYTHING, A_YEAR, INDEXED = "plain SQL, all history", "plain SQL, the year", "plain SQL, the year, its index"
SUMS, UNFOLDED = "the product", "the product, before the night"

USE = """
    SELECT date_trunc('month', starts_at AT TIME ZONE 'UTC')::date, room_id, status, count(*),
        sum(extract(epoch FROM ends_at - starts_at)::bigint)::bigint
    FROM sessions WHERE kind <> 'blocker' {} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
USE_OF = "AND starts_at >= %s AND starts_at < %s"
USE_INDEX = "CREATE INDEX bench_use ON sessions (starts_at) INCLUDE (room_id, status, kind, ends_at)"
EARNED = """
    SELECT date_trunc('month', t.booked_on)::date, sum(e.credit - e.debit)
    FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
    WHERE e.ledger_account = 'revenue' AND t.currency = 'EUR' AND NOT t.is_test {} GROUP BY 1 ORDER BY 1
"""
EARNED_OF = "AND t.booked_on >= %s AND t.booked_on < %s"
EARNED_INDEX = """
    CREATE INDEX bench_days ON ledger_transactions (booked_on) INCLUDE (id, currency, is_test);
    CREATE INDEX bench_sides ON ledger_entries (transaction_id, ledger_account) INCLUDE (debit, credit)
"""

# What happens to sessions between two nights: some come, some move, some are called off.
CHANGES = """
    INSERT INTO sessions (title, room_id, starts_at, ends_at, blocked_from, blocked_to, overlap_kept)
    SELECT 'Added', (SELECT min(id) FROM rooms), at, at + interval '90 minutes', at, at + interval '90 minutes', true
    FROM generate_series(1, 1000) n, LATERAL (SELECT %(first)s + random() * interval '364 days' AS at) chance
    WHERE n > 0;
    UPDATE sessions SET starts_at = starts_at + by, ends_at = ends_at + by, blocked_from = blocked_from + by,
        blocked_to = blocked_to + by, overlap_kept = true, room_id = (SELECT max(id) FROM rooms)
    FROM (SELECT interval '1 day' * (random() * 60)::int AS by) chance
    WHERE id IN (SELECT id FROM sessions WHERE starts_at BETWEEN %(first)s AND %(last)s ORDER BY random() LIMIT 1000);
    UPDATE sessions SET status = 'cancelled'
    WHERE id IN (SELECT id FROM sessions WHERE starts_at BETWEEN %(first)s AND %(last)s ORDER BY random() LIMIT 1000)
"""
ADD = """
    INSERT INTO sessions (title, room_id, starts_at, ends_at, blocked_from, blocked_to)
    SELECT 'Added', min(id), at, at + interval '1 hour', at, at + interval '1 hour'
    FROM rooms, (SELECT timestamptz '2026-01-01 09:00Z' + %s * interval '1 hour' AS at) placed GROUP BY at
"""
MOVE = """
    UPDATE sessions SET starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour',
        blocked_to = blocked_to + interval '1 hour' WHERE id = (SELECT min(id) + %s FROM sessions)
"""
CANCEL = "UPDATE sessions SET status = 'cancelled' WHERE id = (SELECT min(id) + 13 * %s + 1 FROM sessions)"
NOTE = "UPDATE sessions SET notes = 'Bring the cello' WHERE id = (SELECT min(id) + %s FROM sessions)"
TRIGGERS = {
    "sessions": ("sessions_days_added", "sessions_days_removed", "sessions_days_changed"),
    "ledger_entries": ("ledger_entries_days_added",),
}


def rows(statement: str, *values: object) -> list[Any]:
    """Return the rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


class Question:
    """A year by month, asked in each way.

    product: what a report calls, timed as it is
    as_rows: its answer as the rows of plain SQL, to be compared, not timed
    """

    def __init__(
        self,
        product: Callable[[], Any],
        as_rows: Callable[[Any], list[Any]],
        statement: str,
        of: str,
        days: tuple[object, object],
    ) -> None:
        self.product = product
        self.as_rows = as_rows
        self.everything = partial(rows, statement.format(""))
        self.year = partial(rows, statement.format(of), *days)

    def require_same(self) -> None:
        """Pass when the sums are what plain SQL makes of the rows."""
        rows_there = self.year()
        if not rows_there or self.as_rows(self.product()) != rows_there:
            raise AssertionError("The sums are not those of the rows.")


def questions(year: int) -> dict[str, Question]:
    """Return what is asked of the middle of the history."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    instants = (datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
    last = date(year, 12, 31)

    def used(answer: Sequence[Use]) -> list[Any]:
        return [
            (each.month, each.room, each.status.value, each.sessions, int(each.length.total_seconds()))
            for each in answer
        ]

    def earned(answer: Mapping[date, Decimal]) -> list[Any]:
        return sorted(answer.items())

    period = Period(Span.YEAR, first, last)
    return {
        "use": Question(partial(use_by_month, first, last), used, USE, USE_OF, instants),
        "revenue": Question(partial(ledger_revenue, period, "EUR"), earned, EARNED, EARNED_OF, (first, after)),
    }


@contextmanager
def undone(schema: str) -> Iterator[None]:
    """Run the block as the owner, and undo all of it."""
    with as_owner(schema), transaction.atomic():
        yield
        transaction.set_rollback(True)


def asked(schema: str, title: str, question: Question, index: str, ready: Callable[[], object]) -> dict[str, Any]:
    """Return what the question takes in each way, in milliseconds.

    ready: done before the last way, of which all is undone
    """

    def here(ask: Callable[[], object]) -> float:
        with inside(SimpleNamespace(schema_name=schema)):
            Room.objects.exists()
            return seconds(ask) * MS

    def after(statement: Callable[[], object], ask: Callable[[], object]) -> float:
        with undone(schema):
            statement()
            question.require_same()
            return seconds(ask) * MS

    with inside(SimpleNamespace(schema_name=schema)):
        question.require_same()
    taken = in_turn(
        {
            EVERYTHING: partial(here, question.everything),
            A_YEAR: partial(here, question.year),
            SUMS: partial(here, question.product),
            UNFOLDED: partial(after, ready, question.product),
        },
        rounds=ROUNDS,
    )
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute(index)
        cursor.execute("VACUUM ANALYZE sessions, ledger_transactions, ledger_entries")
    try:
        indexed = in_turn({INDEXED: partial(here, question.year)}, rounds=ROUNDS)
    finally:
        with as_owner(schema), connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS bench_use, bench_days, bench_sides")
    return {title: summary(taken | indexed, unit="ms", baseline=EVERYTHING)}


def written(schema: str, statement: str, table: str) -> dict[str, list[float]]:
    """Return the milliseconds of one write, with the triggers and without; each turn is undone."""

    def turn(*, summed: bool) -> float:
        with undone(schema), connection.cursor() as cursor:
            for trigger in () if summed else TRIGGERS[table]:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
            takes_number = "%s" in statement
            cursor.execute(statement, [WRITES] if takes_number else None)

            def write() -> None:
                for number in range(WRITES):
                    cursor.execute(statement, [number] if takes_number else None)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

            return seconds(write) * MS / WRITES

    return in_turn(
        {"without sums": partial(turn, summed=False), "with sums": partial(turn, summed=True)}, rounds=ROUNDS
    )


def other_reports(schema: str, year: int) -> dict[str, Any]:
    """Return what the other reports of a year take, by what they ask."""
    period = Period(Span.YEAR, date(year, 1, 1), date(year, 12, 31))
    asks: dict[str, Callable[[], object]] = {
        "revenue by month": lambda: ledger_revenue(period, "EUR"),
        "revenue by month and kind": lambda: revenue_by_month(period, "EUR"),
        "revenue by client": lambda: revenue_by_client(period, "EUR"),
        "VAT by rate": lambda: vat_by_rate(period, "EUR"),
        "receivables by age": lambda: owed_on(period.last, "EUR"),
    }

    def here(ask: Callable[[], object]) -> float:
        with inside(SimpleNamespace(schema_name=schema)):
            Room.objects.exists()
            return seconds(ask) * MS

    taken = in_turn({name: partial(here, ask) for name, ask in asks.items()}, rounds=ROUNDS)
    return summary(taken, unit="ms", baseline="revenue by month")


def main(*, json: bool = False) -> None:
    """Measure and print."""
    call_command("migrate", verbosity=0)
    schema = own_studio("bench-reports")
    with as_owner(schema):
        is_there = StudioSession.objects.count() == SESSIONS
    if not is_there:
        empty(schema)
        _timetable.fill(schema, 0, SESSIONS)
    _books.write_books(schema, DOCUMENTS)
    with inside(SimpleNamespace(schema_name=schema)):
        fold_session_days()
        fold_ledger_days()
        if wrong := [finding.says for check in books_days.CHECKS for finding in check.findings()]:
            raise AssertionError(wrong[:5])
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE sessions, session_days, ledger_days")
    sessions_year = _timetable.FIRST.year + SESSIONS // (_timetable.ROOMS * _timetable.A_DAY) // 365 // 2
    books_year = 2018 + DOCUMENTS // _books.A_DAY // 365 // 2
    first = datetime(sessions_year, 1, 1, tzinfo=UTC)
    values = {"first": first, "last": datetime(sessions_year, 12, 1, tzinfo=UTC)}
    use, revenue = questions(sessions_year)["use"], questions(books_year)["revenue"]
    facts = {"sessions": SESSIONS, "documents": DOCUMENTS, "rounds": ROUNDS, "writes": WRITES}
    figures: dict[str, Any] = {"set-up": versions() | facts}
    figures |= asked(schema, "use of rooms, a year by month", use, USE_INDEX, partial(execute, CHANGES, values))
    figures |= asked(schema, "revenue, a year by month", revenue, EARNED_INDEX, partial(postings, books_year))
    for name, statement in {"added": ADD, "moved": MOVE, "cancelled": CANCEL, "noted": NOTE}.items():
        taken = written(schema, statement, "sessions")
        figures[f"a session {name}"] = summary(taken, unit="ms", baseline="without sums")
    figures["a posting"] = summary(written(schema, _books.POST, "ledger_entries"), unit="ms", baseline="without sums")
    figures["reports of a year"] = other_reports(schema, books_year)
    show(figures, json=json)


def execute(statement: str, values: dict[str, object]) -> None:
    """Run statements one after the other."""
    with connection.cursor() as cursor:
        for part in statement.split(";"):
            cursor.execute(part, values)


def postings(year: int) -> None:
    """Post some sales of a year, one by one."""
    with connection.cursor() as cursor:
        for number in range(200):
            cursor.execute(_books.SALE, [date(year, 1 + number % 12, 1)])

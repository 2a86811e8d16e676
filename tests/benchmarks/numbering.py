"""Numbers without a gap against a sequence, which leaves one at every rollback.

BENCH_WRITERS (8) processes issue BENCH_DOCUMENTS (50) documents each, of which one in ten is undone, in BENCH_ROUNDS
(3) rounds: by bare statements, and by the product's service with all the guards of its tables, in one series and in
BENCH_SERIES (10), each of a studio of its own. The service with numbers from a sequence is the same service, its
guards of numbers taken away. Nothing counts unless, without a gap, the numbers are 1 to the last, each once.
"""

import os
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from billing.models import Invoice, NumberSeries
from billing.selectors import books
from sessions_app.models import Client
from studio.office.models import StudioProfile
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Studio
from studio.tenancy.services import studios
from tests.benchmarks._figures import in_turn, show, summary, versions
from tests.benchmarks._issuers import BARE, Job, run

WRITERS = int(os.environ.get("BENCH_WRITERS", "8"))
DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "50"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SERIES = int(os.environ.get("BENCH_SERIES", "10"))
SERVICE, GAPS = "the service", "the service, a sequence"
SELLER = {"street": "1 rue des Archives", "postal_code": "75003", "city": "Paris", "time_zone": "UTC"}
TABLES = (
    "number_series, invoices, invoice_items, invoice_taxes, ledger_transactions, ledger_entries, clients, audit_events"
)
# What would not let a number from a sequence pass.
NUMBER_GUARDS = {"invoices": "invoices_frozen_once_issued", "number_series": "number_series_given"}
BARE_TABLES = """
    DROP TABLE IF EXISTS bench_documents, bench_series;
    DROP SEQUENCE IF EXISTS bench_numbers;
    CREATE SEQUENCE bench_numbers;
    CREATE TABLE bench_series (id integer PRIMARY KEY, next integer NOT NULL DEFAULT 1);
    CREATE TABLE bench_documents (series integer NOT NULL, number integer NOT NULL, body text NOT NULL);
    CREATE INDEX ON bench_documents (series, number);
    GRANT ALL ON bench_series, bench_documents TO {role};
    GRANT ALL ON SEQUENCE bench_numbers TO {role};
"""
GONE = "DROP TABLE IF EXISTS bench_documents, bench_series; DROP SEQUENCE IF EXISTS bench_numbers"


def opened(count: int = SERIES) -> tuple[str, ...]:
    """Return the schemas of as many studios that benchmarks of documents alone use."""
    found = []
    for number in range(count):
        slug = f"bench-numbering-{number}"
        with as_owner():
            studio = Studio.objects.filter(slug=slug).first()
        studio = studio or studios.create_studio(name=slug, kind="recording", slug=slug, now=timezone.now())
        found.append(studio.schema_name)
    return tuple(found)


def sql(schema: str, statement: str) -> None:
    """Run a statement as the owner."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute(statement)


def emptied(schemas: tuple[str, ...], *, guarded: bool) -> None:
    """Empty the studios and give each its clients; with or without the guards of numbers."""
    for schema in schemas:
        sql(schema, f"TRUNCATE {TABLES} CASCADE")
        sql(schema, BARE_TABLES.format(role=schema))
        sql(schema, f"INSERT INTO bench_series (id) SELECT generate_series(1, {SERIES})")
        for table, guard in NUMBER_GUARDS.items():
            sql(schema, f"ALTER TABLE {table} {'ENABLE' if guarded else 'DISABLE'} TRIGGER {guard}")
        with inside(SimpleNamespace(schema_name=schema)):
            StudioProfile.objects.update(**SELLER)
            Client.objects.bulk_create(Client(name=f"Payer {number}") for number in range(WRITERS))
            if not guarded:
                NumberSeries.objects.create(kind="invoice", year=2027, pattern="FAC-{year}-{number:04}")


def require_gapless(schemas: tuple[str, ...], *, is_bare: bool) -> None:
    """Pass when the numbers of every series are 1 to the last, each once."""
    for schema in schemas:
        with inside(SimpleNamespace(schema_name=schema)), connection.cursor() as cursor:
            if is_bare:
                cursor.execute("""
                    SELECT series FROM bench_documents WHERE series > 0 GROUP BY series
                    HAVING count(*) <> max(number) OR count(DISTINCT number) <> max(number)
                """)
                wrong = cursor.fetchall()
            else:
                numbers = Invoice.objects.issued().order_by("number").values_list("number", flat=True)
                wrong = [*books.findings()] or list(numbers) != list(range(1, len(numbers) + 1))
        if wrong:
            raise AssertionError(f"{schema}: the numbers have gaps or twins: {wrong}")


def measured(schemas: tuple[str, ...], way: str) -> float:
    """Return how many documents a second were issued in a way."""
    emptied(schemas, guarded=way != GAPS)
    outcome = run(Job(way, schemas, DOCUMENTS, WRITERS))
    if way not in ("a sequence", GAPS):
        require_gapless(schemas, is_bare=way in BARE)
    return outcome.issued_a_second


def contest(schemas: tuple[str, ...], ways: tuple[str, ...], baseline: str) -> dict[str, Any]:
    """Return documents a second by way, in one series and in several."""
    contestants: dict[str, Callable[[], float]] = {}
    for way in ways:
        contestants[way] = partial(measured, schemas[:1], way)
        if way != baseline:
            contestants[f"{way}, {len(schemas)} series"] = partial(measured, schemas, way)
    return summary(in_turn(contestants, rounds=ROUNDS), unit="/s", baseline=baseline)


def main(json: bool = False) -> None:  # noqa: FBT001, FBT002 -- called by the bench command
    """Measure and print."""
    call_command("migrate", verbosity=0)
    figures: dict[str, Any] = {"set-up": versions() | {"writers": WRITERS, "documents": DOCUMENTS, "rounds": ROUNDS}}
    schemas = opened()
    figures["bare statements"] = contest(schemas, tuple(BARE), "a sequence")
    figures["issue_invoice, with all guards"] = contest(schemas, (GAPS, SERVICE), GAPS)
    for schema in schemas:
        emptied((schema,), guarded=True)
        sql(schema, GONE)
    show(figures, json=json)

"""Checking N studios for drift: this product's guard, and Django's own introspection of the same schemas.

BENCH_STUDIOS (50) studios, BENCH_ROUNDS (3) rounds. Introspection reads tables, columns, keys, constraints,
indexes and sequences, and compares nothing; the guard also reads defaults, triggers, functions, grants,
owners and roles, compares them, checks the platform's own schemas and keeps the result on record.
"""

import os
from collections.abc import Callable

from django.db import connection, transaction
from django.utils import timezone

from studio.tenancy.context import as_owner
from studio.tenancy.models import SchemaReference
from studio.tenancy.services import schema_guard
from tests.benchmarks._figures import in_turn, seconds, show, summary, versions
from tests.benchmarks._studios import opened

STUDIOS = int(os.environ.get("BENCH_STUDIOS", "50"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


def introspect(schemas: list[str]) -> None:
    """Read every studio by Django's introspection."""
    for schema in schemas:
        with as_owner(schema), connection.cursor() as cursor:
            for table in connection.introspection.get_table_list(cursor):
                connection.introspection.get_table_description(cursor, table.name)
                connection.introspection.get_constraints(cursor, table.name)
                connection.introspection.get_sequences(cursor, table.name)


def check(schemas: list[str]) -> list[str]:
    """Run the whole guard and return what it tells."""
    states = schema_guard.check_schemas(schemas=["public", *schemas], now=timezone.now())
    return [finding.what for state in states for finding in state.findings]


def forget() -> None:
    """Make the next check make its references anew."""
    with as_owner():
        SchemaReference.objects.all().delete()


def prove_it_bites(schemas: list[str]) -> None:
    """Stop unless the guard is silent now and names an index dropped in the last studio."""
    if told := check(schemas):
        raise SystemExit(f"The studios are not clean: {told[:5]}")
    with as_owner(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f'DROP INDEX "{schemas[-1]}".sessions_of_project')
        told = check(schemas)
        transaction.set_rollback(True)
    if told != ["index sessions.sessions_of_project is missing."]:
        raise SystemExit(f"The guard did not name the one change: {told[:5]}")


def timed(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> Callable[[], float]:
    """Return a run of a call, after an untimed preparation."""

    def run() -> float:
        before()
        return seconds(work)

    return run


def main(*, json: bool = False) -> None:
    """Measure and print."""
    schemas = opened(STUDIOS)
    prove_it_bites(schemas)
    contestants = {
        "Django's introspection": timed(lambda: introspect(schemas)),
        "guard, references remembered": timed(lambda: check(schemas)),
        "guard, references made": timed(lambda: check(schemas), before=forget),
        "guard, shallow": timed(schema_guard.behind_schemas),
    }
    figures = in_turn(contestants, rounds=ROUNDS)
    show(
        {
            "set-up": versions() | {"studios": STUDIOS, "rounds": ROUNDS},
            "drift check": summary(figures, unit="s", baseline="Django's introspection"),
        },
        json=json,
    )

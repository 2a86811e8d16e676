"""Tables and columns by name only: what the models ask for against what each schema has.

This needs no reference schema and no rights beyond reading the catalogue, so a readiness probe can use
it. Types, constraints, indexes and grants are the full comparison's business.
"""

from collections.abc import Collection
from functools import cache

from django.apps import apps
from django.db import connection

from studio.tenancy.catalogue.comparison import Difference, Problem
from studio.tenancy.catalogue.reader import Key
from studio.tenancy.router import labels_of

COLUMNS = """
    FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = ANY(%s) AND c.relname = ANY(%s)
"""
COUNTS = f"""
    SELECT n.nspname, count(*), count(*) FILTER (WHERE c.relname || '.' || a.attname = ANY(%s))
    {COLUMNS} GROUP BY n.nspname
"""
NAMES = f"SELECT n.nspname, c.relname, a.attname {COLUMNS}"


@cache
def model_columns(schema: str) -> frozenset[tuple[str, str]]:
    """Return table and column of every field that has one in a schema."""
    labels = labels_of(schema)
    return frozenset(
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in labels and model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if field.column
    )


def missing_or_stray_columns(schemas: Collection[str]) -> dict[str, list[Difference]]:
    """Return, for each schema that has any, the columns and tables that the models and it do not share.

    schemas: all with the same apps, that is either only the public one or only studios
    queries: 1, and 1 more when anything differs
    """
    if not schemas:
        return {}
    expected = model_columns(next(iter(schemas)))
    tables = sorted({table for table, _column in expected})
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [[".".join(pair) for pair in expected], list(schemas), tables])
        counts = {schema: (total, known) for schema, total, known in cursor.fetchall()}
        differing = [schema for schema in schemas if counts.get(schema) != (len(expected), len(expected))]
        if not differing:
            return {}
        found: dict[str, set[tuple[str, str]]] = {schema: set() for schema in differing}
        cursor.execute(NAMES, [differing, tables])
        for schema, table, column in cursor.fetchall():
            found[schema].add((table, column))
    return {schema: _differences(expected, actual) for schema, actual in found.items()}


def _differences(expected: Collection[tuple[str, str]], actual: Collection[tuple[str, str]]) -> list[Difference]:
    tables = {table for table, _column in actual}
    lost = sorted({table for table, _column in expected} - tables)
    missing = sorted((table, column) for table, column in expected if (table, column) not in actual and table in tables)
    stray = sorted(pair for pair in actual if pair not in expected)
    return [
        *(Difference(Key("table", "", table), Problem.MISSING) for table in lost),
        *(Difference(Key("column", table, column), Problem.MISSING) for table, column in missing),
        *(Difference(Key("column", table, column), Problem.STRAY) for table, column in stray),
    ]

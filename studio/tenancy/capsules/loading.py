"""Putting a capsule's rows into a schema that our migrations have built, and proving that all of it arrived."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from psycopg import sql

from studio.tenancy.capsules import rows
from studio.tenancy.capsules.archive import BLOCK, Reader
from studio.tenancy.capsules.keeper import keeper
from studio.tenancy.capsules.making import Tell
from studio.tenancy.capsules.manifest import CapsuleRefused, Manifest
from studio.tenancy.capsules.rows import Table
from studio.tenancy.catalogue import reader

KEYS = """
    SELECT c.relname, con.conname, pg_get_constraintdef(con.oid)
    FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid
    WHERE con.contype = 'f' AND con.connamespace = %s::regnamespace ORDER BY con.oid
"""
GUARDED = """
    SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = %s::regnamespace ORDER BY 1
"""


def load(capsule: Reader, schema: str, tell: Tell) -> None:
    """Fill a schema, which stands at the capsule's migrations and on the path, in the current transaction.

    Triggers are off and foreign keys are away meanwhile: the rows were right where they come from, and keys are
    checked once over all rows when they come back. Every other rule is checked by each row. Afterwards the catalogue
    must say what it said before, and every table the digest that the manifest says.
    raises: CapsuleRefused
    """
    with connection.cursor() as cursor:
        _settle(cursor)
        standing = _insist_on_tables(cursor, capsule.manifest, schema)
        before = reader.read_digests([schema])
        try:
            with _without_guards(cursor, schema):
                _fill(cursor, capsule, schema, tell)
        except DatabaseError as exc:
            raise CapsuleRefused(_("A rule of the database refuses the rows: %(why)s") % {"why": _first(exc)}) from exc
        if reader.read_digests([schema]) != before:
            raise CapsuleRefused(_("The guards of the tables did not come back as they were."))
        _prove(cursor, capsule.manifest, schema, standing)
        cursor.execute(sql.SQL("ANALYZE {}").format(_listed(schema, standing)))


def _first(exc: DatabaseError) -> str:
    return str(exc).partition("\n")[0]


def _settle(cursor: Any) -> None:
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for name, value in rows.SETTINGS.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def _insist_on_tables(cursor: Any, manifest: Manifest, schema: str) -> dict[str, Table]:
    """Return the tables of the schema, once they and their columns are those of the capsule."""
    standing = {table.name: table for table in rows.tables(cursor, schema)}
    here = {f"{table.name}.{column}" for table in standing.values() for column in table.columns}
    told = {f"{table.name}.{column}" for table in manifest.tables for column in table.columns}
    if strange := sorted(here ^ told):
        raise CapsuleRefused(
            _("The studio had other tables than its migrations make, e.g. %(column)s.") % {"column": strange[0]}
        )
    return standing


@contextmanager
def _without_guards(cursor: Any, schema: str) -> Iterator[None]:
    """Run the block without foreign keys and triggers, and put all of them back."""
    cursor.execute(KEYS, [schema])
    keys = [(sql.Identifier(schema, table), sql.Identifier(name), sql.SQL(text)) for table, name, text in cursor]
    cursor.execute(GUARDED, [schema])
    guarded = [sql.Identifier(schema, table) for (table,) in cursor]
    _all(cursor, "ALTER TABLE {} DROP CONSTRAINT {}", [key[:2] for key in keys])
    _all(cursor, "ALTER TABLE {} DISABLE TRIGGER USER", [(table,) for table in guarded])
    yield
    _all(cursor, "ALTER TABLE {} ENABLE TRIGGER USER", [(table,) for table in guarded])
    _all(cursor, "ALTER TABLE {} ADD CONSTRAINT {} {}", keys)


def _all(cursor: Any, statement: str, parts: list[Any]) -> None:
    if parts:
        cursor.execute(sql.SQL("; ").join(sql.SQL(statement).format(*each) for each in parts))


def _listed(schema: str, tables: dict[str, Table]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(schema, name) for name in tables)


def _fill(cursor: Any, capsule: Reader, schema: str, tell: Tell) -> None:
    standing = {table.name: table for table in rows.tables(cursor, schema)}
    cursor.execute(sql.SQL("TRUNCATE {}").format(_listed(schema, standing)))
    for table in capsule.manifest.tables:
        if not table.rows:
            continue
        with (
            capsule.rows(table.name) as text,
            cursor.copy(rows.copy_in(schema, table.name, table.columns)) as copy,
        ):
            has_keys = table.name in {**keeper().key_columns, **keeper().naming_columns}
            blocks = rows.with_own_keys(text, schema, table.name, table.columns) if has_keys else _blocks(text)
            for block in blocks:
                copy.write(block)
        tell(_("%(table)s: %(rows)d rows") % {"table": table.name, "rows": table.rows})
    for name, (last, given) in capsule.manifest.sequences.items():
        cursor.execute("SELECT setval(%s::regclass, %s, %s)", [f"{schema}.{name}", last, given])


def _blocks(text: Any) -> Iterator[bytes]:
    while block := text.read(BLOCK):
        yield block


def _prove(cursor: Any, manifest: Manifest, schema: str, standing: dict[str, Table]) -> None:
    """Insist that what stands in the schema now is, table by table, what the manifest says.

    raises: CapsuleRefused
    """
    for table in manifest.tables:
        digest = hashlib.sha256()
        for block in rows.text_of(cursor, schema, standing[table.name]):
            digest.update(block)
        if digest.hexdigest() != table.sha256:
            raise CapsuleRefused(_("The rows of %(table)s did not arrive as they were.") % {"table": table.name})
    if rows.sequences(cursor, schema) != dict(manifest.sequences):
        raise CapsuleRefused(_("The next numbers of the tables did not arrive as they were."))

"""The rows of a studio as text that is equal for equal rows, whichever studio and server they stand in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from studio.tenancy.capsules.keeper import keeper
from studio.tenancy.capsules.manifest import CapsuleRefused

# Who is signed in and what was counted lately ends with the place: a copy's visitors sign in anew.
LEFT_OUT = ("cache_entries", "django_session", "login_sessions")
OWN = "@"  # stands for the schema in a file's key
BLOCK = 1024 * 1024

# Text of equal values is equal under these, and nothing here is given up because it takes long.
SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "client_encoding": "UTF8",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
# A generated column is left to the database. Sorted by name: the order of columns depends on a table's history.
COLUMNS = """
    SELECT c.relname,
        (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attname COLLATE "C"), '{}')
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
        (SELECT coalesce(array_agg(a.attname::text ORDER BY k.place), '{}')
         FROM pg_index i CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
         WHERE i.indrelid = c.oid AND i.indisprimary),
        (SELECT coalesce(array_agg(a.attname::text), '{}')
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attcollation <> 0)
    FROM pg_class c
    WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> ALL (%s)
    ORDER BY c.relname COLLATE "C"
"""
SEQUENCES = """
    SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'S' ORDER BY relname COLLATE "C"
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands in a schema.

    columns: those that are taken along, by name
    key: the primary key's
    texts: those whose order depends on a collation
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    texts: frozenset[str]


def tables(cursor: Any, schema: str) -> list[Table]:
    """Return the tables of a schema whose rows are taken along, by name."""
    cursor.execute(COLUMNS, [schema, list(LEFT_OUT)])
    return [
        Table(name, tuple(columns), tuple(key), frozenset(texts)) for name, columns, key, texts in cursor.fetchall()
    ]


def sequences(cursor: Any, schema: str) -> dict[str, tuple[int, bool]]:
    """Return the last value of each sequence of a schema, and whether it was given out."""
    cursor.execute(SEQUENCES, [schema])
    found = {}
    for (name,) in cursor.fetchall():
        cursor.execute(sql.SQL("SELECT last_value, is_called FROM {}.{}").format(*map(sql.Identifier, (schema, name))))
        found[name] = cursor.fetchone()
    return found


def text_of(cursor: Any, schema: str, table: Table) -> Iterator[bytes]:
    """Yield the text of a table's rows in the order of its key, in blocks of whole rows.

    cursor: of a connection under `SETTINGS`
    """
    held, size = [], 0
    with cursor.copy(_copy_out(schema, table)) as copy:
        for row in copy:
            held.append(bytes(row))
            size += len(held[-1])
            if size >= BLOCK:
                yield b"".join(held)
                held, size = [], 0
    if held:
        yield b"".join(held)


def _copy_out(schema: str, table: Table) -> sql.Composed:
    shown = [_shown(schema, table.name, column) for column in table.columns]
    order = [
        sql.SQL('{} COLLATE "C"' if column in table.texts else "{}").format(sql.Identifier(column))
        for column in table.key or table.columns
    ]
    return sql.SQL("COPY (SELECT {} FROM {}.{} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(shown), sql.Identifier(schema), sql.Identifier(table.name), sql.SQL(", ").join(order)
    )


def _shown(schema: str, table: str, column: str) -> sql.Composable:
    name = sql.Identifier(column)
    if keeper().naming_columns.get(table) == column:
        own = "CASE WHEN starts_with({name}, {own}) THEN {at} || substr({name}, {rest}) ELSE {name} END"
        at, prefix = sql.Literal(f"{OWN}/"), f"{schema}/"
        return sql.SQL(own).format(name=name, own=sql.Literal(prefix), at=at, rest=sql.Literal(len(prefix) + 1))
    if keeper().key_columns.get(table) != column:
        return name
    # A key of another studio's file, which nothing but damage leaves here, becomes one of its own without bytes.
    return sql.SQL("regexp_replace({name}, '^tenant_[0-9]+/', {at})").format(name=name, at=sql.Literal(f"{OWN}/"))


def copy_in(schema: str, table: str, columns: tuple[str, ...]) -> sql.Composed:
    """Return the statement that takes a table's text."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {}.{} ({}) FROM STDIN").format(sql.Identifier(schema), sql.Identifier(table), names)


def with_own_keys(lines: Iterator[bytes], schema: str, table: str, columns: tuple[str, ...]) -> Iterator[bytes]:
    """Yield a table's text with the keys of files turned into those of this studio.

    raises: CapsuleRefused for any other key of a stored file: no backup reaches for the files of another studio
    """
    is_named = table in keeper().naming_columns
    column = (keeper().naming_columns if is_named else keeper().key_columns).get(table)
    if column not in columns:
        yield from lines
        return
    place, own, neutral = columns.index(column), f"{schema}/".encode(), f"{OWN}/".encode()
    for line in lines:
        values = line.split(b"\t")
        if place < len(values) and values[place].startswith(neutral):
            values[place] = own + values[place].removeprefix(neutral)
        elif not is_named:
            raise CapsuleRefused(_("A row of %(table)s names a file that is not the studio's own.") % {"table": table})
        yield b"\t".join(values)

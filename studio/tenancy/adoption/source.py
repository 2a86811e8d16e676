"""A former database, open for reading: its tables, their rows, and the marks by which it is known again."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from hashlib import sha256
from pathlib import Path

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import set_json_loads

from studio.tenancy.adoption.scratch import loaded
from studio.tenancy.adoption.statements import Unreadable

Content = dict[str, object]
SCHEMES = ("postgresql://", "postgres://")
CONNECT_SECONDS = 4
ROWS_AT_ONCE = 500
MARKS_PER_TABLE = 20

# Ordinary and partitioned tables; a partition is read with its parent.
TABLES = """
    SELECT c.relname,
           array_agg(a.attname::text ORDER BY a.attnum),
           coalesce((SELECT array_agg(k.attname::text ORDER BY array_position(i.indkey::int2[], k.attnum))
                     FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY(i.indkey)
                     WHERE i.indrelid = c.oid AND i.indisprimary), '{}')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    GROUP BY c.oid, c.relname ORDER BY c.relname
"""
# One snapshot for all tables, and values written the same way whatever the server's settings are. A row
# policy raises an error instead of hiding rows.
PREPARE = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL row_security = off",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL search_path = pg_catalog, public",
)


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of a source.

    key: the primary key's columns, in its order; empty when there is none
    """

    name: str
    columns: frozenset[str]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a source.

    row_id: the key as text, its parts joined by "/"; for a table without key a digest of the row
    shown: the key as the source has it, for the report
    """

    row_id: str
    shown: object
    content: Content


class Source:
    """An open source; everything is read in one transaction that writes nothing."""

    def __init__(self, name: str, connection: psycopg.Connection) -> None:
        self.name = name
        self._connection = connection
        set_json_loads(partial(json.loads, parse_float=Decimal), connection)
        for statement in PREPARE:
            connection.execute(statement)
        self.tables = [
            SourceTable(name, frozenset(columns), tuple(key)) for name, columns, key in connection.execute(TABLES)
        ]

    def rows(self, table: SourceTable) -> Iterator[SourceRow]:
        """Yield the rows of a table in the order of its key."""
        order = sql.SQL(", ").join([sql.SQL("t.{}").format(sql.Identifier(part)) for part in table.key])
        query = sql.SQL("SELECT to_jsonb(t) FROM {} t ORDER BY {}").format(
            sql.Identifier("public", table.name), order if table.key else sql.SQL('to_jsonb(t)::text COLLATE "C"')
        )
        seen: dict[str, int] = {}
        with self._connection.cursor(name=f"rows {table.name}") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            for (content,) in cursor.execute(query):
                yield _source_row(table, content, seen)

    def marks(self) -> set[str]:
        """Return digests of old rows, by which the same database is known again when it has grown.

        A counted key says little, since every database has a row 1; so it counts together with the
        moment at which its row was made, and not at all where many were made at once.
        """
        found = set()
        for table in self.tables:
            rows = list(self._oldest(table))
            times = Counter(row.content.get("created_at") for row in rows)
            for row in rows:
                made = row.content.get("created_at") if isinstance(row.shown, int) else ""
                if made is not None and (made == "" or times[made] == 1):
                    found.add(sha256(f"{table.name}/{row.row_id}/{made}".encode()).hexdigest()[:16])
        return found

    def _oldest(self, table: SourceTable) -> Iterator[SourceRow]:
        if not table.key:
            return
        parts = [*(["created_at"] if "created_at" in table.columns else []), *table.key]
        order = sql.SQL(", ").join([sql.SQL("t.{}").format(sql.Identifier(part)) for part in parts])
        query = sql.SQL("SELECT to_jsonb(t) FROM {} t ORDER BY {} LIMIT {}").format(
            sql.Identifier("public", table.name), order, MARKS_PER_TABLE
        )
        for (content,) in self._connection.execute(query):
            yield _source_row(table, content, {})


def _source_row(table: SourceTable, content: Content, seen: dict[str, int]) -> SourceRow:
    if table.key:
        parts = [content[column] for column in table.key]
        return SourceRow("/".join(str(part) for part in parts), parts[0] if len(parts) == 1 else parts, content)
    text = sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:32]
    seen[text] = seen.get(text, 0) + 1
    row_id = f"{text}-{seen[text]}"
    return SourceRow(row_id, row_id, content)


@contextmanager
def opened(address: str) -> Iterator[Source]:
    """Open a source for reading.

    address: a PostgreSQL address, or the path of a plain or gzipped SQL dump
    raises: Unreadable, with a sentence that shows no password
    """
    is_address = is_database_address(address)
    with _connected(address) if is_address else loaded(Path(address)) as connection:
        try:
            source = Source(_database_name(address) if is_address else Path(address).name, connection)
            if not source.tables:
                raise Unreadable(_("The source holds no tables."))
            yield source
        except psycopg.Error as exc:  # ours come wrapped by Django, so this one is about the source
            why = exc.diag.message_primary or type(exc).__name__
            raise Unreadable(_("The former database cannot be read: %(why)s.") % {"why": why}) from exc


def is_database_address(address: str) -> bool:
    """Return whether this is a database's address and not a file's path."""
    return address.startswith(SCHEMES) or ("dbname=" in address and not Path(address).exists())


def _database_name(address: str) -> str:
    parts = conninfo_to_dict(address)
    return f"{parts.get('host', 'localhost')}/{parts.get('dbname', '')}"


@contextmanager
def _connected(address: str) -> Iterator[psycopg.Connection]:
    try:
        parts = conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        message = _("The source is not a PostgreSQL address (postgresql://user:password@host:port/database).")
        raise Unreadable(message) from None  # the cause would show the address, password and all
    try:
        connection = psycopg.connect(
            make_conninfo(address, connect_timeout=parts.get("connect_timeout", CONNECT_SECONDS))
        )
    except psycopg.OperationalError:
        message = _("The former database cannot be reached at %(host)s: check host, port, name, login and password.")
        raise Unreadable(message % {"host": parts.get("host") or "localhost"}) from None
    with connection:
        yield connection

"""Writing a capsule: one moment of the database, beside people at work, and the files that it speaks of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import make_conninfo

from studio.db import lock_key
from studio.errors import DomainError
from studio.tenancy.capsules import archive, rows
from studio.tenancy.capsules.archive import Writer
from studio.tenancy.capsules.keeper import FILES_LOCK, keeper
from studio.tenancy.capsules.manifest import STUDIO_FACTS, FileFacts, Manifest, TableFacts

LOGIN_WORDS = ("dbname", "user", "password", "host", "port", "ssl", "connect_timeout")
LOCK_TIMEOUT = "10s"  # for a table that somebody alters by hand, or a studio that is just being migrated
MIGRATE_LOCK = "migrate"
MEGABYTE = 1024 * 1024

type Tell = Callable[[str], None]


# What this studio's own connection reads of the registry and of its history.
DOMAINS = """
    SELECT domain FROM public.domains d JOIN public.studios s ON s.id = d.studio_id
    WHERE s.schema_name = %s AND d.verified_at IS NOT NULL ORDER BY d.is_primary DESC, d.domain
"""
MIGRATIONS = sql.SQL("SELECT app || '.' || name FROM {}.django_migrations ORDER BY id")


class Busy(DomainError):
    """Somebody else works on the same tables or makes the same capsule."""

    status_code = 503


@dataclass(frozen=True, slots=True)
class Made:
    """A capsule that lies there whole."""

    path: Path
    seal: str
    size: int
    manifest: Manifest


def write_capsule(*, schema: str, path: Path, now: datetime, tell: Tell) -> Made:
    """Write a studio's capsule and return what it came to.

    Nobody is kept from working: rows are read from a snapshot, under locks that only a change of tables waits for.
    Files are written once; the sweep that deletes those given up waits until they are copied.
    """
    with _alone(schema) as login, archive.written(path) as writer:
        with _snapshot(login, schema) as cursor:
            told = _write_rows(cursor, writer, schema, tell) | _registry_facts(cursor, schema)
            wanted = _stored_files(cursor, schema)
        files, problems = _write_files(writer, schema, wanted, tell)
        manifest = Manifest(made_at=now.isoformat(), files=tuple(files), problems=tuple(problems), **told)
        writer.add(archive.MANIFEST, [manifest.as_json()], packed=True)
    return Made(path, writer.seal, path.stat().st_size, manifest)


@contextmanager
def _connected() -> Iterator[psycopg.Connection]:
    """Give a connection of its own, as the owner: a snapshot has to begin with a transaction."""
    known = connection.get_connection_params()
    words = {key: value for key, value in known.items() if key.startswith(LOGIN_WORDS)}
    with psycopg.connect(make_conninfo(**words), autocommit=True) as login:
        for name, value in rows.SETTINGS.items():
            login.execute("SELECT set_config(%s, %s, false)", [name, value])
        login.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
        login.isolation_level, login.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        try:
            yield login
        except psycopg.errors.LockNotAvailable as exc:
            raise Busy(_("The studio is being migrated or backed up just now. Please try again.")) from exc


@contextmanager
def _alone(schema: str) -> Iterator[psycopg.Connection]:
    """Give a connection while no other backup of the studio is being made: two would write one file."""
    lock = lock_key(schema, FILES_LOCK)
    with _connected() as login:
        login.execute("SELECT pg_advisory_lock(%s)", [lock])
        yield login
        login.execute("SELECT pg_advisory_unlock(%s)", [lock])  # the server takes its time to see a connection end


@contextmanager
def _snapshot(login: psycopg.Connection, schema: str) -> Iterator[Any]:
    """Give a cursor that sees one moment, in which the tables of the schema stand still, and those tables.

    They are locked before the snapshot is taken: to one that is older than an altered table that table looks empty.
    The path and the lock against our own migrating come before the transaction, whose first query is the snapshot. The
    lock ends with it: files can take long, and no migration changes them.
    """
    cursor = login.cursor()
    lock = lock_key(schema, MIGRATE_LOCK)
    cursor.execute("SELECT pg_advisory_lock_shared(%s)", [lock])
    standing = rows.tables(cursor, schema)
    names = [sql.Identifier(schema, table.name) for table in standing]
    with login.transaction():
        cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(", ").join(names)))
        if rows.tables(cursor, schema) != standing:
            raise Busy(_("Somebody is changing the tables of %(schema)s. Please try again.") % {"schema": schema})
        yield cursor
    cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [lock])


def _write_rows(cursor: Any, writer: Writer, schema: str, tell: Tell) -> dict[str, Any]:
    """Write every table, and return what the manifest says of the rows."""
    written = []
    for table in rows.tables(cursor, schema):
        part = writer.add(archive.table_part(table.name), rows.text_of(cursor, schema, table), packed=True)
        written.append(TableFacts(table.name, table.columns, part.rows, part.size, part.sha256))
        if part.rows:
            tell(_("%(table)s: %(rows)d rows") % {"table": table.name, "rows": part.rows})
    cursor.execute(MIGRATIONS.format(sql.Identifier(schema)))
    migrations = tuple(name for (name,) in cursor.fetchall())
    return {"tables": tuple(written), "sequences": rows.sequences(cursor, schema), "migrations": migrations}


def _registry_facts(cursor: Any, schema: str) -> dict[str, Any]:
    """Return what the registry says of a studio at that moment."""
    facts = sql.SQL(", ").join(map(sql.Identifier, ("uid", *STUDIO_FACTS)))
    cursor.execute(sql.SQL("SELECT {} FROM public.studios WHERE schema_name = %s").format(facts), [schema])
    uid, *told = cursor.fetchone()
    cursor.execute(DOMAINS, [schema])
    return {
        "studio": dict(zip(STUDIO_FACTS, told, strict=True)),
        "uid": str(uid),
        "platform": settings.PLATFORM_HOST,
        "domains": tuple(domain for (domain,) in cursor.fetchall()),
    }


def _stored_files(cursor: Any, schema: str) -> list[tuple[str, str]]:
    """Return key and digest of every file that the studio's rows speak of."""
    cursor.execute("SELECT set_config('search_path', %s, true)", [schema])
    cursor.execute(keeper().files)
    return [(key, sha256) for key, _size, sha256 in cursor.fetchall()]


def _write_files(
    writer: Writer, schema: str, wanted: list[tuple[str, str]], tell: Tell
) -> tuple[list[FileFacts], list[str]]:
    """Write the bytes of every file that is there, and return them with a sentence for each that is not as it should.

    A backup that stops at one lost file would be none at all.
    """
    files, problems, total = [], [], 0
    for number, (key, sha256) in enumerate(wanted, 1):
        own = key.removeprefix(f"{schema}/")
        if own == key:
            problems.append(_("The file %(key)s belongs to another studio and was left out.") % {"key": key})
            continue
        blocks = _opened(key)
        if blocks is None:
            problems.append(_("The bytes of the file %(key)s are not in the storage.") % {"key": key})
            continue
        part = writer.add(archive.file_part(own), blocks, packed=False)
        files.append(FileFacts(own, part.size, part.sha256))
        if part.sha256 != sha256:
            problems.append(_("The bytes of the file %(key)s are not those that were stored.") % {"key": key})
        total += part.size
        tell(_("file %(n)d of %(all)d, %(mb)d MB") % {"n": number, "all": len(wanted), "mb": total // MEGABYTE})
    return files, problems


def _opened(key: str) -> Iterator[bytes] | None:
    """Return the bytes under a key once the first of them was read; None when there are none to read."""
    blocks = keeper().blocks(key)
    try:
        first = next(blocks, b"")
    except FileNotFoundError:
        return None
    return chain([first], blocks)

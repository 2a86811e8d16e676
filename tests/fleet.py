"""Fleets of real studios for tests of migrating, and commands run as a process of their own."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from studio.tenancy.catalogue import reader
from studio.tenancy.context import as_owner
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.services import migrating, studios

# What a schema is, in one line: every column, constraint and index, and the migrations it has.
DIGEST = """
    SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
        SELECT concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) AS line
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
        UNION ALL
        SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace
        UNION ALL
        SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'i'
        UNION ALL
        SELECT app || '.' || name FROM django_migrations
    ) lines
"""


def dsn(database: str = "") -> str:
    """Return the address of this test run's own database, or of another on the same server."""
    made = connection.settings_dict
    query = f"?host={made['HOST']}" if made["HOST"].startswith("/") else ""
    host = "" if query else f"{made['HOST']}:{made['PORT']}"
    password = f":{made['PASSWORD']}" if made["PASSWORD"] else ""
    return f"postgresql://{made['USER']}{password}@{host}/{database or made['NAME']}{query}"


def environment(database: str = "") -> dict[str, str]:
    """Return the environment of a process that works on this test run's database, or on another."""
    return os.environ | {
        "DATABASE_URL": dsn(database),
        "PYTHONPATH": str(settings.BASE_DIR),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONUNBUFFERED": "1",
    }


def start(*command: str, database: str = "") -> subprocess.Popen[str]:
    """Start a management command on this test run's database, or on another."""
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *command],
        env=environment(database),
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*command: str, timeout: float = 120, database: str = "") -> tuple[int, str, str]:
    """Run a management command and return its exit code, output and errors."""
    process = start(*command, database=database)
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err


def digest(schema: str) -> str:
    """Return what a schema is; two schemas of one shape have one digest."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute(DIGEST)
        return str(cursor.fetchone()[0]).replace(schema, "")


def remove(studio: Studio) -> None:
    """Close a studio and remove it."""
    with as_owner():
        Studio.objects.filter(pk=studio.pk).update(status=StudioStatus.CLOSING)
    studios.remove_studio(studio=studio, now=timezone.now())


def opened(number: int) -> Studio:
    """Open a studio of a fleet."""
    return studios.create_studio(name=f"Fleet {number}", kind="recording", slug=f"fleet-{number}", now=timezone.now())


def disbanded(made: Iterable[Studio]) -> None:
    """Remove studios of a fleet, and what was written of them elsewhere."""
    for studio in made:
        remove(studio)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM released_names WHERE name LIKE 'fleet-%%'")
        cursor.execute("TRUNCATE migration_runs CASCADE")


@contextmanager
def fleet(size: int) -> Iterator[list[Studio]]:
    """Open that many studios, and remove them at the end."""
    made: list[Studio] = []
    try:
        made += map(opened, range(size))
        yield made
    finally:
        disbanded(made)


class Harbour:
    """Studios that stay open for many tests, each of which finds them as they were made."""

    def __init__(self, pattern: Studio) -> None:
        self.pattern, self.numbers, self.studios = pattern, count(), list[Studio]()

    @contextmanager
    def fleet(self, size: int) -> Iterator[list[Studio]]:
        """Give that many studios; at the end what is behind is migrated, and what differs then is removed."""
        self.studios += [opened(next(self.numbers)) for _lacking in range(size - len(self.studios))]
        used = self.studios[:size]
        differing = used
        try:
            yield used
            differing = [studio for studio in used if not self._is_restored(studio)]
        finally:
            self.studios = [studio for studio in self.studios if studio not in differing]
            disbanded(differing)

    def _is_restored(self, studio: Studio) -> bool:
        schemas = [self.pattern.schema_name, studio.schema_name]
        try:
            migrating.migrate_schema(studio.schema_name)
        except DatabaseError:
            return False
        with as_owner():
            found = reader.read_digests(schemas)
            rows = Studio.objects.filter(pk=studio.pk, is_canary=False, migrating_since=None, status="active")
            is_usual = rows.exists()
        return is_usual and found[schemas[0]] == found[schemas[1]] and digest(schemas[0]) == digest(schemas[1])

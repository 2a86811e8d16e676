"""What a schema must look like: made by the migrations themselves, read, and rolled back.

PostgreSQL's DDL is transactional: a reference exists for its own transaction only, no other connection
ever sees it, and a crash leaves nothing behind. Only its digests stay on record, for as long as neither
the code nor the server that made it changes.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _
from procrastinate.schema import SchemaManager

from studio.db import lock_key
from studio.errors import DomainError
from studio.tenancy.catalogue.reader import Digest
from studio.tenancy.context import as_owner
from studio.tenancy.history import history
from studio.tenancy.models import SchemaReference
from studio.tenancy.place import PUBLIC
from studio.tenancy.services import migrating, roles

QUEUE_APP = "procrastinate"
LIBRARIES = ("Django", "django-allauth", "procrastinate")

# Functions of ours among the extensions: out of the way, so that the migrations make them anew.
OWN_FUNCTIONS = """
    SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.pronamespace = 'extensions'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
"""
PUBLIC_OWNER = "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'"


class NotMade(DomainError):
    """The migrations do not run in this database as it is."""

    status_code = 503


@contextmanager
def reference_studio() -> Iterator[str]:
    """Give the name of a schema, and of its role, that all migrations and grants have just made.

    raises: NotMade
    """
    name = f"reference_{token_hex(4)}"
    with _taken_back():
        with _making():
            roles.ensure_studio_role(name)
            roles.run("CREATE SCHEMA {schema}", schema=name)
            migrating.migrate_schema(name)
        yield name


@contextmanager
def reference_public() -> Iterator[None]:
    """Put a public schema that all migrations and grants have just made in the place of the real one.

    Migrations name `public` outright, so it has to be called that. Nobody waits for it: looking names up
    takes no lock on a schema, and everybody else goes on seeing the real one.
    raises: NotMade
    """
    with _taken_back():
        with _making():
            _hold_the_real_one()
            _make_queue()
            migrating.migrate_schema(PUBLIC)
        yield


def remembered(place: str) -> dict[str, Digest] | None:
    """Return the digests of the reference last made for a place, or None when it would be another today."""
    row: SchemaReference | None = None
    with _perhaps_without_table():
        row = SchemaReference.objects.filter(place=place, made_from=_made_from()).first()
    return {kind: Digest(**told) for kind, told in row.digests.items()} if row else None


def remember(place: str, digests: Mapping[str, Digest]) -> None:
    """Keep the digests of a reference."""
    told = {kind: asdict(digest) for kind, digest in digests.items()}
    with _perhaps_without_table():
        SchemaReference.objects.update_or_create(place=place, defaults={"made_from": _made_from(), "digests": told})


@contextmanager
def _perhaps_without_table() -> Iterator[None]:
    """Go on without a record whose own table may be what the check is about to find missing."""
    with suppress(ProgrammingError), transaction.atomic():
        yield


@cache
def _made_from() -> str:
    """Return a digest of everything a reference follows from: code, libraries, server and logins.

    Asked once: what this process has loaded does not follow later changes of the files.
    """
    packages = {config.name.partition(".")[0] for config in apps.get_app_configs()}
    sources = (path for name in packages for path in Path(settings.BASE_DIR, name).rglob("*.py"))
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(f"{path.relative_to(settings.BASE_DIR)} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    logins = (roles.owner_login(), settings.DATABASE_WEB_ROLE)
    digest.update(repr((history().order, *map(version, LIBRARIES), connection.get_database_version(), logins)).encode())
    return digest.hexdigest()


@contextmanager
def _taken_back() -> Iterator[None]:
    try:
        with as_owner(), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key(PUBLIC, "schema_reference")])
            yield
            transaction.set_rollback(True)
    finally:
        # Content types made in the reference have ids of no real schema.
        ContentType.objects.clear_cache()


@contextmanager
def _making() -> Iterator[None]:
    try:
        yield
    except DatabaseError as exc:
        reason = str(exc).partition("\n")[0]
        raise NotMade(_("There is no reference to compare with: %(reason)s.") % {"reason": reason}) from exc


def _hold_the_real_one() -> None:
    held = f"held_{token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(PUBLIC_OWNER)
        owner = cursor.fetchone()[0]
        roles.run("ALTER SCHEMA public RENAME TO {held}", held=held)
        roles.run("CREATE SCHEMA public AUTHORIZATION {owner}", owner=owner)
        cursor.execute(OWN_FUNCTIONS)
        for (signature,) in cursor.fetchall():
            roles.run(f"ALTER FUNCTION {signature} SET SCHEMA {{held}}", held=held)


def _make_queue() -> None:
    """Make the job queue from its own final script and record its migrations.

    They add values to an enumeration and use them, which PostgreSQL refuses within one transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(SchemaManager.get_schema())
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    keys = [key for key in history().order if key[0] == QUEUE_APP]
    recorder.migration_qs.bulk_create([recorder.Migration(app=app, name=name) for app, name in keys])

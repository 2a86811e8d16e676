"""What a schema must look like: made by the migrations themselves, read, and rolled back.

PostgreSQL's DDL is transactional: a reference exists for its own transaction only, no other connection
ever sees it, and a crash leaves nothing behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _
from procrastinate.schema import SchemaManager

from studio.db import lock_key
from studio.errors import DomainError
from studio.tenancy.context import as_owner
from studio.tenancy.history import history
from studio.tenancy.place import PUBLIC
from studio.tenancy.services import migrating, roles

QUEUE_APP = "procrastinate"

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

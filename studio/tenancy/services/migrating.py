"""Bringing schemas to the code's migrations: one transaction a schema, failures collected."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connection, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.utils import timezone
from psycopg import sql

from studio.db import DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE, lock_key, sqlstate
from studio.tenancy.context import as_owner
from studio.tenancy.history import Key, Step, history
from studio.tenancy.models import MigrationResult, MigrationRun, RunState, Studio, StudioStatus
from studio.tenancy.place import PUBLIC
from studio.tenancy.router import labels_of
from studio.tenancy.services import grants

LOCK_TIMEOUT = "2s"
STATEMENT_TIMEOUT = "60s"
TRIES = 10
BACKOFF_SECONDS = 0.2
STOP_SHARE = 0.1
PASSING = {DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE}

APPLIED_IN = sql.SQL("SELECT {}, app, name FROM {}.django_migrations")
APPLIED_EVERYWHERE = """
    SELECT n.nspname FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
    WHERE c.relname = 'django_migrations' AND c.relkind = 'r' AND n.nspname = ANY(%s)
"""

REOPEN = """
    UPDATE public.studios SET migrating_since = NULL WHERE schema_name = %s AND migrating_since IS NOT NULL
"""

LACKS_PERMISSIONS = """
    SELECT EXISTS (
        SELECT unnest(%s::text[])
        EXCEPT SELECT c.app_label || '.' || c.model || '.' || p.codename
        FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id
        EXCEPT SELECT app_label || '.' || model || '.' FROM django_content_type
    )
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one schema.

    applied: `app.name` of each migration applied or taken back, in order
    error: empty when it went well
    """

    schema: str
    applied: tuple[str, ...]
    error: str = ""
    tries: int = 1


@dataclass(slots=True)
class Summary:
    """What a whole run did.

    stopped: a canary or too many studios failed, and the rest was left alone
    """

    outcomes: list[Outcome] = field(default_factory=list)
    current: int = 0
    stopped: str = ""

    @property
    def failed(self) -> list[Outcome]:
        """The schemas that stayed where they were."""
        return [outcome for outcome in self.outcomes if outcome.error]


def applied_of(schemas: Sequence[str]) -> dict[str, frozenset[Key]]:
    """Return the applied migrations of each schema, in two queries; a schema without a record has none."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(APPLIED_EVERYWHERE, [list(schemas)])
        recorded = [row[0] for row in cursor.fetchall()]
        found: dict[str, set[Key]] = {schema: set() for schema in schemas}
        if recorded:
            parts = [APPLIED_IN.format(i, sql.Identifier(name)) for i, name in enumerate(recorded)]
            cursor.execute(sql.SQL(" UNION ALL ").join(parts))
            for index, app, name in cursor.fetchall():
                found[recorded[index]].add((app, name))
    known = set(history().order)
    return {schema: frozenset(keys & known) for schema, keys in found.items()}


def _record(step: Step) -> None:
    with connection.cursor() as cursor:
        if step.backwards:
            cursor.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", step.key)
        else:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", step.key)


def _run_operation(
    operation: Operation, step: Step, editor: BaseDatabaseSchemaEditor, states: tuple[ProjectState, ProjectState]
) -> None:
    before, after = states
    label = step.migration.app_label
    if step.backwards:
        operation.database_backwards(label, editor, after, before)
    else:
        operation.database_forwards(label, editor, before, after)


def _take(step: Step, labels: frozenset[str]) -> None:
    """Run one migration in the current schema and record it; an app without tables here is only recorded."""
    if step.key[0] in labels:
        if step.migration.atomic:
            with connection.cursor() as cursor:
                # Else a table with waiting trigger events cannot be altered (55006).
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with connection.schema_editor(atomic=step.migration.atomic) as editor:
            for operation, before, after in step.operations:
                _run_operation(operation, step, editor, (before, after))
    _record(step)


def _begin(schema: str) -> None:
    """Set this transaction's limits and make a second runner wait for this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true),"
            " pg_advisory_xact_lock(%s)",
            [LOCK_TIMEOUT, STATEMENT_TIMEOUT, lock_key(schema, "migrate")],
        )
        # Asked once the lock is held, and by name: listing a schema's tables reads the whole catalogue.
        cursor.execute("SELECT to_regclass(quote_ident(current_schema()) || '.django_migrations') IS NULL")
        is_new = cursor.fetchone()[0]
    if is_new:
        MigrationRecorder(connection).ensure_schema()


@cache
def expected_permissions() -> list[str]:
    """Return `app.model.codename` of every permission, and `app.model.` of every model, of the code."""
    found = {f"{model._meta.app_label}.{model._meta.model_name}." for model in apps.get_models()}
    for model in apps.get_models():
        options = model._meta
        custom = [codename for codename, _name in options.permissions]
        default = [get_permission_codename(action, options) for action in options.default_permissions]
        found |= {f"{options.app_label}.{options.model_name}.{codename}" for codename in [*default, *custom]}
    return sorted(found)


def _lacks_permissions() -> bool:
    """Return whether this schema lacks a content type or permission: most migrations add none."""
    with connection.cursor() as cursor:
        cursor.execute(LACKS_PERMISSIONS, [expected_permissions()])
        return bool(cursor.fetchone()[0])


def _finish(schema: str) -> None:
    """Bring content types, permissions and grants up to date, in the same transaction."""
    if _lacks_permissions():
        emit_post_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS)
    grants.grant(schema)


def _reopen(schema: str) -> None:
    """Take a studio's mark away, in the same transaction.

    Also when there was nothing left to do: another runner may have finished between the mark and the lock.
    """
    if schema != PUBLIC:
        with connection.cursor() as cursor:
            cursor.execute(REOPEN, [schema])


def _applied_here() -> frozenset[Key]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return frozenset((app, name) for app, name in cursor.fetchall()) & frozenset(history().order)


def _take_plan(plan: list[Step], schema: str) -> tuple[list[str], Step | None]:
    """Take the steps that can stand in this transaction.

    In a studio these are all up to the first that is not atomic. In the public schema each stands alone:
    the queue's own migrations use enum values that must be committed first.
    returns: what was taken, and the step that has to run outside a transaction
    """
    labels = labels_of(schema)
    taken: list[str] = []
    for step in plan:
        if not step.migration.atomic and step.key[0] in labels:
            return taken, None if taken else step
        _take(step, labels)
        taken.append(".".join(step.key))
        if schema == PUBLIC:
            break
    return taken, None


def _migrate_once(schema: str, target: Key | None) -> tuple[str, ...]:
    """Take every step, in one transaction where that can be."""
    done: list[str] = []
    plan: list[Step] = []
    expected: frozenset[Key] | None = None
    while True:
        with transaction.atomic():
            _begin(schema)
            applied = _applied_here()
            if applied != expected:  # the first time round, or another runner was here in between
                plan = history().plan(applied, target)
            taken, lone = _take_plan(plan, schema)
            done += taken
            plan = plan[len(taken) :]
            if not plan:
                if done:
                    _finish(schema)
                _reopen(schema)
            expected = _applied_here()
        if not plan:
            return tuple(done)
        if lone is not None:
            _take(lone, labels_of(schema))
            done.append(".".join(lone.key))
            plan = plan[1:]
            expected = None


def migrate_schema(schema: str, target: Key | None = None, *, tries: int = TRIES) -> Outcome:
    """Bring one schema to the target, or to the end, and return what was done.

    Locks that cannot be had are waited for in short tries with growing pauses, so no request ever
    queues long behind a waiting ALTER TABLE.
    raises: DatabaseError when a migration fails; the schema is then as it was
    """
    with as_owner(schema):
        for attempt in range(1, tries + 1):
            try:
                return Outcome(schema, _migrate_once(schema, target), tries=attempt)
            except OperationalError as exc:
                if sqlstate(exc) not in PASSING or attempt == tries or connection.in_atomic_block:
                    raise
                time.sleep(BACKOFF_SECONDS * attempt)
    raise AssertionError("unreachable")


def build_schema(schema: str, plan: Sequence[Step]) -> None:
    """Give an empty schema these migrations, in the current transaction, as the owner with it on the path.

    Content types, permissions and grants are left to the caller.
    """
    _begin(schema)
    labels = labels_of(schema)
    for step in plan:
        _take(step, labels)


def _flag(schema: str, since: datetime | None) -> None:
    with as_owner():
        Studio.objects.filter(schema_name=schema).update(migrating_since=since)


def _attempt(schema: str, target: Key | None, tries: int) -> Outcome:
    """Migrate one schema; a failure is an outcome, told in one line."""
    if schema != PUBLIC:
        _flag(schema, timezone.now())
    try:
        return migrate_schema(schema, target, tries=tries)
    except Exception as exc:  # noqa: BLE001 -- collected: one studio's data must not keep the others behind
        if schema != PUBLIC:
            _flag(schema, None)
        kind = "" if isinstance(exc, DatabaseError) else f"{type(exc).__name__}: "
        return Outcome(schema, (), error=(kind + str(exc)).strip())


def _log(run: MigrationRun | None, outcome: Outcome, started_at: datetime) -> None:
    if run is None:
        return
    with as_owner():
        MigrationResult.objects.create(
            run=run,
            studio=Studio.objects.filter(schema_name=outcome.schema).first(),
            schema_name=outcome.schema,
            state=RunState.FAILED if outcome.error else RunState.DONE,
            applied="\n".join(outcome.applied),
            tries=outcome.tries,
            error=outcome.error,
            started_at=started_at,
            ended_at=timezone.now(),
        )


def _has_registry() -> bool:
    """Return whether the public schema was ever migrated; as the owner."""
    return Studio._meta.db_table in connection.introspection.table_names()


def studio_schemas() -> list[str]:
    """Return the schemas of all studios that are set up, canaries first; the others are migrated when they are."""
    with as_owner():
        if not _has_registry():
            return []
        found = Studio.objects.exclude(status=StudioStatus.PROVISIONING).order_by("-is_canary", "pk")
        return list(found.values_list("schema_name", flat=True))


def last_failures() -> list[MigrationResult]:
    """Return the failed results of the newest run, in the order they happened."""
    with as_owner():
        if not _has_registry():
            return []
        run = MigrationRun.objects.order_by("-pk").first()
        return list(run.results.filter(state=RunState.FAILED).order_by("pk")) if run else []


def migrate_all(
    schemas: Sequence[str],
    *,
    target: Key | None = None,
    tries: int = TRIES,
    keep_log: bool = True,
    progress: Callable[[Outcome, int, int], None] = lambda _outcome, _number, _total: None,
) -> Summary:
    """Bring the schemas to the target, in their order; those already there are not touched.

    progress: called after each schema with its outcome, its number and how many there are
    A failure is collected and the rest goes on, until a canary or more than a tenth have failed.
    """
    summary = Summary()
    applied = applied_of(schemas)
    pending = [schema for schema in schemas if history().plan(applied[schema], target)]
    summary.current = len(schemas) - len(pending)
    if not pending:
        return summary
    run = _open_run(target) if keep_log and PUBLIC not in pending else None
    canaries = _canaries()
    for number, schema in enumerate(pending, 1):
        started_at = timezone.now()
        outcome = _attempt(schema, target, tries)
        summary.outcomes.append(outcome)
        if run is None and keep_log and not outcome.error:
            run = _open_run(target)
        _log(run, outcome, started_at)
        progress(outcome, number, len(pending))
        if outcome.error and (schema in canaries or len(summary.failed) > max(1, len(pending) * STOP_SHARE)):
            summary.stopped = schema
            break
    _close_run(run, summary)
    return summary


def _canaries() -> set[str]:
    """Return the schemas whose failure stops a run; the public one always does."""
    with as_owner():
        if not _has_registry():
            return {PUBLIC}
        return {PUBLIC, *Studio.objects.filter(is_canary=True).values_list("schema_name", flat=True)}


def _open_run(target: Key | None) -> MigrationRun:
    with as_owner():
        return MigrationRun.objects.create(target=".".join(target or ()), started_at=timezone.now())


def _close_run(run: MigrationRun | None, summary: Summary) -> None:
    if run is None:
        return
    run.state = RunState.STOPPED if summary.stopped else RunState.FAILED if summary.failed else RunState.DONE
    run.ended_at = timezone.now()
    with as_owner():
        run.save(update_fields=["state", "ended_at"])

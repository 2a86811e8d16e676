"""Restoring a backup as a new studio beside the living ones, and letting it take a living one's place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, Error, connection, transaction
from django.utils.translation import gettext as _

from studio.db import alone
from studio.errors import DomainError
from studio.tenancy.capsules import archive, loading
from studio.tenancy.capsules.archive import Reader
from studio.tenancy.capsules.keeper import keeper
from studio.tenancy.capsules.manifest import SCHEMA, CapsuleRefused, Manifest
from studio.tenancy.context import as_owner, inside
from studio.tenancy.history import Step, UnknownMigration, history
from studio.tenancy.models import Domain, Studio, StudioStatus
from studio.tenancy.place import PUBLIC
from studio.tenancy.selectors import registry
from studio.tenancy.services import grants, migrating, names, roles, schema_guard
from studio.tenancy.services.studios import NEXT_ID
from studio.tenancy.signals import registry_changed, studio_restored

SEQUENCE_BEHIND = """
    SELECT setval(pg_get_serial_sequence('studios', 'id'), %s)
    FROM pg_sequences WHERE schemaname = 'public' AND sequencename = 'studios_id_seq' AND coalesce(last_value, 0) < %s
"""

FORESEEN = (DomainError, Error, OSError)  # what is refused, a server that goes away, a disk that is full
PATIENCE = 20  # tries: the server of a restore that was killed works on until it speaks to it again

type Tell = Callable[[str], None]


class SchemaTaken(DomainError):
    """A backup is restored into a schema that nobody has, never over one."""


class BrokenOff(DomainError):
    """Restoring was refused half way; what stands so far stays closed."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it.

    findings: sentences on what contradicts itself, in the books that came along or in the schema
    is_open: False when the schema is not as the migrations make it: the studio then stays closed
    """

    studio: Studio
    manifest: Manifest
    findings: tuple[str, ...]
    is_open: bool


def restore_capsule(*, path: Path, schema: str, now: datetime, tell: Tell) -> Restored:
    """Restore a backup as a new studio with an address of its own; it writes to nobody until it is told to.

    schema: `tenant_<number>` that nobody has; empty: the next one. Where restoring the same backup was broken off it is
        begun anew.
    Rows, schema and role are one transaction; the studio opens at the very end. Not inside a transaction.
    raises: CapsuleRefused, SchemaTaken; BrokenOff
    """
    with archive.opened(path) as capsule:
        capsule.prove(tell)
        plan = _plan(capsule.manifest)
        with as_owner(), alone(PUBLIC, lock_of(capsule.seal), tries=PATIENCE) as is_mine:
            if not is_mine:
                raise SchemaTaken(_("Somebody is restoring this backup just now."))
            studio = _claim(capsule, schema, now)
            try:
                _load(capsule, studio, plan, tell)
                _put_files(capsule, studio, tell)
                migrating.migrate_schema(studio.schema_name)
                return _open(studio, capsule.manifest, now)
            except Exception as exc:
                why = str(exc).partition("\n")[0] or type(exc).__name__
                if _give_up(studio, why) and isinstance(exc, FORESEEN):
                    raise BrokenOff(_began_and_stays(studio, why)) from exc
                raise


def lock_of(seal: str) -> str:
    """Return what whoever makes, or removes, the copies of a backup holds alone."""
    return f"restore:{seal}"


def _plan(manifest: Manifest) -> list[Step]:
    """Return the steps to the migrations of the capsule, once this program has all of them."""
    wanted = frozenset((app, name) for app, _dot, name in (each.partition(".") for each in manifest.migrations))
    try:
        return history().plan_of(wanted)
    except UnknownMigration as exc:
        raise CapsuleRefused(
            _("The backup is of another version of the product: this one does not have the migration %(name)s.")
            % {"name": exc}
        ) from exc


@transaction.atomic
def _claim(capsule: Reader, schema: str, now: datetime) -> Studio:
    """Return the studio's row, new or left by a restore of the same backup that was broken off; as the owner."""
    if Studio._meta.db_table not in connection.introspection.table_names():
        raise CapsuleRefused(_("This database was never migrated: run manage.py migrate_schemas."))
    if schema and not SCHEMA.fullmatch(schema):
        raise SchemaTaken(_("A schema is named tenant_ and a number, e.g. tenant_42."))
    half = Studio.objects.filter(status=StudioStatus.PROVISIONING, restored_from=capsule.seal).order_by("pk")
    if left := half.filter(schema_name=schema).first() if schema else half.first():
        return left
    studio_id = int(schema.removeprefix("tenant_")) if schema else _next_id()
    if Studio.objects.filter(pk=studio_id).exists():
        raise SchemaTaken(
            _("%(schema)s belongs to a studio already: nothing is restored over it.") % {"schema": schema}
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NULL", [f"tenant_{studio_id}"])
        if not cursor.fetchone()[0]:
            raise SchemaTaken(_("There is a schema %(schema)s already.") % {"schema": f"tenant_{studio_id}"})
        cursor.execute(SEQUENCE_BEHIND, [studio_id, studio_id])
    return _register(capsule, studio_id, now)


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute(NEXT_ID)
        return int(cursor.fetchone()[0])


def _register(capsule: Reader, studio_id: int, now: datetime) -> Studio:
    told = capsule.manifest
    facts = {name: fact for name, fact in told.studio.items() if name not in {"schema_name", "slug"}}
    uid = UUID(told.uid) if told.uid else uuid4()
    slug = names.free_slug(f"{told.studio['slug']}-restored", now, former=uid)
    # Of several that are one studio the place is that of the one which is no copy, and does things by itself.
    original = Studio.objects.filter(uid=uid, copy_of=None, mails_held_since=None).order_by("pk").first()
    try:
        with transaction.atomic():
            studio = Studio.objects.create(
                id=studio_id,
                uid=uid,
                schema_name=f"tenant_{studio_id}",
                slug=slug,
                former_slug=told.studio["slug"],
                former_hosts=_hosts_here(told),
                status=StudioStatus.PROVISIONING,
                restored_from=capsule.seal,
                copy_of=original,
                mails_held_since=now,
                **facts,
            )
            host = f"{slug}.{settings.PLATFORM_HOST}"
            Domain.objects.create(studio=studio, domain=host, is_primary=True, verified_at=now)
    except DatabaseError as exc:
        raise CapsuleRefused(_("The registry refuses what the backup says of its studio.")) from exc
    return studio


def _hosts_here(told: Manifest) -> list[str]:
    """Return where a studio answered, with the platform's own addresses as they are called on this installation."""
    below = f".{told.platform}"
    own = {host: host.removesuffix(below) for host in told.domains if told.platform and host.endswith(below)}
    return [f"{own[host]}.{settings.PLATFORM_HOST}" if host in own else host for host in told.domains]


def _load(capsule: Reader, studio: Studio, plan: Sequence[Step], tell: Tell) -> None:
    """Build the schema at the capsule's migrations and fill it: all of it, or nothing."""
    schema = studio.schema_name
    tell(_("building %(schema)s") % {"schema": schema})
    with as_owner(), transaction.atomic():
        roles.run("DROP SCHEMA IF EXISTS {schema} CASCADE", schema=schema)
        roles.ensure_studio_role(schema)
        roles.run("CREATE SCHEMA {schema}", schema=schema)
        with as_owner(schema):
            migrating.build_schema(schema, plan)
            loading.load(capsule, schema, tell)
            grants.grant(schema)


def _put_files(capsule: Reader, studio: Studio, tell: Tell) -> None:
    files = capsule.manifest.files
    for number, file in enumerate(files, 1):
        with capsule.file(file.key) as source:
            if keeper().put(f"{studio.schema_name}/{file.key}", source) != file.sha256:
                raise CapsuleRefused(_("The file %(key)s did not arrive as it was.") % {"key": file.key})
        tell(_("file %(number)d of %(all)d") % {"number": number, "all": len(files)})


def _open(studio: Studio, manifest: Manifest, now: datetime) -> Restored:
    """Compare the schema with what the migrations make, have the books proven, and open the studio."""
    states = schema_guard.check_schemas(now=now, schemas=[studio.schema_name])
    drift = [finding.what for state in states for finding in state.findings]
    findings = [*drift]
    if not drift:
        with inside(studio):
            studio_restored.send(sender=Studio, studio=studio, findings=findings)
    with as_owner(), transaction.atomic():
        studio.status = StudioStatus.PROVISIONING if drift else StudioStatus.ACTIVE
        studio.provisioning_error = "\n".join(drift)
        studio.save(update_fields=["status", "provisioning_error"])
        changes = {"restored_from": ("", studio.restored_from), "status": ("", studio.status)}
        registry_changed.send(sender=Studio, studio=studio, verb="restore", changes=changes, now=now)
    registry.forget_hosts()
    return Restored(studio, manifest, tuple(findings), not drift)


def _give_up(studio: Studio, error: str) -> bool:
    """Tell on the studio's row why it is not open, and return whether anything stays: else the row goes too.

    With a server that is gone nothing can be told, and nothing goes.
    """
    if not connection.is_usable():
        connection.close()
    try:
        with as_owner(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [studio.schema_name])
            stays = bool(cursor.fetchone()[0])
            if stays:
                Studio.objects.filter(pk=studio.pk).update(provisioning_error=error)
            else:
                studio.delete()
    except Error:
        return True
    return stays


def _began_and_stays(studio: Studio, why: str) -> str:
    sentence = _("%(why)s What was restored so far stays, closed, as %(schema)s; the same command begins anew.")
    return sentence % {"why": why, "schema": studio.schema_name}

"""Opening and removing studios.

Opening is a job in steps, each of which may run again: registry row, then role and schema, then
migrations and grants, then the apps' seeds together with active. A failing step leaves what was done and is
told on the row; nothing that exists is ever dropped for it.
"""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from studio.db import refusing
from studio.errors import DomainError
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain, Studio, StudioKind, StudioStatus
from studio.tenancy.selectors import registry
from studio.tenancy.services import migrating, names, roles
from studio.tenancy.signals import studio_provisioned

NEXT_ID = "SELECT nextval(pg_get_serial_sequence('studios', 'id'))"


class UnknownKind(DomainError):
    """A studio is a recording studio, a training studio or both."""

    status_code = 400


class NotRemovable(DomainError):
    """Only a studio that is closing may be removed."""


@transaction.atomic
def register_studio(
    *,
    name: str,
    kind: str,
    now: datetime,
    slug: str = "",
    domain: str = "",
    owner_email: str = "",
    time_zone: str = "Europe/Paris",
    language: str = "en",
    country: str = "FR",
    currency: str = "EUR",
) -> Studio:
    """Write a studio's row and its address, and return it; its schema does not exist yet.

    slug: empty: made from the name
    domain: a host name already known to be the studio's; empty: <slug>.<platform host>
    Runs in the public schema, as the platform or the owner.
    raises: names.BadStudioName, names.NameTaken, UnknownKind
    """
    if kind not in StudioKind.values:
        raise UnknownKind(_("The kind is one of: %(kinds)s.") % {"kinds": ", ".join(StudioKind.values)})
    name = names.clean_name(name)
    host = names.clean_host(domain, now) if domain else ""
    slug = names.clean_slug(slug, now) if slug else names.free_slug(name, now)
    with connection.cursor() as cursor:
        cursor.execute(NEXT_ID)
        studio_id = cursor.fetchone()[0]
    taken = names.NameTaken(_("Somebody has just taken this address. Please try again."))
    with refusing(studios_slug_key=taken, domains_domain_key=taken):
        studio = Studio.objects.create(
            id=studio_id,
            schema_name=f"tenant_{studio_id}",
            slug=slug,
            name=name,
            kind=kind,
            status=StudioStatus.PROVISIONING,
            owner_email=owner_email.strip().lower(),
            time_zone=names.clean_time_zone(time_zone),
            language=language,
            country=country,
            currency=currency,
        )
        Domain.objects.create(
            studio=studio, domain=host or f"{slug}.{settings.PLATFORM_HOST}", is_primary=True, verified_at=now
        )
    return studio


def provision_studio(studio: Studio) -> None:
    """Do what is still to do until the studio is active; may be called again at any time.

    raises: whatever a step raised, after telling it on the studio's row
    """
    try:
        _make_schema(studio)
        migrating.migrate_schema(studio.schema_name)
        _seed_and_activate(studio)
    except Exception as exc:
        _note_error(studio, f"{type(exc).__name__}: {exc}")
        raise
    registry.forget_hosts()


def _make_schema(studio: Studio) -> None:
    with as_owner(), transaction.atomic():
        roles.ensure_studio_role(studio.schema_name)
        roles.run("CREATE SCHEMA IF NOT EXISTS {schema}", schema=studio.schema_name)


def _seed_and_activate(studio: Studio) -> None:
    """Let the apps seed, and open the studio in the same transaction.

    A job that a seed queues is refused in a studio that is not active: it must never be seen earlier.
    """
    with as_owner(), transaction.atomic():
        row = Studio.objects.select_for_update().get(pk=studio.pk)
        with inside(studio):
            studio_provisioned.send(sender=Studio, studio=studio)
        if row.status == StudioStatus.PROVISIONING:
            row.status = StudioStatus.ACTIVE
        row.provisioning_error = ""
        row.save(update_fields=["provisioning_error", "status"])
    studio.status, studio.provisioning_error = row.status, ""


def _note_error(studio: Studio, error: str) -> None:
    """Tell on the studio's row why it is not open; one that somebody else has opened meanwhile is left alone."""
    with as_owner():
        waiting = Studio.objects.filter(pk=studio.pk, status=StudioStatus.PROVISIONING)
        waiting.update(provisioning_error=error, updated_at=timezone.now())


def create_studio(
    *, name: str, kind: str, now: datetime, slug: str = "", domain: str = "", owner_email: str = ""
) -> Studio:
    """Register a studio and provision it, here and now, and return it active."""
    with as_owner():
        studio = register_studio(name=name, kind=kind, now=now, slug=slug, domain=domain, owner_email=owner_email)
    provision_studio(studio)
    return studio


def remove_studio(*, studio: Studio, now: datetime) -> None:
    """Remove a closing studio: schema, role, row; its addresses stay blocked.

    raises: NotRemovable, by what the row says now
    """
    with as_owner(), transaction.atomic():
        row = Studio.objects.select_for_update().get(pk=studio.pk)
        if row.status not in {StudioStatus.CLOSING, StudioStatus.PROVISIONING}:
            raise NotRemovable(_("Close the studio first: only a closing studio can be removed."))
        for name in [row.slug, *row.domains.values_list("domain", flat=True)]:
            names.release(name, now, former=row.uid)
        roles.run("DROP SCHEMA IF EXISTS {schema} CASCADE", schema=row.schema_name)
        row.delete()
        roles.drop_role(row.schema_name)
    registry.forget_hosts()

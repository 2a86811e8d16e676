"""The platform's jobs about its studios; they need a worker with the owner's login."""

import logging

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from studio.db import alone
from studio.tenancy import jobs
from studio.tenancy.context import on_platform
from studio.tenancy.jobs import JobRefused, periodic_task, studio_task
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.place import PUBLIC
from studio.tenancy.services import capsules, queue, schema_guard, stray_events, studios

logger = logging.getLogger(__name__)

NIGHT = "the nightly job"


@studio_task(name="tenancy.provision_studio")
def provision_studio(*, studio_id: int) -> None:
    """Set a registered studio up; a failing step is told on its row, and an operator resumes it."""
    with alone(PUBLIC, f"provision:{studio_id}") as is_mine:
        if is_mine:
            _provision(studio_id)


def _provision(studio_id: int) -> None:
    studio = Studio.objects.filter(pk=studio_id, status=StudioStatus.PROVISIONING, restored_from="").first()
    if studio is None:
        return
    try:
        studios.provision_studio(studio)
    except ImproperlyConfigured as exc:
        with on_platform():
            waiting = Studio.objects.filter(pk=studio_id, status=StudioStatus.PROVISIONING)
            waiting.update(provisioning_error=str(exc), updated_at=timezone.now())
        raise JobRefused(str(exc)) from exc
    except Exception as exc:  # whatever a step raised: it is on the row, and trying again is a person's decision
        raise JobRefused(f"Studio {studio_id} could not be set up: {exc}") from exc


@studio_task(name="tenancy.check_schema", tries=2)
def check_schema(*, studio_id: int) -> None:
    """Compare one studio's schema with what the migrations make, and put the result on record."""
    studio = Studio.objects.exclude(status=StudioStatus.PROVISIONING).filter(pk=studio_id).first()
    if studio is not None:
        schema_guard.check_schemas(schemas=[studio.schema_name], now=timezone.now())


@studio_task(name="tenancy.make_capsule", tries=3)
def make_capsule(*, studio_id: int, asked_by: str = "", is_nightly: bool = False) -> None:
    """Make a studio's backup; once one of the night is there, old ones are given up."""
    studio = Studio.objects.exclude(status=StudioStatus.PROVISIONING).filter(pk=studio_id).first()
    if studio is None:
        return
    try:
        capsules.make_capsule(
            studio=studio,
            folder=settings.CAPSULE_DIR,
            made_by=NIGHT if is_nightly else _name_of(asked_by),
            now=timezone.now(),
            tell=logger.debug,
            is_nightly=is_nightly,
        )
    except ImproperlyConfigured as exc:
        raise JobRefused(str(exc)) from exc
    if is_nightly:
        jobs.defer("tenancy.forget_old_capsules", studio_id=studio_id)


@studio_task(name="tenancy.forget_old_capsules", tries=3)
def forget_old_capsules(*, studio_id: int) -> None:
    """Give up a studio's nightly backups that are old; a file that cannot be deleted is no reason for another one."""
    studio = Studio.objects.filter(pk=studio_id).first()
    if studio is not None:
        capsules.forget_old_capsules(studio=studio)


def _name_of(operator_id: str) -> str:
    """Return an operator's label: a job's arguments hold no personal data."""
    return str(get_user_model().objects.filter(pk=operator_id).first() or "-")


@periodic_task(name="tenancy.make_capsules", cron="15 2 * * *")
def make_capsules() -> None:
    """Queue the nightly backup of every studio that is set up, where they are wanted."""
    if settings.CAPSULES_KEPT > 0:
        with on_platform():
            for studio in Studio.objects.exclude(status=StudioStatus.PROVISIONING).order_by("pk"):
                capsules.queue_capsule(studio=studio, is_nightly=True)


@periodic_task(name="tenancy.take_over_stalled", cron="* * * * *")
def take_over_stalled() -> None:
    """Queue again what a worker that died held."""
    queue.take_over_stalled()


@periodic_task(name="tenancy.forget_stray_events", cron="45 3 * * *")
def forget_stray_events() -> None:
    """Delete events of nobody that are long over."""
    stray_events.forget_old(now=timezone.now())


@periodic_task(name="tenancy.forget_old_jobs", cron="40 3 * * *")
def forget_old_jobs() -> None:
    """Delete jobs that are long over."""
    queue.forget_old()

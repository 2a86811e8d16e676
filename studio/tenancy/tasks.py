"""The platform's jobs about its studios; they need a worker with the owner's login."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone

from studio.db import lock_key
from studio.tenancy.context import on_platform
from studio.tenancy.jobs import JobRefused, periodic_task, studio_task
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.place import PUBLIC
from studio.tenancy.services import queue, schema_guard, studios


@contextmanager
def _alone(resource: str) -> Iterator[bool]:
    """Give whether no other worker is at it; the lock spans transactions and goes with the connection."""
    key = lock_key(PUBLIC, resource)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (is_mine,) = cursor.fetchone()
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@studio_task(name="tenancy.provision_studio")
def provision_studio(*, studio_id: int) -> None:
    """Set a registered studio up; a failing step is told on its row, and an operator resumes it."""
    with _alone(f"provision:{studio_id}") as is_mine:
        if is_mine:
            _provision(studio_id)


def _provision(studio_id: int) -> None:
    studio = Studio.objects.filter(pk=studio_id, status=StudioStatus.PROVISIONING).first()
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


@periodic_task(name="tenancy.take_over_stalled", cron="* * * * *")
def take_over_stalled() -> None:
    """Queue again what a worker that died held."""
    queue.take_over_stalled()


@periodic_task(name="tenancy.forget_old_jobs", cron="40 3 * * *")
def forget_old_jobs() -> None:
    """Delete jobs that are long over."""
    queue.forget_old()

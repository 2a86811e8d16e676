"""Housekeeping of the files."""

from django.utils import timezone

from studio.office.services import leftovers
from studio.tenancy.jobs import periodic_studio_task


@periodic_studio_task(name=leftovers.SWEEP, cron="25 * * * *")
def sweep_leftovers() -> None:
    """Delete what uploads left behind, and the bytes of files that are gone."""
    leftovers.sweep_leftovers(now=timezone.now())

"""Housekeeping of the accounts."""

from django.core.management import call_command
from django.utils import timezone

from studio.accounts.services import login_sessions
from studio.tenancy.jobs import periodic_studio_task


@periodic_studio_task(name="accounts.purge_expired", cron="17 * * * *")
def purge_expired() -> None:
    """Remove credentials and browser states that have run out."""
    login_sessions.purge_expired_login_sessions(now=timezone.now())
    call_command("clearsessions")

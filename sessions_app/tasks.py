"""Housekeeping of the timetable."""

from django.utils import timezone

from sessions_app.services import expiry
from studio.tenancy.jobs import periodic_studio_task


@periodic_studio_task(name="sessions_app.expire_holds", cron="*/5 * * * *")
def expire_holds() -> None:
    """Give back what holds and unanswered requests kept too long; booking does so for its own room."""
    expiry.expire_holds(now=timezone.now())

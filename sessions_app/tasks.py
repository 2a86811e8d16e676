"""Housekeeping of the timetable, and work that takes longer than somebody waits."""

from django.utils import timezone

from sessions_app.models import ClientImport
from sessions_app.services import client_imports, reminders, session_days, sweeping
from sessions_app.services.lines import HAND_ON
from studio.tenancy.jobs import periodic_studio_task, studio_task


@periodic_studio_task(name="sessions_app.expire_holds", cron="*/5 * * * *")
def expire_holds() -> None:
    """Give back what holds and unanswered requests kept too long; booking does so for its own room."""
    sweeping.sweep(now=timezone.now())


@studio_task(name=HAND_ON)
def hand_on(sessions: list[int]) -> None:
    """Hand on the slots of sessions that ended while their rooms were not locked."""
    sweeping.hand_on_slots(sessions=sessions, now=timezone.now())


@periodic_studio_task(name="sessions_app.remind_clients", cron="*/10 * * * *")
def remind_clients() -> None:
    """Remind clients of what begins or expires within 24 hours, each once."""
    now = timezone.now()
    reminders.remind_of_sessions(now=now)
    reminders.warn_of_expiring_holds(now=now)


@periodic_studio_task(name="sessions_app.fold_days", cron="5 3 * * *")
def fold_days() -> None:
    """Put together what sessions added to their days."""
    session_days.fold_session_days()


@studio_task(name=client_imports.TASK)
def import_clients(*, import_id: int) -> None:
    """Import a long list part by part; a worker that died in between left whole parts, and the next goes on."""
    client_import = ClientImport.objects.filter(pk=import_id).first()
    while client_import and client_imports.continue_import(client_import=client_import, now=timezone.now()):
        pass

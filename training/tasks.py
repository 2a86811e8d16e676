"""Housekeeping of memberships and of what trainers may do."""

from django.utils import timezone

from studio.tenancy.jobs import periodic_studio_task
from training.services import certificates, credit_checks, terms


@periodic_studio_task(name="training.turn_day", cron="*/15 * * * *")
def turn_day() -> None:
    """Begin, resume and end subscriptions within a quarter of an hour of the studio's midnight, wherever it is."""
    terms.turn_day(now=timezone.now())


@periodic_studio_task(name="training.check_credits", cron="50 2 * * *")
def check_credits() -> None:
    """Compare ledger and timetable, and say where they disagree."""
    credit_checks.report_broken(now=timezone.now())


@periodic_studio_task(name="training.warn_of_certificates", cron="5 5 * * *")
def warn_of_certificates() -> None:
    """Say which certificates of trainers end soon, each once."""
    certificates.warn_of_ending(now=timezone.now())

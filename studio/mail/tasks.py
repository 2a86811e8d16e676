"""The outbox's jobs."""

from django.utils import timezone

from studio.mail.services import outbox
from studio.tenancy.jobs import periodic_studio_task, studio_task


@studio_task(name="mail.send_email")
def send_email(*, email_id: int) -> None:
    """Send one mail of the outbox."""
    outbox.send_email(email_id, timezone.now())


@periodic_studio_task(name="mail.resume_waiting", cron="*/10 * * * *")
def resume_waiting() -> None:
    """Queue again the mails whose job was lost."""
    outbox.resume_waiting(now=timezone.now())

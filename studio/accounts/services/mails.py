"""What people do to the outbox, which knows nobody; each act is on record."""

from datetime import datetime

from django.db import transaction

from studio.accounts.models import User
from studio.accounts.services import audit
from studio.mail.models import EmailMessage
from studio.mail.services import outbox


@transaction.atomic
def retry_email(*, message: EmailMessage, actor: User, now: datetime) -> EmailMessage:
    """Queue a failed or waiting mail again, and return it.

    raises: outbox.NothingToRetry
    """
    row = outbox.retry_email(message=message, now=now)
    audit.record(verb="retry", subject=row, actor=actor, now=now)
    return row

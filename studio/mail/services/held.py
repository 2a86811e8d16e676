"""Mails of a studio that wrote to nobody for a while: it came out of a backup, or another that did had its place."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from studio.mail.models import EmailMessage, EmailState


@transaction.atomic
def give_up_waiting(*, now: datetime) -> int:
    """Mark every mail that waits as not sent, and return how many there were; each can be sent again by hand.

    The other of original and copy may have sent them since, or has written the same to the same people.
    """
    return EmailMessage.objects.filter(state=EmailState.QUEUED).update(
        state=EmailState.FAILED,
        last_error=_("It waited while a backup was restored. Ask whether it arrived before you send it again."),
        taken_until=None,
        updated_at=now,
    )

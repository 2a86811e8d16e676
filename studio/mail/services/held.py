"""Mails of a studio that came out of a backup."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from studio.mail.models import EmailMessage, EmailState


@transaction.atomic
def give_up_waiting(*, now: datetime) -> int:
    """Mark every mail that waits as not sent, and return how many there were; each can be sent again by hand.

    The studio of which this is a copy may have sent them since, or has written the same to the same people.
    """
    return EmailMessage.objects.filter(state=EmailState.QUEUED).update(
        state=EmailState.FAILED,
        last_error=_("It waited in a backup that was restored. Ask whether it arrived before you send it again."),
        taken_until=None,
        updated_at=now,
    )

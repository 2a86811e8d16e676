"""What people do to the outbox, which knows nobody; each act is on record."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from studio.accounts.models import Invitation, User
from studio.accounts.services import audit
from studio.accounts.services.invitations import PURPOSE
from studio.errors import DomainError
from studio.mail.models import EmailMessage
from studio.mail.services import outbox


class LinkWorthless(DomainError):
    """The mail's link opens nothing any more."""


@transaction.atomic
def retry_email(*, message: EmailMessage, actor: User, now: datetime) -> EmailMessage:
    """Queue a failed or waiting mail again, and return it.

    raises: outbox.NothingToRetry, LinkWorthless
    """
    if (
        message.kind == PURPOSE
        and not Invitation.objects.open(now).filter(pk=message.about.rpartition(":")[2]).exists()
    ):
        raise LinkWorthless(_("The link in this mail does not work any more. Invite the person again instead."))
    row = outbox.retry_email(message=message, now=now)
    audit.record(verb="retry", subject=row, actor=actor, now=now)
    return row

"""What operators do about backups; each act is on record in the platform's own trail."""

from datetime import datetime

from django.db import transaction

from studio.accounts.models import User
from studio.accounts.services import audit
from studio.tenancy.models import Studio
from studio.tenancy.services import capsules, swapping


@transaction.atomic
def back_up(*, studio: Studio, actor: User, now: datetime) -> None:
    """Queue the making of a studio's backup.

    raises: standing.NotInThatState
    """
    capsules.queue_capsule(studio=studio, asked_by=actor.pk)
    audit.record(verb="back_up", subject=studio, actor=actor, now=now)


@transaction.atomic
def let_mails_go(*, studio: Studio, actor: User, now: datetime) -> Studio:
    """Let a restored studio write to people again and return it.

    raises: standing.NotInThatState
    """
    row = swapping.let_mails_go(studio=studio, now=now)
    audit.record(verb="let_mails_go", subject=row, actor=actor, now=now)
    return row

"""News this app takes from below: a restored studio may write to people again."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from studio.mail.services import held
from studio.tenancy.signals import mails_let_go


@receiver(mails_let_go, dispatch_uid="mail.give_up_waiting")
def give_up_waiting(*, now: datetime, **_kwargs: Any) -> None:
    """Keep what waited until then, and do not send it."""
    held.give_up_waiting(now=now)

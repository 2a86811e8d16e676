"""What billing tells sessions: that they are on an issued document, and that they no longer are."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import SessionStatus, StudioSession
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError

NEVER_HELD = (SessionStatus.CANCELLED, SessionStatus.EXPIRED)


class NotToInvoice(DomainError):
    """The price of the session is not to be charged."""


@taking_turns()
def mark_invoiced(*, sessions: Iterable[StudioSession], actor: User | None, now: datetime) -> None:
    """Write down that sessions are invoiced: neither their price nor their time moves from now on.

    raises: NotToInvoice when one is invoiced already, or was cancelled
    """
    locked = _locked(sessions)
    for session in locked:
        if session.invoiced_at is not None:
            raise NotToInvoice(_("%(session)s is invoiced already.") % {"session": session})
        if session.status in NEVER_HELD:
            told = _("%(session)s is cancelled: its price is not charged, only a fee is.")
            raise NotToInvoice(told % {"session": session})
    _mark(locked, now, actor=actor, now=now)


@taking_turns()
def mark_not_invoiced(*, sessions: Iterable[StudioSession], actor: User | None, now: datetime) -> None:
    """Write down that what invoiced sessions was credited: they can be changed and invoiced again."""
    _mark(_locked(sessions), None, actor=actor, now=now)


def _locked(sessions: Iterable[StudioSession]) -> list[StudioSession]:
    return list(StudioSession.objects.locked().filter(pk__in=[each.pk for each in sessions]))


def _mark(
    sessions: Iterable[StudioSession], invoiced_at: datetime | None, *, actor: User | None, now: datetime
) -> None:
    for session in sessions:
        changes = {"invoiced_at": (session.invoiced_at, invoiced_at)}
        session.invoiced_at = invoiced_at
        session.save(update_fields=["invoiced_at"])
        audit.record(verb="change", subject=session, actor=actor, now=now, changes=changes)

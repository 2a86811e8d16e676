"""What billing tells sessions: that they are on an issued document, and that they no longer are."""

from collections.abc import Iterable
from datetime import datetime

from sessions_app.models import StudioSession
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns


@taking_turns()
def mark_invoiced(*, sessions: Iterable[StudioSession], actor: User | None, now: datetime) -> None:
    """Write down that sessions are invoiced: neither their price nor their time moves from now on."""
    _mark(sessions, now, actor=actor, now=now)


@taking_turns()
def mark_not_invoiced(*, sessions: Iterable[StudioSession], actor: User | None, now: datetime) -> None:
    """Write down that what invoiced sessions was credited: they can be changed and invoiced again."""
    _mark(sessions, None, actor=actor, now=now)


def _mark(
    sessions: Iterable[StudioSession], invoiced_at: datetime | None, *, actor: User | None, now: datetime
) -> None:
    for session in StudioSession.objects.locked().filter(pk__in=[each.pk for each in sessions]):
        changes = {"invoiced_at": (session.invoiced_at, invoiced_at)}
        session.invoiced_at = invoiced_at
        session.save(update_fields=["invoiced_at"])
        audit.record(verb="change", subject=session, actor=actor, now=now, changes=changes)

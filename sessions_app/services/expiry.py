"""Letting holds and requests go whose time is up."""

from collections.abc import Iterable
from datetime import datetime

from sessions_app.models import Room, SessionStatus, StudioSession
from studio.accounts.services import audit
from studio.db import taking_turns


@taking_turns()
def expire_holds(*, now: datetime, rooms: Iterable[Room] | None = None) -> list[StudioSession]:
    """Expire the overdue holds and requests and return them.

    rooms: None means everywhere, which is the sweeper's call; a booking passes the rooms it has locked
    Time cannot stand in a constraint: an overdue hold keeps its slot until this has run.
    """
    overdue = StudioSession.objects.overdue(now)
    if rooms is not None:
        overdue = overdue.filter(room__in=list(rooms))
    expired = list(overdue.locked())
    for session in expired:
        before, session.status = session.status, SessionStatus.EXPIRED
        session.save(update_fields=["status"])
        changes = {"status": (before, session.status)}
        audit.record(verb="expire", subject=session, actor=None, now=now, changes=changes)
    return expired

"""Letting holds and requests go whose time is up."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from sessions_app.models import Room, SessionStatus, StudioSession
from sessions_app.selectors.crew import NOBODY, Crew, assignments_of_crew
from studio.accounts.services import audit
from studio.db import taking_turns


@taking_turns()
def expire_holds(*, now: datetime, rooms: Iterable[Room] | None = None, crew: Crew = NOBODY) -> list[StudioSession]:
    """Expire the overdue holds and requests and return them.

    rooms: None means everywhere, which is the sweeper's call; a booking passes the rooms it has locked
    crew: beside rooms, whose holds expire as well
    Time cannot stand in a constraint: an overdue hold keeps its slot until this has run.
    """
    overdue = StudioSession.objects.overdue(now)
    if rooms is not None:
        of_crew = assignments_of_crew(crew).values("session")
        overdue = overdue.filter(Q(room__in=list(rooms)) | Q(pk__in=of_crew))
    expired = list(overdue.locked())
    for session in expired:
        before, session.status = session.status, SessionStatus.EXPIRED
        session.save(update_fields=["status"])
        changes = {"status": (before, session.status)}
        audit.record(verb="expire", subject=session, actor=None, now=now, changes=changes)
    return expired

"""Letting holds and requests go whose time is up, or whose holder did not answer a challenge."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from sessions_app.models import (
    PROVISIONAL_STATUSES,
    ChallengeOutcome,
    HoldChallenge,
    NoticeKind,
    Room,
    SessionStatus,
    StudioSession,
)
from sessions_app.models.session import StudioSessionQuerySet
from sessions_app.selectors.crew import NOBODY, Crew, assignments_of_crew
from sessions_app.services import lines, notices
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.tenancy.jobs import defer

# Written out: whoever takes a lock asks it, and to put it together takes longer than to answer it.
ANYTHING_OVERDUE = """
    SELECT EXISTS (SELECT FROM sessions WHERE status = ANY(%(provisional)s) AND hold_expires_at <= %(now)s)
        OR EXISTS (SELECT FROM hold_challenges WHERE outcome = %(open)s AND ends_at <= %(now)s)
"""


def expire_holds(*, now: datetime, rooms: Iterable[Room], crew: Crew = NOBODY) -> list[StudioSession]:
    """Expire what is overdue in some rooms or has some crew, hand the freed slots on, and return what expired.

    rooms, crew: locked by the caller, see `slots.lock_rooms`; time cannot stand in a constraint, so an overdue hold
    keeps its slot until this has run
    """
    if not _is_anything_overdue(now):
        return []
    here = {room.pk for room in rooms}
    theirs = Q(room__in=here) | Q(pk__in=assignments_of_crew(crew).values("session")) if crew else Q(room__in=here)
    overdue = StudioSession.objects.overdue(now).filter(theirs)
    unanswered = HoldChallenge.objects.filter(outcome=ChallengeOutcome.OPEN, ends_at__lte=now)
    held = StudioSession.objects.filter(pk__in=unanswered.values("hold"), room__in=here, status=SessionStatus.HOLD)
    return _expire_and_hand_on(overdue, held, here, now)


def _is_anything_overdue(now: datetime) -> bool:
    """Return whether anything in the house may expire: mostly not, and two small indexes say so."""
    given: dict[str, Any] = {"now": now, "provisional": [*PROVISIONAL_STATUSES], "open": ChallengeOutcome.OPEN}
    with connection.cursor() as cursor:
        cursor.execute(ANYTHING_OVERDUE, given)
        return bool(cursor.fetchone()[0])


@taking_turns()
def _expire_and_hand_on(
    overdue: StudioSessionQuerySet, held: StudioSessionQuerySet, here: Collection[int], now: datetime
) -> list[StudioSession]:
    expired = list(overdue.locked())
    _expire(expired, verb="expire", now=now)
    lost = list(held.locked())  # asked after: a hold that is overdue as well has just expired
    _expire(lost, verb="lose", now=now)
    gone = [*expired, *lost]
    if near := [session for session in gone if session.room_id in here]:
        lines.hand_on(gone=near, now=now)
    if far := [session.pk for session in gone if session.room_id not in here]:
        defer(lines.HAND_ON, sessions=far)  # their rooms are not locked here, and a lock out of order would deadlock
    return gone


@taking_turns()
def expire_elsewhere(*, now: datetime) -> list[StudioSession]:
    """Expire overdue holds and requests that are in no room, and return them."""
    expired = list(StudioSession.objects.filter(room=None).overdue(now).locked())
    _expire(expired, verb="expire", now=now)
    if expired:
        lines.hand_on(gone=expired, now=now)
    return expired


def _expire(sessions: Sequence[StudioSession], *, verb: str, now: datetime) -> None:
    for session in sessions:
        before, session.status = session.status, SessionStatus.EXPIRED
        session.save(update_fields=["status"])
        changes = {"status": (before, session.status)}
        audit.record(verb=verb, subject=session, actor=None, now=now, changes=changes)
        if before == SessionStatus.REQUESTED:
            notices.announce(session=session, kind=NoticeKind.REQUEST_EXPIRED, now=now)

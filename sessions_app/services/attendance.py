"""What happens on the day: starting, completing, not showing up."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from sessions_app.models import Room, SessionStatus, StudioSession
from sessions_app.services import slots, states
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError

STARTS_EARLY = timedelta(minutes=60)  # how long before its planned start a session may really start


class ImpossibleTimes(DomainError):
    """Real times end after they start, and both are past."""

    status_code = 400


class TooEarly(DomainError):
    """The session's time has not come."""


class RoomInUse(DomainError):
    """Another session is in progress in the room."""


@taking_turns()
def start_session(*, session: StudioSession, actor: User | None, now: datetime) -> StudioSession:
    """Start a session now and return it.

    raises: states.WrongState, TooEarly, RoomInUse, studio.db.TryAgain
    """
    started = slots.locked_with_rooms(session, now=now)
    states.require_arrow(started, SessionStatus.IN_PROGRESS)
    if now < started.starts_at - STARTS_EARLY:
        sentence = _("A session can be started %(minutes)d minutes before its planned start at the earliest.")
        raise TooEarly(sentence % {"minutes": STARTS_EARLY / timedelta(minutes=1)})
    if started.room is not None:
        _require_quiet(started.room)
    return _arrive(started, SessionStatus.IN_PROGRESS, {"actual_start": now}, verb="start", actor=actor, now=now)


@taking_turns()
def complete_session(
    *, session: StudioSession, actual_start: datetime, actual_end: datetime, actor: User | None, now: datetime
) -> StudioSession:
    """Complete a session with its real times and return it.

    Real times may overlap the next session's: the constraints are about what was booked.
    raises: states.WrongState, ImpossibleTimes
    """
    completed = StudioSession.objects.locked().get(pk=session.pk)
    states.require_arrow(completed, SessionStatus.COMPLETED)
    if not actual_start < actual_end <= now:
        raise ImpossibleTimes(_("The real end comes after the real start, and not in the future."))
    times = {"actual_start": actual_start, "actual_end": actual_end}
    return _arrive(completed, SessionStatus.COMPLETED, times, verb="complete", actor=actor, now=now)


@taking_turns()
def mark_no_show(*, session: StudioSession, actor: User | None, now: datetime) -> StudioSession:
    """Write down that nobody came, and return the session; it keeps its slot.

    raises: states.WrongState, TooEarly
    """
    missed = StudioSession.objects.locked().get(pk=session.pk)
    states.require_arrow(missed, SessionStatus.NO_SHOW)
    if now < missed.starts_at:
        raise TooEarly(_("This session has not begun yet."))
    return _arrive(missed, SessionStatus.NO_SHOW, {}, verb="no_show", actor=actor, now=now)


def _require_quiet(room: Room) -> None:
    busy = StudioSession.objects.filter(room=room, status=SessionStatus.IN_PROGRESS).order_by("pk").first()
    if busy is not None:
        sentence = _("%(title)s is in progress in %(room)s. Complete or cancel it first.")
        raise RoomInUse(sentence % {"title": busy.title, "room": room})


def _arrive(
    session: StudioSession,
    status: SessionStatus,
    times: dict[str, datetime],
    *,
    verb: str,
    actor: User | None,
    now: datetime,
) -> StudioSession:
    changes: dict[str, tuple[object, object]] = {"status": (session.status, status)}
    session.status = status
    for field, value in times.items():
        changes[field] = (getattr(session, field), value)
        setattr(session, field, value)
    session.save(update_fields=["status", *times])
    audit.record(verb=verb, subject=session, actor=actor, now=now, changes=changes)
    return session

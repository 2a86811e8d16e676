"""What happens on the day: starting, completing, not showing up."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from sessions_app.models import ExtraKind, FeeKind, Room, SessionStatus, StudioSession, TaskType
from sessions_app.selectors.crew import crew_of
from sessions_app.selectors.terms import fee_due
from sessions_app.services import facts, fees, prices, slots, states, time_entries
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day, minutes
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile

STARTS_EARLY = timedelta(minutes=60)  # how long before its planned start a session may really start

CHECKS_IN_EARLY = timedelta(hours=2)
CHECK_IN_FIELDS = ("checked_in_at", "checked_in_by", "checked_in_by_label")
UNDONE = ("status", "actual_start", "actual_end", "closed_at", "checked_in_at")


class ImpossibleTimes(DomainError):
    """Real times end after they start, and both are past."""

    status_code = 400


class TooEarly(DomainError):
    """The session's time has not come."""


class NothingToUndo(DomainError):
    """Nothing was written down today."""


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
    *,
    session: StudioSession,
    actual_start: datetime,
    actual_end: datetime,
    actor: User | None,
    now: datetime,
    task_type: TaskType | None = None,
) -> StudioSession:
    """Complete a session with its real times and return it; what it owes for staying over is another act.

    Real times may overlap the next session's: the constraints are about what was booked.
    task_type: the real times are written down as hours of each of its engineers; None writes none down
    raises: states.WrongState, ImpossibleTimes, and with hours as `time_entries.add_entry`
    """
    completed = StudioSession.objects.locked().get(pk=session.pk)
    states.require_arrow(completed, SessionStatus.COMPLETED)
    if not actual_start < actual_end <= now:
        raise ImpossibleTimes(_("The real end comes after the real start, and not in the future."))
    times = {"actual_start": actual_start, "actual_end": actual_end, "closed_at": now}
    completed = _arrive(completed, SessionStatus.COMPLETED, times, verb="complete", actor=actor, now=now)
    if task_type is not None:
        for engineer in crew_of(completed).engineers:
            time_entries.add_entry(
                person=engineer,
                task_type=task_type,
                target=completed,
                started_at=actual_start,
                ended_at=actual_end,
                reason=_("The session was completed."),
                may_overlap=True,  # it was so, whatever else the engineer's clock says
                actor=actor,
                now=now,
            )
    return completed


@taking_turns()
def check_in(*, session: StudioSession, actor: User | None, now: datetime) -> StudioSession:
    """Write down that the client is there, and return the session; twice is once.

    raises: states.WrongState, TooEarly
    """
    arrived = StudioSession.objects.locked().get(pk=session.pk)
    if arrived.checked_in_at is not None:
        return arrived
    if arrived.status not in {SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS}:
        sentence = _("This session is %(status)s, so nobody can be checked in.")
        raise states.WrongState(sentence % {"status": arrived.get_status_display()})
    if now < arrived.starts_at - CHECKS_IN_EARLY:
        sentence = _("Somebody can be checked in %(hours)d hours before the start at the earliest.")
        raise TooEarly(sentence % {"hours": CHECKS_IN_EARLY / timedelta(hours=1)})
    arrived.checked_in_at, arrived.checked_in_by = now, actor
    arrived.checked_in_by_label = actor.label if actor else ""
    arrived.save(update_fields=CHECK_IN_FIELDS)
    audit.record(verb="check_in", subject=arrived, actor=actor, now=now, changes={"checked_in_at": (None, now)})
    return arrived


@taking_turns()
def mark_no_show(
    *, session: StudioSession, actor: User | None, now: datetime, waive_because: str = ""
) -> StudioSession:
    """Write down that nobody came, and return the session; it keeps its slot and owes the fee of its terms.

    waive_because: a reason to let the client off the fee
    raises: states.WrongState, prices.AlreadyInvoiced, TooEarly
    """
    missed = StudioSession.objects.locked().select_related("room").get(pk=session.pk)
    states.require_arrow(missed, SessionStatus.NO_SHOW)
    prices.require_not_invoiced(missed)
    if missed.checked_in_at is not None:
        raise states.WrongState(_("Somebody was checked in. Take that back first."))
    grace = minutes(current_profile().no_show_after_minutes)
    if now < missed.starts_at + grace:
        sentence = _("A session is a no-show %(minutes)d minutes after its start at the earliest.")
        raise TooEarly(sentence % {"minutes": grace // minutes(1)})
    due = fee_due(missed, FeeKind.NO_SHOW, now=now)
    marked = _arrive(missed, SessionStatus.NO_SHOW, {"closed_at": now}, verb="no_show", actor=actor, now=now)
    fees.charge_fee(session=marked, due=due, actor=actor, now=now, waived_because=waive_because)
    return marked


@taking_turns()
def undo_attendance(*, session: StudioSession, reason: str, actor: User | None, now: datetime) -> StudioSession:
    """Take back what was written down by mistake today, and return the session, scheduled and waiting for its client.

    The fee of a no-show and the overage go with it; real times and the check-in are emptied.
    raises: facts.NoReason, NothingToUndo, prices.AlreadyInvoiced
    """
    reason = reason.strip()
    if not reason:
        raise facts.NoReason(_("Say why it is taken back."))
    undone = StudioSession.objects.locked().get(pk=session.pk)
    prices.require_not_invoiced(undone)
    written_at = last_word_at(undone)
    zone = current_profile().zone
    if written_at is None or local_day(written_at, zone) != local_day(now, zone):
        raise NothingToUndo(_("Only what was written down today can be taken back."))
    before = {field: getattr(undone, field) for field in UNDONE}
    undone.fees.filter(kind=FeeKind.NO_SHOW).delete()
    undone.extras.filter(kind=ExtraKind.OVERAGE).delete()
    undone.status = SessionStatus.SCHEDULED
    undone.actual_start = undone.actual_end = undone.closed_at = None
    undone.checked_in_at = undone.checked_in_by = None
    undone.checked_in_by_label = ""
    undone.save(update_fields=[*UNDONE, *CHECK_IN_FIELDS])
    changes = {field: (old, new) for field, old in before.items() if (new := getattr(undone, field)) != old}
    audit.record(verb="undo", subject=undone, actor=actor, now=now, changes=changes, reason=reason)
    return undone


def last_word_at(session: StudioSession) -> datetime | None:
    """Return when the newest thing of the day was written down that can be taken back; None for nothing."""
    if session.status in {SessionStatus.COMPLETED, SessionStatus.NO_SHOW}:
        return session.closed_at
    if session.status == SessionStatus.IN_PROGRESS:
        return session.actual_start
    return session.checked_in_at if session.status == SessionStatus.SCHEDULED else None


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
    changes.pop("closed_at", None)
    audit.record(verb=verb, subject=session, actor=actor, now=now, changes=changes)
    return session

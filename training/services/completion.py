"""Saying how a session was: who trained, who came, when it really was; and taking that back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from sessions_app.services.facts import NoReason
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.selectors.profile import current_profile
from training.models import (
    SAID,
    Attendee,
    OutcomeKind,
    Trainer,
    TrainingSession,
    TrainingStatus,
)
from training.services import attendance, bookings, outcomes, slots, states, trainer_pay
from training.services.credits import use_credit_after
from training.signals import session_reopened, session_said

FAR_OFF = timedelta(hours=12)  # a real time further from the planned one than this is a slip of the hand
ONE_MINUTE = timedelta(minutes=1)
DONE_FIELDS = ("status", "actual_start", "actual_end")


class ImpossibleTimes(DomainError):
    """Real times end after they start, both are past, and not far from what was planned."""

    status_code = 400


class TrainerMissing(DomainError):
    """The studio's rule asks who trained before a session is completed."""

    status_code = 400


class NobodyTrains(DomainError):
    """A slot that is kept free is not completed."""


class NothingToReopen(DomainError):
    """Nobody has said how the session was."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of many sessions.

    left: those that were left alone, each with the reason
    """

    completed: list[TrainingSession]
    left: list[tuple[TrainingSession, str]]


@taking_turns()
def complete_session(
    *,
    session: TrainingSession,
    trainer: Trainer | None,
    actual_start: datetime,
    actual_end: datetime,
    actor: User | None,
    now: datetime,
    seen: UUID | Unsent | None = NOT_SENT,
) -> TrainingSession:
    """Write down that a session took place, with all that follows from it, and return it; twice is once.

    A credit is taken where its type takes one and the booking took none; where nothing pays, it is there to be billed.
    trainer: who trained; None only where the studio's rule lets it be
    seen: as `bookings.assign_trainer`
    raises: states.WrongState, ImpossibleTimes, TrainerMissing, NobodyTrains, slots.SlotTaken when the trainer had
        another session, bookings.AssignedSince, studio.db.TryAgain
    """
    done = slots.locked(session, trainer=trainer)
    if done.status == TrainingStatus.COMPLETED:
        return done
    states.require_arrow(done, TrainingStatus.COMPLETED)
    _require_somebody(done)
    _require_possible(done, actual_start, actual_end, now)
    if trainer is None and current_profile().completion_needs_trainer:
        raise TrainerMissing(_("Say who trained: the studio's settings ask for it at completion."))
    if trainer != done.trainer:
        done = bookings.assign_trainer(session=done, trainer=trainer, seen=seen, actor=actor, now=now)
    changes = {
        "status": (done.status, TrainingStatus.COMPLETED),
        "actual_start": (done.actual_start, actual_start),
        "actual_end": (done.actual_end, actual_end),
    }
    done.status, done.actual_start, done.actual_end = TrainingStatus.COMPLETED, actual_start, actual_end
    done.save(update_fields=DONE_FIELDS)
    charged_here = done.subscription is None and use_credit_after(session=done, actor=actor, now=now) is not None
    audit.record(verb="complete", subject=done, actor=actor, now=now, changes=changes)
    said = outcomes.say(session=done, kind=OutcomeKind.COMPLETED, actor=actor, now=now, charged_here=charged_here)
    trainer_pay.compute_pay(session=done, actor=actor, now=now)
    session_said.send(sender=TrainingSession, session=done, billable=said.billable, actor=actor, now=now)
    return done


@taking_turns()
def record_no_show(
    *,
    session: TrainingSession,
    trainer: Trainer | None,
    actor: User | None,
    now: datetime,
    seen: UUID | Unsent | None = NOT_SENT,
) -> TrainingSession:
    """Write down that nobody came, with what the trainer earns all the same, and return the session; twice is once.

    The credit stays used.
    seen: as `bookings.assign_trainer`
    raises: states.WrongState, attendance.TooEarly, NobodyTrains, slots.SlotTaken, bookings.AssignedSince,
        studio.db.TryAgain
    """
    missed = slots.locked(session, trainer=trainer)
    if missed.status == TrainingStatus.NO_SHOW:
        return missed
    _require_somebody(missed)
    if trainer != missed.trainer:
        missed = bookings.assign_trainer(session=missed, trainer=trainer, seen=seen, actor=actor, now=now)
    missed = attendance.mark_no_show(session=missed, actor=actor, now=now)
    said = outcomes.say(session=missed, kind=OutcomeKind.NO_SHOW, actor=actor, now=now)
    trainer_pay.compute_pay(session=missed, actor=actor, now=now)
    session_said.send(sender=TrainingSession, session=missed, billable=said.billable, actor=actor, now=now)
    return missed


def complete_with_defaults(*, sessions: Iterable[TrainingSession], actor: User | None, now: datetime) -> Swept:
    """Complete many sessions as they were planned, and return what became of each: a refusal leaves one alone.

    Real times are the planned ones where nobody wrote others down, and the trainer is the one assigned.
    """
    swept = Swept([], [])
    for session in sessions:
        start = session.actual_start or session.scheduled_start
        end = max(session.scheduled_end, start + ONE_MINUTE)
        try:
            done = complete_session(
                session=session,
                trainer=session.trainer,
                seen=session.trainer_id,
                actual_start=start,
                actual_end=end,
                actor=actor,
                now=now,
            )
        except DomainError as refusal:
            swept.left.append((session, str(refusal)))
        else:
            swept.completed.append(done)
    return swept


@taking_turns()
def reopen_session(*, session: TrainingSession, reason: str, actor: User | None, now: datetime) -> TrainingSession:
    """Take back what was said of a session, and return it, scheduled; it can be completed anew.

    Pay and outcome are taken back by lines of their own. Who trained stays assigned, and a credit that was taken stays
    with the session: its plan may have ended since, and completed anew it would be owed. Cancelling gives it back by
    the rule.
    raises: NoReason, NothingToReopen, studio.db.TryAgain
    """
    reason = reason.strip()
    if not reason:
        raise NoReason(_("Say why it is taken back."))
    opened = slots.locked(session)
    said = outcomes.standing(opened)
    if opened.status not in SAID:
        raise NothingToReopen(_("This session is not completed, so there is nothing to take back."))
    before = {field: getattr(opened, field) for field in DONE_FIELDS}
    opened.status, opened.actual_start, opened.actual_end = TrainingStatus.SCHEDULED, None, None
    opened.save(update_fields=DONE_FIELDS)
    if said is not None:
        outcomes.take_back(said=said, session=opened, actor=actor, reason=reason, now=now)
    trainer_pay.reverse_pay(session=opened, trainer=opened.trainer, actor=actor, reason=reason, now=now)
    changes = {field: (old, new) for field, old in before.items() if (new := getattr(opened, field)) != old}
    audit.record(verb="reopen", subject=opened, actor=actor, now=now, changes=changes, reason=reason)
    session_reopened.send(sender=TrainingSession, session=opened, actor=actor, now=now)
    return opened


def _require_somebody(session: TrainingSession) -> None:
    if session.session_type.attendee == Attendee.NOBODY:
        raise NobodyTrains(_("Nobody trains in this slot, so there is nothing to complete."))


def _require_possible(session: TrainingSession, start: datetime, end: datetime, now: datetime) -> None:
    if not start < end <= now:
        raise ImpossibleTimes(_("The real end comes after the real start, and not in the future."))
    if start < session.scheduled_start - FAR_OFF or end > session.scheduled_end + FAR_OFF:
        raise ImpossibleTimes(_("The real times lie more than 12 hours away from what was planned."))

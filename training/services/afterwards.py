"""Writing down what took place and was never booked: the session and how it was, in one act.

Booking never reaches into the past, and this never reaches ahead: what is entered is over, and completed at once.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from training.models import Machine, Member, SessionType, Trainer, TrainingSession
from training.selectors import availability
from training.selectors.answers import OTHERS_ARE_THERE, Wish
from training.services import completion, slots, trial_members, wishes
from training.services.trial_bookings import TrialFacts

ENTERED_BACK = timedelta(days=31)  # how long after it took place a session may be entered


class NotOverYet(DomainError):
    """Only what is over can have taken place."""

    status_code = 400


class TooLongAgo(DomainError):
    """What took place so long ago is not entered any more."""

    status_code = 400


@taking_turns()
def enter_session(
    *,
    machine: Machine,
    scheduled_start: datetime,
    scheduled_end: datetime,
    trainer: Trainer | None,
    actor: User | None,
    now: datetime,
    session_type: SessionType | None = None,
    member: Member | None = None,
    guest: wishes.Guest | None = None,
    notes: str = "",
) -> TrainingSession:
    """Write down a session that took place, completed, and return it.

    Whoever was there was there: what would keep them from booking, and the limit of the week, do not count. Somebody
    else on the machine, or the trainer or the member elsewhere, does. A credit is taken as at every completion.
    scheduled_start, scheduled_end: when it really was
    trainer: who trained; None only where the studio's rule lets it be
    raises: NotOverYet, TooLongAgo, wishes.UnknownPart, wishes.WrongAttendee, slots.BadTimes, slots.SlotTaken,
        completion.TrainerMissing, completion.NobodyTrains, facts.BadFacts, studio.db.TryAgain
    """
    _require_lately(scheduled_start, scheduled_end, now)
    slots.require_possible(scheduled_start, scheduled_end, now)
    slots.lock_slots(machine, members=[member], trainers=[trainer], weeks=[scheduled_start])
    wish = Wish(
        machine=wishes.known(Machine, machine),
        starts_at=scheduled_start,
        ends_at=scheduled_end,
        session_type=wishes.type_on_offer(session_type),
        member=wishes.known(Member, member) if member else None,
        trainer=wishes.known(Trainer, trainer) if trainer else None,
    )
    wishes.require_attendee(wish, guest)
    slots.require_free(availability.check_slot(wish, now=now).only(OTHERS_ARE_THERE))
    session = wishes.draft(wish, guest, notes)
    with slots.taking(wish, session, now):
        session.save(force_insert=True)
    named = ("machine", "scheduled_start", "scheduled_end", "session_type", "member", "trainer", "guest_name")
    changes: facts.Changes = {field: (None, value) for field in named if (value := getattr(session, field))}
    audit.record(verb="enter", subject=session, actor=actor, now=now, changes=changes)
    return completion.complete_session(
        session=session,
        trainer=wish.trainer,
        actual_start=scheduled_start,
        actual_end=scheduled_end,
        actor=actor,
        now=now,
    )


@taking_turns()
def enter_trial(
    *,
    who: TrialFacts,
    machine: Machine,
    scheduled_start: datetime,
    scheduled_end: datetime,
    session_type: SessionType,
    trainer: Trainer | None,
    actor: User | None,
    now: datetime,
    notes: str = "",
) -> TrainingSession:
    """Write down a trial member with the session they had, and return it; a refusal leaves nobody behind.

    raises: what `trial_members.trial_member` and `enter_session` raise
    """
    _require_lately(scheduled_start, scheduled_end, now)
    slots.require_possible(scheduled_start, scheduled_end, now)
    # The slot before the member's row, as where it is booked.
    known = trial_members.orphan_of(who["email"])
    slots.lock_slots(machine, members=[known], trainers=[trainer], weeks=[scheduled_start])
    member = trial_members.trial_member(**who, actor=actor, now=now)
    return enter_session(
        machine=machine,
        scheduled_start=scheduled_start,
        scheduled_end=scheduled_end,
        session_type=session_type,
        member=member,
        trainer=trainer,
        notes=notes,
        actor=actor,
        now=now,
    )


def _require_lately(start: datetime, end: datetime, now: datetime) -> None:
    if end > now:
        raise NotOverYet(_("This time is not over yet. What is to come is booked on the slot grid."))
    if start < now - ENTERED_BACK:
        sentence = _("A session is entered %(days)d days after it took place at the latest.")
        raise TooLongAgo(sentence % {"days": ENTERED_BACK.days})

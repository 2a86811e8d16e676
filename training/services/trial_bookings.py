"""Booking a first session for somebody new: the member and the session, or neither."""

from datetime import datetime
from typing import TypedDict

from studio.accounts.models import User
from studio.db import taking_turns
from training.models import Machine, SessionType, Trainer, TrainingSession
from training.services import bookings, slots, trial_members


class TrialFacts(TypedDict):
    """The six facts that a trial member has."""

    first_name: str
    last_name: str
    phone: str
    email: str
    gender: str
    referral_source: str


@taking_turns()
def book_trial(
    *,
    who: TrialFacts,
    machine: Machine,
    scheduled_start: datetime,
    scheduled_end: datetime,
    session_type: SessionType,
    actor: User | None,
    now: datetime,
    trainer: Trainer | None = None,
    notes: str = "",
    over_cap_because: str = "",
) -> TrainingSession:
    """Write down a trial member, or find the one who never had a session, book for them, and return the session.

    A refused booking leaves nobody behind.
    raises: what `trial_members.trial_member` and `bookings.book_session` raise
    """
    slots.require_possible(scheduled_start, scheduled_end, now)
    # The slot before the member's row, as everywhere: who grants them a plan at the same moment waits, and so does who
    # books a trial for them as well.
    known = trial_members.orphan_of(who["email"])
    slots.lock_slots(machine, members=[known], trainers=[trainer], weeks=[scheduled_start])
    member = trial_members.trial_member(**who, actor=actor, now=now)
    return bookings.book_session(
        machine=machine,
        scheduled_start=scheduled_start,
        scheduled_end=scheduled_end,
        session_type=session_type,
        member=member,
        trainer=trainer,
        notes=notes,
        over_cap_because=over_cap_because,
        actor=actor,
        now=now,
    )

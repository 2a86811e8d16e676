"""Taking a slot: lock what it needs, ask, write, and let the database have the last word."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sessions_app.selectors.crew import crew_of_members
from sessions_app.services import facts
from sessions_app.services.slots import HOURS
from studio.db import Deadlocked, TryAgain, advisory_lock
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from training.models import Machine, Member, Trainer, TrainingSession
from training.selectors import availability
from training.selectors.answers import OTHERS_ARE_THERE, WRONG_WISH, Answer, Reason, ReasonKind, Slot, Wish
from training.selectors.week_use import monday_of
from training.services import states

EXCLUSIONS = ("training_sessions_machine_free", "training_sessions_trainer_free", "training_sessions_member_free")
ROW = ("machine", "trainer__user", "member", "session_type", "subscription")  # what is read along with a session


class SlotRefused(DomainError):
    """A slot cannot be had; carries every reason, and what could be had instead."""

    def __init__(self, sentence: str, *, reasons: Sequence[Reason] = (), alternatives: Sequence[Slot] = ()) -> None:
        super().__init__(sentence)
        self.reasons = tuple(reasons)
        self.alternatives = alternatives


class BadTimes(SlotRefused):
    """No session has such times."""

    status_code = 400


class SessionGone(DomainError):
    """Somebody has deleted the session meanwhile."""


class SlotTaken(SlotRefused):
    """The machine, the trainer or the member has another session."""


class WeekFull(SlotRefused):
    """The week has all the sessions that it may have."""


def refusal(answer: Answer) -> SlotRefused:
    """Return the error that says an answer's reasons in one text."""
    kinds = {reason.kind for reason in answer.reasons}
    error = SlotRefused
    if kinds & WRONG_WISH:
        error = BadTimes
    elif kinds & OTHERS_ARE_THERE:
        error = SlotTaken
    elif kinds == {ReasonKind.WEEK_FULL}:
        error = WeekFull
    sentence = " ".join(reason.sentence for reason in answer.reasons)
    return error(sentence, reasons=answer.reasons, alternatives=answer.alternatives)


def require_free(answer: Answer) -> None:
    """Pass when the slot that was asked about is free.

    raises: BadTimes, SlotTaken, WeekFull, SlotRefused
    """
    if not answer.free:
        raise refusal(answer)


def require_possible(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Pass when a session may have such times at all: asked before anything is locked.

    raises: BadTimes, SlotRefused
    """
    if wrong := availability.wrong_times(starts_at, ends_at, now):
        kind = BadTimes if wrong.kind in WRONG_WISH else SlotRefused
        raise kind(wrong.sentence, reasons=[wrong])


def lock_slots(
    *machines: Machine,
    members: Iterable[Member | None] = (),
    trainers: Iterable[Trainer | None] = (),
    weeks: Iterable[datetime] = (),
) -> None:
    """Take the lock of everything a session needs, in one order.

    weeks: an instant of each week whose limit is about to be asked
    The opening hours stay as they are meanwhile: changing them waits for bookings under way. A trainer with an account
    is locked as the engineer that the account may be, too.
    The caller takes turns, which is what makes a lock that somebody keeps for 3 seconds a studio.db.TryAgain.
    """
    known = [trainer for trainer in trainers if trainer is not None]
    resources = {f"machine:{machine.pk}" for machine in machines} | {f"trainer:{trainer.pk}" for trainer in known}
    resources |= crew_of_members(trainer.user for trainer in known if trainer.user).resources
    resources |= {f"member:{member.pk}" for member in members if member is not None}
    if starts := set(weeks):
        zone = current_profile().zone
        resources |= {f"training_week:{monday_of(at, zone)}" for at in starts}
    advisory_lock([*resources], shared=[HOURS])


def locked(
    session: TrainingSession,
    *machines: Machine,
    member: Member | None = None,
    trainer: Trainer | None = None,
    at: datetime | None = None,
) -> TrainingSession:
    """Return a session's row as it is now, locked after all it needs and what is given besides.

    session: may have been loaded long ago
    at: the start it is about to get
    raises: SessionGone; states.WrongState for what blocks a machine for an outage; studio.db.TryAgain when it is
        changed just now, or somebody keeps a lock for 3 seconds
    """
    seen = _there(TrainingSession.objects.all(), session)
    weeks = [seen.scheduled_start, at] if at else []
    lock_slots(seen.machine, *machines, members=[seen.member, member], trainers=[seen.trainer, trainer], weeks=weeks)
    row = _there(TrainingSession.objects.locked(), session)
    needs = [(each.machine_id, each.trainer_id, each.member_id) for each in (seen, row)]
    if needs[0] != needs[1]:
        raise TryAgain(_("Somebody else is changing this session right now. Please try again."))
    states.require_session(row)
    return row


def _there(rows: QuerySet[TrainingSession], session: TrainingSession) -> TrainingSession:
    """Return a session's row with what belongs to it.

    raises: SessionGone
    """
    found = rows.select_related(*ROW).filter(pk=session.pk).first()
    if found is None:
        raise SessionGone(_("Somebody has deleted this session meanwhile."))
    return found


@contextmanager
def taking(wish: Wish, session: TrainingSession, now: datetime) -> Iterator[None]:
    """Run the block that saves a session in a slot.

    raises: facts.BadFacts; SlotTaken with alternatives, when somebody who took no lock was faster
    """
    just_taken = SlotTaken(_("Somebody has just taken this time."))
    try:
        with facts.saving(session, **dict.fromkeys(EXCLUSIONS, just_taken)):
            yield
    except (SlotTaken, Deadlocked) as error:
        just_taken.alternatives = availability.alternatives_on_demand(
            wish, availability.load_house(now, wish.starts_at)
        )
        raise just_taken from error.__cause__

"""What becomes of the sessions in the way of an outage: all of it as somebody chose it, or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import User
from studio.clock import local_day
from studio.db import TryAgain
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from training.models import Machine, MachineOutage, OutageCase, OutageDecision, OutageTelling, TrainingSession
from training.selectors.answers import Slot
from training.selectors.availability import session_named
from training.selectors.credits import heir_of
from training.selectors.outage_plan import in_the_way
from training.services import bookings, machine_moves, slots

LONGEST_LABEL = 600


class PlanChanged(DomainError):
    """What was looked at is not what there is any more."""


class BadChoice(DomainError):
    """Every session in the way moves, is cancelled, or is left alone for a reason."""

    status_code = 400


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose for a session, and which state of it they saw.

    session: its key
    seen_at: its `updated_at` as they saw it
    slot: where it moves to; for a move alone
    reason: why it is left alone; for that alone
    over_cap_because: why the week it moves to takes one more than it may; only with the right for it
    """

    session: UUID
    seen_at: datetime | None
    decision: OutageDecision
    slot: Slot | None = None
    reason: str = ""
    over_cap_because: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """The time of a machine that is about to be blocked.

    reason: of the outage
    outage: the one that is prolonged; None for a new one
    """

    machine: Machine
    starts_at: datetime
    ends_at: datetime
    reason: str
    outage: MachineOutage | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A session that was in the way, after what was chosen is done.

    case: not saved yet
    slot: where the session moved
    credit_back: whether it had taken a credit that came back, and was not lost with the plan that has ended
    """

    case: OutageCase
    session: TrainingSession
    slot: Slot | None
    credit_back: bool


def carry_out(span: Span, choices: Sequence[Choice], *, actor: User | None, now: datetime) -> list[Done]:
    """Move, cancel and leave alone what is in the way of an outage, and return all of it, by start.

    Called in the transaction that writes the outage, before it.
    raises: PlanChanged when other sessions are in the way than were seen, or one cannot have its new slot any more;
        BadChoice, facts.BadFacts, studio.db.TryAgain
    """
    chosen = {choice.session: choice for choice in choices}
    rows = _locked(span, choices, now)
    if changed := list(_differences(rows, chosen)):
        raise PlanChanged(" ".join([*changed, _("Nothing was done: this is how it stands now.")]))
    pairs = [(row, chosen[row.pk]) for row in rows]
    today = local_day(now, current_profile().zone)
    done = [_done(row, _insisted(row, choice, span), today) for row, choice in pairs]
    because = _("%(machine)s is out of order: %(reason)s") % {"machine": span.machine, "reason": span.reason}
    _move_beside(pairs, because, actor, now)
    for row, choice in pairs:
        with _naming(row):
            if choice.decision == OutageDecision.SETTLED:
                bookings.cancel_session(session=row, reason=because, by_house=True, actor=actor, now=now)
            elif choice.slot is not None and choice.slot.starts_at != row.scheduled_start:
                bookings.change_session(
                    session=row,
                    machine=choice.slot.machine,
                    scheduled_start=choice.slot.starts_at,
                    scheduled_end=choice.slot.ends_at,
                    over_cap_because=choice.over_cap_because,
                    by_house=True,
                    actor=actor,
                    now=now,
                )
    return done


def _locked(span: Span, choices: Sequence[Choice], now: datetime) -> list[TrainingSession]:
    """Return what is in the way, by start, locked with all that what was chosen asks for, in one order."""
    found = in_the_way(span.machine, span.starts_at, span.ends_at, now=now, outage=span.outage)
    seen = list(found)
    targets = [choice.slot for choice in choices if choice.slot is not None]
    slots.lock_slots(
        span.machine,
        *(slot.machine for slot in targets),
        members=[row.member for row in seen],
        trainers=[row.trainer for row in seen],
        weeks=[row.scheduled_start for row in seen] + [slot.starts_at for slot in targets],
    )
    return sorted(found.locked(), key=lambda row: (row.scheduled_start, row.pk))


def _named(session: TrainingSession) -> str:
    return session_named(session, current_profile().zone)


def _differences(rows: Sequence[TrainingSession], chosen: Mapping[UUID, Choice]) -> Iterator[str]:
    """Yield what is in the way now and was not seen, or was seen otherwise, each as a sentence."""
    for row in rows:
        choice = chosen.get(row.pk)
        if choice is None:
            yield _("%(session)s is in the way as well.") % {"session": _named(row)}
        elif choice.seen_at != row.updated_at:
            yield _("%(session)s was changed meanwhile.") % {"session": _named(row)}
    gone = chosen.keys() - {row.pk for row in rows}
    left = TrainingSession.objects.filter(pk__in=gone).select_related("machine", "member", "session_type")
    for row in left.order_by("scheduled_start", "pk"):
        yield _("%(session)s is not in the way any more.") % {"session": _named(row)}
    if len(left) < len(gone):
        yield _("A session that was in the way is deleted.")


def _insisted(row: TrainingSession, choice: Choice, span: Span) -> Choice:
    """Return a choice that makes sense.

    raises: BadChoice
    """
    slot = choice.slot
    if choice.decision == OutageDecision.LEFT and not choice.reason.strip():
        raise BadChoice(_("Say why %(session)s is left alone.") % {"session": _named(row)})
    if (choice.decision == OutageDecision.MOVED) != (slot is not None):
        raise BadChoice(_("Choose what becomes of %(session)s.") % {"session": _named(row)})
    if slot is not None and slot.machine == span.machine and _meets(slot, span):
        sentence = _("%(session)s cannot move there: the machine is out of order then, too.")
        raise BadChoice(sentence % {"session": _named(row)})
    return choice


def _meets(slot: Slot, span: Span) -> bool:
    return slot.starts_at < span.ends_at and span.starts_at < slot.ends_at


def _done(row: TrainingSession, choice: Choice, today: date) -> Done:
    lot = row.subscription if choice.decision == OutageDecision.SETTLED else None
    case = OutageCase(
        session=row,
        session_label=str(row)[:LONGEST_LABEL],
        was_starts_at=row.scheduled_start,
        was_ends_at=row.scheduled_end,
        moved_to_at=choice.slot.starts_at if choice.slot else None,
        decision=choice.decision,
        telling=_telling(row, choice),
    )
    if choice.decision == OutageDecision.LEFT:
        facts.set_facts(case, {"reason": choice.reason.strip()})
    return Done(case, row, choice.slot, lot is not None and heir_of(lot, today) is not None)


def _telling(row: TrainingSession, choice: Choice) -> OutageTelling:
    """Return how whoever has a session hears of it: at the same time on another machine they need not."""
    keeps_its_time = choice.slot is not None and choice.slot.starts_at == row.scheduled_start
    if choice.decision == OutageDecision.LEFT or keeps_its_time:
        return OutageTelling.NOBODY
    return reached_by(row)


def reached_by(session: TrainingSession) -> OutageTelling:
    """Return how whoever has a session hears of something: by mail where an address is known."""
    if not session.current_participants:
        return OutageTelling.NOBODY
    return OutageTelling.MAIL if session.member and session.member.email else OutageTelling.PHONE


def _move_beside(
    pairs: Sequence[tuple[TrainingSession, Choice]], because: str, actor: User | None, now: datetime
) -> None:
    """Move what keeps its time to the other machines, all of one machine at once, also what runs."""
    by_machine: dict[Machine, list[TrainingSession]] = {}
    for row, choice in pairs:
        if choice.slot is not None and choice.slot.starts_at == row.scheduled_start:
            by_machine.setdefault(choice.slot.machine, []).append(row)
    for machine, rows in by_machine.items():
        result = machine_moves.move_sessions(sessions=rows, machine=machine, past_because=because, actor=actor, now=now)
        for stayed in result.stayed:
            raise PlanChanged(f"{_named(stayed.session)}: {stayed.sentence}")


@contextmanager
def _naming(row: TrainingSession) -> Iterator[None]:
    """Say of which session it is that something in the block is refused."""
    name = _named(row)
    try:
        yield
    except TryAgain:
        raise
    except DomainError as refusal:
        raise PlanChanged(f"{name}: {refusal}") from refusal

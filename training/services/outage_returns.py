"""Bringing back what an outage had displaced, once it was called off or ended early; whoever knew of it is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from studio.accounts.models import User
from studio.db import TryAgain, taking_turns
from studio.errors import DomainError
from training.models import MachineOutage, OutageCase, OutageDecision, OutageTelling, TrainingSession
from training.selectors.outage_returns import Returnable, returnables
from training.services import bookings, outage_letters, slots, wishes
from training.services.outage_cases import LONGEST_LABEL, Done, reached_by


class NothingToBringBack(DomainError):
    """What was asked for is back already, or cannot come back any more."""


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """What became of the sessions that somebody wanted back, each by where it stood.

    stayed: those that stay where they are, each with the reason
    """

    back: Sequence[Done]
    stayed: Sequence[tuple[TrainingSession, str]]


@taking_turns()
def bring_back(
    *, outage: MachineOutage, seen: Mapping[int, datetime | None], actor: User | None, now: datetime
) -> BroughtBack:
    """Put sessions back where an outage had displaced them, and return which came back and which could not.

    What was moved moves back, and what was cancelled is booked anew, by the rules of every booking: its credit too.
    seen: the keys of the cases, each with the `updated_at` of its session as somebody saw it
    raises: NothingToBringBack, studio.db.TryAgain
    """
    _lock(outage, [each for each in returnables(outage, now) if each.case.pk in seen])
    current = MachineOutage.objects.select_related("machine").get(pk=outage.pk)
    wanted = [each for each in returnables(current, now) if each.case.pk in seen]
    if not wanted:
        raise NothingToBringBack(_("They are back already, or their time is over. Here is what can come back by now."))
    due = set(current.cases.to_phone().values_list("pk", flat=True))
    back, stayed = list[Done](), list[tuple[TrainingSession, str]]()
    for each in wanted:
        before = each.session.scheduled_start, each.session.scheduled_end
        try:
            session = _put_back(each, seen[each.case.pk], actor, now)
        except TryAgain:
            raise
        except DomainError as refusal:
            stayed.append((each.session, str(refusal)))
        else:
            is_news = each.case.telling != OutageTelling.NOBODY and each.case.pk not in due
            back.append(_done(each, session, before, is_news=is_news))
    outage_letters.write_back_letters(back, now=now)
    OutageCase.objects.bulk_create(each.case for each in back)
    return BroughtBack(back, stayed)


def _lock(outage: MachineOutage, wanted: Iterable[Returnable]) -> None:
    """Lock all that the sessions need, there and here, in one order; then their rows."""
    sessions = [each.session for each in wanted]
    slots.lock_slots(
        outage.machine,
        *(each.machine for each in sessions),
        members=[each.member for each in sessions],
        trainers=[each.trainer for each in sessions],
        weeks=[at for each in wanted for at in (each.session.scheduled_start, each.slot.starts_at)],
    )
    list(TrainingSession.objects.filter(pk__in=[each.pk for each in sessions]).locked())


def _put_back(each: Returnable, seen_at: datetime | None, actor: User | None, now: datetime) -> TrainingSession:
    """Move a session back, or book it anew, and return the one that stands there now.

    raises: what `bookings.change_session` and `bookings.book_session` raise
    """
    session, slot = each.session, each.slot
    if not each.is_cancelled:
        return bookings.change_session(
            session=session,
            machine=slot.machine,
            scheduled_start=slot.starts_at,
            scheduled_end=slot.ends_at,
            seen_at=seen_at,
            by_house=True,
            actor=actor,
            now=now,
        )
    guest = wishes.Guest(session.guest_first_name, session.guest_last_name, session.guest_gym_name)
    return bookings.book_session(
        machine=slot.machine,
        scheduled_start=slot.starts_at,
        scheduled_end=slot.ends_at,
        session_type=session.session_type,
        member=session.member,
        guest=guest if session.guest_name else None,
        trainer=session.trainer,
        notes=session.notes,
        actor=actor,
        now=now,
    )


def _done(each: Returnable, session: TrainingSession, before: tuple[datetime, datetime], *, is_news: bool) -> Done:
    """Return what was done, with a case of its own, not saved yet.

    before: when the session was while it was displaced
    is_news: whether whoever has it has heard that it was displaced: only then do they have to hear of this
    """
    case = OutageCase(
        outage_id=each.case.outage_id,
        session=session,
        session_label=str(session)[:LONGEST_LABEL],
        was_starts_at=before[0],
        was_ends_at=before[1],
        moved_to_at=each.slot.starts_at,
        decision=OutageDecision.RETURNED,
        takes_back=each.case,
        telling=reached_by(session) if is_news else OutageTelling.NOBODY,
    )
    return Done(case, session, each.slot, credit_back=False)

"""Booking, changing and cancelling training sessions."""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.selectors.profile import current_profile
from studio.showing import day as day_text
from training.models import Machine, Member, SessionType, Subscription, Trainer, TrainingSession, TrainingStatus
from training.selectors import availability
from training.selectors.answers import OF_THE_TRAINER, OTHERS_ARE_THERE, Answer, ReasonKind, Wish, wish_of
from training.selectors.credits import binding_start, heir_of, lot_for, open_lots
from training.services import outage_blocks, outcomes, overlaps, slots, states, wishes
from training.services.credits import NoCredit, return_credit, return_credit_in_time, use_credit, use_credit_after

CAP_RIGHT = "training.override_weekly_cap"
TIMES = ("scheduled_start", "scheduled_end")
CANCEL_FIELDS = ("status", "overlap_kept", "cancellation_reason", "cancelled_at", "cancelled_by", "cancelled_by_label")


class MayNotOverride(DomainError):
    """Who books beyond the limit of the week holds the right for it."""

    status_code = 403


class ChangedSince(DomainError):
    """Somebody changed the session after it was looked at."""


class AssignedSince(DomainError):
    """Somebody else said who trains after the session was looked at."""


@taking_turns()
def book_session(
    *,
    machine: Machine,
    scheduled_start: datetime,
    scheduled_end: datetime,
    actor: User | None,
    now: datetime,
    session_type: SessionType | None = None,
    member: Member | None = None,
    guest: wishes.Guest | None = None,
    trainer: Trainer | None = None,
    notes: str = "",
    over_cap_because: str = "",
) -> TrainingSession:
    """Put a session on a machine, charge the member's credit where its type takes one, and return it.

    scheduled_start, scheduled_end: aware; the session fills [start, end), so back-to-back is allowed
    session_type: None is the usual one
    trainer: None is assigned later, at completion at the latest
    over_cap_because: why the week takes one more than it may; only with the right for it
    raises: wishes.UnknownPart, wishes.WrongAttendee, MayNotOverride, slots.BadTimes, slots.SlotTaken, slots.WeekFull,
        slots.SlotRefused, credits.NoCredit, facts.BadFacts, studio.db.TryAgain
    """
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
    answer = availability.check_slot(wish, now=now)
    because = _require_free(answer, over_cap_because, actor)
    session = wishes.draft(wish, guest, notes)
    with slots.taking(wish, session, now):
        session.save(force_insert=True)
    booked = ("machine", "scheduled_start", "scheduled_end", "session_type", "member", "trainer", "guest_name")
    changes: facts.Changes = {field: (None, value) for field in booked if (value := getattr(session, field))}
    audit.record(verb="book", subject=session, actor=actor, now=now, changes=changes, reason=because)
    use_credit(session=session, actor=actor, now=now)
    return session


@taking_turns()
def change_session(
    *,
    session: TrainingSession,
    actor: User | None,
    now: datetime,
    machine: Machine | Unsent = NOT_SENT,
    scheduled_start: datetime | Unsent = NOT_SENT,
    scheduled_end: datetime | Unsent = NOT_SENT,
    session_type: SessionType | Unsent = NOT_SENT,
    notes: str | Unsent = NOT_SENT,
    seen_at: datetime | None = None,
    over_cap_because: str = "",
    by_house: bool = False,
) -> TrainingSession:
    """Change what is sent and return the session; its time and its type change while it is scheduled, notes always.

    Another machine is also for sessions that took place: the record is put right.
    by_house: the studio moves it, so that it can be cancelled in time anew; otherwise what is moved too late to be
        cancelled stays late
    seen_at: `updated_at` of what the caller saw; None changes the session however it is by now
    A session that was kept overlapping is settled by a slot that is free.
    raises: as `book_session`; states.WrongState, ChangedSince
    """
    starts = session.scheduled_start if scheduled_start is NOT_SENT else scheduled_start
    is_same_week = scheduled_start is NOT_SENT and session_type is NOT_SENT
    slots.require_possible(starts, session.scheduled_end if scheduled_end is NOT_SENT else scheduled_end, now)
    changed = slots.locked(
        session, session.machine if machine is NOT_SENT else machine, at=None if is_same_week else starts
    )
    if seen_at not in {None, changed.updated_at}:
        raise ChangedSince(_("Somebody changed this session meanwhile. Here it is as it is now."))
    before = copy(changed)
    wish = Wish(
        machine=changed.machine if machine is NOT_SENT else wishes.known(Machine, machine),
        starts_at=changed.scheduled_start if scheduled_start is NOT_SENT else scheduled_start,
        ends_at=changed.scheduled_end if scheduled_end is NOT_SENT else scheduled_end,
        session_type=changed.session_type if session_type is NOT_SENT else wishes.type_on_offer(session_type, changed),
        member=changed.member,
        trainer=changed.trainer,
        moving=before,
    )
    given: dict[str, object] = {
        "machine": wish.machine,
        "scheduled_start": wish.starts_at,
        "scheduled_end": wish.ends_at,
        "session_type": wish.session_type,
    }
    changes = facts.set_facts(changed, given if notes is NOT_SENT else {**given, "notes": notes})
    if not changes:
        return changed
    because = _require_change(wish, changed, changes, because=over_cap_because, actor=actor, now=now)
    if "scheduled_start" in changes:
        bound = None if by_house else binding_start(before, profile=current_profile(), now=now)
        changes |= facts.set_facts(changed, {"binding_start": bound})
    changed.overlap_kept &= changes.keys().isdisjoint(TIMES)  # at other times nothing was in the way
    with slots.taking(wish, changed, now):
        changed.save(update_fields=[*changes, "overlap_kept"])
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes, reason=because)
    _charge_anew(before, changed, actor, now)
    if not changes.keys().isdisjoint({"machine", *TIMES}):
        overlaps.settle_after(changed, before.scheduled_start, before.scheduled_end)
        outage_blocks.close_gaps(before.machine, before.scheduled_start, before.scheduled_end)
    return changed


@taking_turns()
def put_member_on(*, session: TrainingSession, member: Member, actor: User | None, now: datetime) -> TrainingSession:
    """Give a session that is for nobody yet its one member, and return it.

    Of one that is over the record is put right: whoever came did, whatever their membership is now, and what no plan
    pays for is noted for an invoice when it is completed.
    raises: wishes.WrongAttendee where somebody has it, states.WrongState, wishes.UnknownPart, slots.SlotTaken,
        slots.SlotRefused, credits.NoCredit for one that is not over
    """
    given = slots.locked(session, member=member)
    found = wishes.known(Member, member)
    if given.current_participants:
        sentence = _("This session is for %(who)s, and a session has one member. Book another one for %(member)s.")
        raise wishes.WrongAttendee(sentence % {"who": given.attendee, "member": found})
    states.require_scheduled(given)
    wish = replace(wish_of(given), member=found)
    wishes.require_attendee(wish, None)
    is_over = given.scheduled_end <= now
    answer = availability.check_slot(wish, now=now)
    slots.require_free(answer.only({ReasonKind.MEMBER_TAKEN}) if is_over else answer.without(_kept({"member"})))
    given.member, given.current_participants = found, 1
    with slots.taking(wish, given, now):
        given.save(update_fields=["member", "current_participants"])
    audit.record(verb="change", subject=given, actor=actor, now=now, changes={"member": (None, found)})
    charge = use_credit_after if is_over else use_credit
    charge(session=given, actor=actor, now=now)
    return given


@taking_turns()
def assign_trainer(
    *,
    session: TrainingSession,
    trainer: Trainer | None,
    actor: User | None,
    now: datetime,
    seen: UUID | Unsent | None = NOT_SENT,
) -> TrainingSession:
    """Set who trains, or did, and return the session; twice is once.

    Of a session that is completed, or was missed, the outcome and the pay become this trainer's, by lines of their own.
    trainer: None is nobody yet; of a session that is over somebody else may have trained, but not nobody
    seen: the key of who trained when the caller looked, None for nobody; left out, whoever trains by now is replaced
    raises: states.WrongState, wishes.UnknownPart, slots.SlotTaken, slots.SlotRefused, AssignedSince, studio.db.TryAgain
    """
    assigned = slots.locked(session, trainer=trainer)
    states.require_not_cancelled(assigned)
    found = wishes.known(Trainer, trainer) if trainer else None
    if assigned.trainer == found:
        return assigned
    if seen not in {NOT_SENT, assigned.trainer_id}:
        who = assigned.trainer_label or _("Nobody")
        raise AssignedSince(
            _("Meanwhile this was changed: %(who)s trains. Send it again to change that.") % {"who": who}
        )
    if found is None:
        states.require_unsaid(assigned)
    wish = replace(wish_of(assigned), trainer=found)
    if found is not None:
        is_over = assigned.scheduled_end <= now  # who was away or has left since may well have trained
        asked = {ReasonKind.TRAINER_TAKEN} if is_over else OF_THE_TRAINER
        slots.require_free(availability.check_slot(wish, now=now).only(asked))
    changes: facts.Changes = {"trainer": (assigned.trainer, found)}
    assigned.trainer, assigned.trainer_label = found, found.name if found else ""
    with slots.taking(wish, assigned, now):
        assigned.save(update_fields=["trainer", "trainer_label"])
    audit.record(verb="assign", subject=assigned, actor=actor, now=now, changes=changes)
    outcomes.say_trainer_anew(session=assigned, actor=actor, now=now)
    overlaps.settle_after(assigned, assigned.scheduled_start, assigned.scheduled_end)
    return assigned


@taking_turns()
def cancel_session(
    *, session: TrainingSession, reason: str, actor: User | None, now: datetime, by_house: bool = False
) -> TrainingSession:
    """Cancel a session, which frees its slot, and return it; twice is once.

    by_house: the credit comes back however late it is; otherwise only in time
    raises: states.WrongState, facts.NoReason, facts.BadFacts, studio.db.TryAgain
    """
    cancelled = slots.locked(session)
    if cancelled.status == TrainingStatus.CANCELLED:
        return cancelled
    states.require_arrow(cancelled, TrainingStatus.CANCELLED)
    reason = reason.strip()
    if not reason:
        raise facts.NoReason(_("Say why the session is cancelled."))
    before = cancelled.status
    cancelled.status, cancelled.overlap_kept = TrainingStatus.CANCELLED, False
    facts.set_facts(cancelled, {"cancellation_reason": reason})
    cancelled.cancelled_at, cancelled.cancelled_by = now, actor
    cancelled.cancelled_by_label = actor.label if actor else ""
    cancelled.save(update_fields=CANCEL_FIELDS)
    changes: facts.Changes = {"status": (before, cancelled.status)}
    audit.record(verb="cancel", subject=cancelled, actor=actor, now=now, changes=changes, reason=reason)
    give_back = return_credit if by_house else return_credit_in_time
    give_back(session=cancelled, actor=actor, reason=reason, now=now)
    overlaps.settle_after(cancelled, cancelled.scheduled_start, cancelled.scheduled_end)
    outage_blocks.close_gaps(cancelled.machine, cancelled.scheduled_start, cancelled.scheduled_end)
    return cancelled


def _charge_anew(before: TrainingSession, session: TrainingSession, actor: User | None, now: datetime) -> None:
    """Ask who pays where a change can be about that: a type that takes a credit or none, or another day.

    What nobody paid for at its type stays unpaid at another time: its completion asks. What a member's first plan was
    charged with stays charged at another time, though its type takes none.
    raises: credits.NoCredit
    """
    if not session.session_type.takes_credit:
        if session.session_type != before.session_type:
            return_credit(session=session, actor=actor, reason=_("The session was changed."), now=now)
    elif session.subscription is not None:
        _charge_other_day(session.subscription, before, session, actor, now)
    elif not before.session_type.takes_credit:
        use_credit(session=session, actor=actor, now=now)


def _charge_other_day(
    lot: Subscription, before: TrainingSession, session: TrainingSession, actor: User | None, now: datetime
) -> None:
    """Let the plan of its new day pay for a session that leaves its plan's term; never with a second credit.

    One that the term had left behind already stays paid by the plan that did, where no other can pay, or where the
    credit would be lost.
    raises: credits.NoCredit
    """
    zone = current_profile().zone
    day, was = local_day(session.scheduled_start, zone), local_day(before.scheduled_start, zone)
    if day == was or lot.covers(day):
        return
    is_lost = heir_of(lot, local_day(now, zone)) is None
    if lot.covers(was):
        if is_lost:
            told = _("%(plan)s ended on %(last)s, and its credit is lost beyond that day. Choose a day before.")
            raise NoCredit(told % {"plan": lot.plan_name, "last": day_text(lot.ends_on)})
    elif is_lost or session.member is None or lot_for(open_lots(session.member), day) is None:
        return
    return_credit(session=session, actor=actor, reason=_("The session was changed."), now=now)
    use_credit(session=session, actor=actor, now=now)


def _kept(changed: Iterable[str]) -> frozenset[ReasonKind]:
    """Return the reasons that a change is not about: what was in the way of a session before may stay so."""
    names = set(changed)
    if not names.isdisjoint(TIMES):
        return frozenset()
    asked = {
        "machine": {ReasonKind.MACHINE_TAKEN, ReasonKind.MACHINE_OUT},
        "member": {ReasonKind.MEMBER_TAKEN},
    }
    return (OTHERS_ARE_THERE | OF_THE_TRAINER).difference(*(kinds for field, kinds in asked.items() if field in names))


def _require_change(
    wish: Wish, session: TrainingSession, changes: facts.Changes, *, because: str, actor: User | None, now: datetime
) -> str:
    """Pass when a session may become what was set, and return why the week takes one more, where that was asked."""
    if not changes.keys().isdisjoint({*TIMES, "session_type"}):
        states.require_scheduled(session)
    if "machine" in changes:
        states.require_not_cancelled(session)
    if changes.keys() <= {"notes"}:
        return ""
    if "session_type" in changes:
        guest = wishes.Guest(session.guest_first_name, session.guest_last_name, session.guest_gym_name)
        wishes.require_attendee(wish, guest if session.guest_name else None)
    answer = availability.check_slot(wish, now=now)
    return _require_free(answer.without(_kept(changes)), because, actor)


def _require_free(answer: Answer, because: str, actor: User | None) -> str:
    """Pass when a slot is free, or only the week is full and somebody says why it takes one more; return that.

    raises: MayNotOverride, slots.SlotRefused and its kinds
    """
    because = because.strip()
    is_full = any(reason.kind == ReasonKind.WEEK_FULL for reason in answer.reasons)
    if not (is_full and because):
        slots.require_free(answer)
        return ""
    if actor is not None and not actor.has_perm(CAP_RIGHT):
        raise MayNotOverride(_("The week is full, and only a manager may book more."))
    slots.require_free(answer.without({ReasonKind.WEEK_FULL}))
    return because

"""Outages of machines: planned with what they displace, ended early, prolonged."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from sessions_app.selectors.availability import beyond_the_calendar
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import when
from training.models import LONGEST_OUTAGE, SHORTEST, Machine, MachineOutage, OutageCase
from training.selectors.outage_plan import in_the_way
from training.services import outage_blocks, outage_letters, slots, wishes
from training.services.outage_cases import Choice, Done, PlanChanged, Span, carry_out

BEHIND = timedelta(days=7)  # how long after it broke a machine may be reported
MOST_DISPLACED = 200  # sessions that one person decides about at once


class BadPeriod(DomainError):
    """No outage is planned for such a time."""

    status_code = 400


class AlreadyOut(DomainError):
    """The machine is out of order at that time already."""


class OutageOver(DomainError):
    """The outage is over, or was called off."""


class NothingToTell(DomainError):
    """Nobody has to be called about this session."""


@taking_turns()
def plan_outage(
    *,
    machine: Machine,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    choices: Sequence[Choice],
    actor: User | None,
    now: datetime,
) -> MachineOutage:
    """Take a machine out of order in [starts_at, ends_at) and return that; what was chosen for all in its way is done.

    choices: one for each session in the way, as somebody has just seen them
    Members whose session is cancelled or gets another time are told; who has no e-mail address is there to be called.
    raises: BadPeriod, AlreadyOut, wishes.UnknownPart, facts.BadFacts, outage_cases.PlanChanged, outage_cases.BadChoice,
        slots.SlotTaken, studio.db.TryAgain
    """
    found = wishes.known(Machine, machine)
    require_possible(machine=found, starts_at=starts_at, ends_at=ends_at, now=now)
    outage = MachineOutage(machine=found, planned_by=actor, planned_by_label=actor.label if actor else "")
    given = {"starts_at": starts_at, "ends_at": ends_at, "reason": " ".join(reason.split())}
    changes = facts.set_facts(outage, given)
    done = carry_out(Span(found, starts_at, ends_at, outage.reason), choices, actor=actor, now=now)
    out_already = AlreadyOut(_("Somebody has just taken the machine out of order at that time."))
    with facts.saving(outage, machine_outages_one_at_a_time=out_already):
        outage.save(force_insert=True)
    _write(outage, done, now)
    audit.record(verb="plan", subject=outage, actor=actor, now=now, changes={"machine": (None, found), **changes})
    return outage


@taking_turns()
def prolong_outage(
    *, outage: MachineOutage, ends_at: datetime, choices: Sequence[Choice], actor: User | None, now: datetime
) -> MachineOutage:
    """Let an outage last longer, do what was chosen for all that is newly in the way, and return it.

    raises: as `plan_outage`; OutageOver
    """
    seen = MachineOutage.objects.select_related("machine").get(pk=outage.pk)
    require_possible(machine=seen.machine, starts_at=seen.ends_at, ends_at=ends_at, now=now, outage=seen)
    span = Span(seen.machine, seen.ends_at, ends_at, seen.reason, seen)
    done = carry_out(span, choices, actor=actor, now=now)  # the first to lock: all it needs, in one order
    longer = _locked(seen)
    if (longer.ends_at, longer.called_off_at) != (seen.ends_at, seen.called_off_at):
        raise PlanChanged(_("Somebody has just changed this outage. Nothing was done: this is how it stands now."))
    changes = facts.set_facts(longer, {"ends_at": ends_at})
    out_already = AlreadyOut(_("Somebody has just taken the machine out of order at that time."))
    with facts.saving(longer, machine_outages_one_at_a_time=out_already):
        longer.save(update_fields=["ends_at"])
    _write(longer, done, now)
    audit.record(verb="extend", subject=longer, actor=actor, now=now, changes=changes)
    return longer


@taking_turns()
def end_outage(*, outage: MachineOutage, ends_at: datetime, actor: User | None, now: datetime) -> MachineOutage:
    """End an outage earlier than planned and return it.

    What it has displaced stays where it went.
    raises: OutageOver, BadPeriod, studio.db.TryAgain
    """
    ended = _locked(outage)
    _require_standing(ended, now)
    if ends_at >= ended.ends_at:
        raise BadPeriod(_("It ends then, or earlier, already. Prolong it instead."))
    if ends_at <= ended.starts_at:
        has_begun = ended.starts_at <= now
        raise BadPeriod(
            _("It has begun already. Choose an end after its start.")
            if has_begun
            else _("Choose an end after its start, or call the outage off.")
        )
    _write_end(ended, "end", {"ends_at": ends_at}, actor, now)
    return ended


@taking_turns()
def call_off_outage(*, outage: MachineOutage, actor: User | None, now: datetime) -> MachineOutage:
    """Call off an outage that has not begun, and return it.

    What it has displaced stays where it went.
    raises: OutageOver, BadPeriod, studio.db.TryAgain
    """
    ended = _locked(outage)
    _require_standing(ended, now)
    if ended.starts_at <= now:
        raise BadPeriod(_("It has begun already. End it instead."))
    _write_end(ended, "call_off", {"called_off_at": now}, actor, now)
    return ended


@taking_turns()
def note_call(*, case: OutageCase, actor: User | None, now: datetime) -> OutageCase:
    """Write down that whoever has a session was called, and return its case; twice is once.

    One call is about all that the outage changed for a member.
    raises: NothingToTell, also where a mail is on its way or has arrived
    """
    member = case.session.member_id if case.session else None
    theirs = Q(pk=case.pk) | Q(outage=case.outage_id, session__member=member) if member else Q(pk=case.pk)
    rows = list(OutageCase.objects.select_for_update(of=("self",)).filter(theirs).order_by("pk"))
    called = next(row for row in rows if row.pk == case.pk)
    keys = set(OutageCase.objects.to_phone().filter(theirs).values_list("pk", flat=True))
    if called.phoned_at is None and called.pk not in keys:
        raise NothingToTell(_("Nobody has to be called about this session."))
    due = [row for row in rows if row.pk in keys]
    for row in due:
        row.phoned_at, row.phoned_by, row.phoned_by_label = now, actor, actor.label if actor else ""
        row.save(update_fields=["phoned_at", "phoned_by", "phoned_by_label"])
    audit.record_each(verb="call", subjects=due, actor=actor, now=now, changes={"phoned_at": (None, now)})
    return called


def require_possible(
    *,
    machine: Machine,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    outage: MachineOutage | None = None,
) -> None:
    """Pass when a machine may be taken out of order in [starts_at, ends_at): asked before anything is looked at.

    outage: the one that is prolonged from `starts_at` on
    raises: BadPeriod, AlreadyOut, OutageOver
    """
    if outage is not None:
        _require_standing(outage, now)
    elif starts_at < now - BEHIND:
        raise BadPeriod(_("An outage begins %(days)d days ago at most.") % {"days": BEHIND.days})
    if machine.retired_at is not None:
        raise BadPeriod(_("%(machine)s is retired.") % {"machine": machine})
    length = ends_at - (outage.starts_at if outage else starts_at)
    if ends_at <= starts_at:
        raise BadPeriod(
            _("An outage must end after it starts.") if outage is None else _("It lasts until then already.")
        )
    if not SHORTEST <= length <= LONGEST_OUTAGE:
        sentence = _("An outage lasts from 15 minutes to %(days)d days. Switch the machine off for longer.")
        raise BadPeriod(sentence % {"days": LONGEST_OUTAGE.days})
    if ends_at <= now:
        raise BadPeriod(_("This outage would be over already."))
    if beyond := beyond_the_calendar(starts_at, starts_at, now):
        raise BadPeriod(beyond.sentence)
    _require_not_out(machine, starts_at, ends_at, outage)
    if in_the_way(machine, starts_at, ends_at, now=now, outage=outage).count() > MOST_DISPLACED:
        sentence = _("More than %(count)d sessions are in the way. Plan a shorter outage first, and prolong it then.")
        raise BadPeriod(sentence % {"count": MOST_DISPLACED})


def _require_not_out(machine: Machine, starts_at: datetime, ends_at: datetime, outage: MachineOutage | None) -> None:
    others = MachineOutage.objects.touching(machine, starts_at, ends_at).order_by("starts_at", "pk")
    other = next((each for each in others if each != outage), None)
    if other is not None:
        sentence = _("%(machine)s is out of order at that time already: %(reason)s (%(when)s).")
        times = when(other.starts_at, other.ends_at, current_profile().zone)
        raise AlreadyOut(sentence % {"machine": machine, "reason": other.reason, "when": times})


def _require_standing(outage: MachineOutage, now: datetime) -> None:
    if outage.called_off_at is not None or outage.ends_at <= now:
        raise OutageOver(_("This outage is over, or was called off. Plan a new one."))


def _locked(outage: MachineOutage) -> MachineOutage:
    """Return an outage's row as it is now, locked after its machine."""
    slots.lock_slots(outage.machine)
    return MachineOutage.objects.select_for_update(of=("self",)).select_related("machine").get(pk=outage.pk)


def _write(outage: MachineOutage, done: Sequence[Done], now: datetime) -> None:
    """Save what became of the sessions in the way, block the machine, and tell whoever has to hear of it."""
    for each in done:
        each.case.outage = outage
    outage_letters.write_letters(done, now=now)
    OutageCase.objects.bulk_create(each.case for each in done)
    outage_blocks.write_blocks(outage)


def _write_end(outage: MachineOutage, verb: str, given: dict[str, datetime], actor: User | None, now: datetime) -> None:
    """Save the end of an outage and free the machine."""
    changes = facts.set_facts(outage, given)
    with facts.saving(outage):
        outage.save(update_fields=list(changes))
    outage_blocks.write_blocks(outage)
    audit.record(verb=verb, subject=outage, actor=actor, now=now, changes=changes)

"""What the page of an outage offers for each session in the way, and what somebody chose there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.forms import asked_instant, uuid_of
from studio.showing import when_exactly
from training.models import Machine, OutageDecision, TrainingSession
from training.selectors.answers import Slot
from training.selectors.credits import fate_of_credit
from training.selectors.outage_plan import Displaced, OutagePlan
from training.services.outage_cases import Choice

MOVE, SETTLE, LEAVE = "move", "settle", "leave"
LONGEST_REASON = 500
OVER_CAP = "over_cap_because"


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can become of a session.

    value: as the form sends it
    """

    value: str
    label: str
    is_chosen: bool

    @property
    def takes_reason(self) -> bool:
        """Whether somebody has to say why."""
        return self.value == LEAVE


@dataclass(frozen=True, slots=True)
class OfferedCase:
    """A session in the way, with what can become of it.

    told: how whoever has it hears of another time or a cancellation; empty where there is nobody
    why: what was typed as the reason for leaving it
    """

    displaced: Displaced
    seen_at: str
    when: str
    options: Sequence[Option]
    told: str
    why: str

    @property
    def session(self) -> TrainingSession:
        """The session."""
        return self.displaced.session


def offered_cases(plan: OutagePlan, data: QueryDict, *, may_override: bool) -> list[OfferedCase]:
    """Return the sessions of a plan as the page offers them; what was chosen stays so where it is still on offer.

    may_override: offer full weeks as well
    """
    today = timezone.localdate()
    return [_offered(displaced, data, today, may_override=may_override) for displaced in plan.displaced]


def _offered(displaced: Displaced, data: QueryDict, today: date, *, may_override: bool) -> OfferedCase:
    session = displaced.session
    values = {_move_value(slot): _move_label(slot, session) for slot in displaced.proposals}
    full = {_move_value(slot): _full_label(slot) for slot in displaced.beyond if may_override}
    values |= full | {SETTLE: _settle_label(session, today), LEAVE: _("Leave it where it is, because")}
    asked = data.get(f"do-{session.pk}", "")
    chosen = asked if asked in values else next(value for value in values if value not in full)
    return OfferedCase(
        displaced,
        session.updated_at.isoformat(),
        when_exactly(session.scheduled_start, session.scheduled_end),
        [Option(value, label, value == chosen) for value, label in values.items()],
        _told(session),
        data.get(f"why-{session.pk}", ""),
    )


def _move_value(slot: Slot) -> str:
    return "|".join((MOVE, str(slot.machine.pk), slot.starts_at.isoformat(), slot.ends_at.isoformat()))


def _move_label(slot: Slot, session: TrainingSession) -> str:
    if slot.starts_at == session.scheduled_start:
        return _("Move it to %(machine)s, at the same time") % {"machine": slot.machine}
    facts = {"when": when_exactly(slot.starts_at, slot.ends_at), "machine": slot.machine}
    return _("Move it to %(when)s, on %(machine)s") % facts


def _full_label(slot: Slot) -> str:
    facts = {"when": when_exactly(slot.starts_at, slot.ends_at), "machine": slot.machine}
    return _("Move it to %(when)s, on %(machine)s: that week is full") % facts


def _settle_label(session: TrainingSession, today: date) -> str:
    if session.subscription is None:
        return _("Cancel it")
    return _("Cancel it. %(credit)s") % {"credit": fate_of_credit(session.subscription, today)}


def _told(session: TrainingSession) -> str:
    """Return how whoever has a session hears of what changes for them."""
    member = session.member
    if member is None:
        return _("The studio of the guest has to be called.") if session.current_participants else ""
    if member.email:
        return _("Another time or a cancellation is told by mail to %(email)s.") % {"email": member.email}
    if member.phone:
        return _("No e-mail address is known: call %(phone)s.") % {"phone": member.phone}
    return _("Neither an e-mail address nor a telephone number is known.")


def asked_choices(data: QueryDict) -> list[Choice]:
    """Return what a form chose for each session that it showed; what cannot be read is no choice, and is refused."""
    keys = dict.fromkeys(key for text in data.getlist("session") if (key := uuid_of(text)))
    machines = Machine.objects.in_bulk({slot[0] for key in keys if (slot := _asked_slot(data, key))})
    return [_choice(data, key, machines) for key in keys]


def _choice(data: QueryDict, key: UUID, machines: dict[Any, Machine]) -> Choice:
    seen_at = asked_instant(data.get(f"seen-{key}", ""))
    asked = data.get(f"do-{key}", "")
    if asked == SETTLE:
        return Choice(key, seen_at, OutageDecision.SETTLED)
    if asked == LEAVE:
        return Choice(key, seen_at, OutageDecision.LEFT, reason=data.get(f"why-{key}", "")[:LONGEST_REASON])
    slot = _asked_slot(data, key)
    if slot is None or slot[0] not in machines:
        return Choice(key, seen_at, OutageDecision.MOVED)
    there, because = Slot(machines[slot[0]], slot[1], slot[2]), data.get(OVER_CAP, "")[:LONGEST_REASON]
    return Choice(key, seen_at, OutageDecision.MOVED, there, over_cap_because=because)


def _asked_slot(data: QueryDict, key: UUID) -> tuple[UUID, datetime, datetime] | None:
    """Return the machine and the times that a session should move to; None where none can be read."""
    parts = data.get(f"do-{key}", "").split("|")
    if len(parts) != len(("move", "machine", "start", "end")) or parts[0] != MOVE:
        return None
    machine, start, end = uuid_of(parts[1]), asked_instant(parts[2]), asked_instant(parts[3])
    return (machine, start, end) if machine and start and end else None

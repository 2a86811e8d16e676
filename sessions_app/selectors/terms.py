"""The terms a booking was made under, and what a change costs by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from sessions_app.models import BookingPolicy, FeeKind, SessionStatus, StudioSession
from studio.clock import minutes
from studio.money import quantise
from studio.showing import money

FREE_STATUSES = (SessionStatus.HOLD, SessionStatus.REQUESTED, SessionStatus.EXPIRED)  # nothing is agreed yet


@dataclass(frozen=True, slots=True)
class Step:
    """With less notice than so many hours a change costs a percentage of the total, or an amount.

    hours: None for a no-show
    """

    kind: str
    hours: int | None
    percent: Decimal | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy said when a session was booked; without steps every change is free."""

    name: str = ""
    grace: timedelta = timedelta()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class FeeDue:
    """What a change costs now, and why."""

    kind: FeeKind
    amount: Decimal
    explanation: str


def to_stored(terms: Terms) -> dict[str, Any]:
    """Return terms as the session keeps them."""
    steps = [
        {"kind": step.kind, "hours": step.hours, "percent": _text(step.percent), "amount": _text(step.amount)}
        for step in terms.steps
    ]
    return {"name": terms.name, "grace_minutes": terms.grace // minutes(1), "steps": steps}


def from_stored(stored: dict[str, Any]) -> Terms:
    """Return terms out of what the session keeps."""
    steps = tuple(
        Step(step["kind"], step["hours"], _number(step["percent"]), _number(step["amount"])) for step in stored["steps"]
    )
    return Terms(stored["name"], minutes(stored["grace_minutes"]), steps)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def terms_now(session: StudioSession) -> Terms:
    """Return what the policies say at present of a booking like this one: the most specific of them holds.

    queries: 2
    """
    return _fitting_terms(session, _policies())


def _policies() -> list[BookingPolicy]:
    return list(BookingPolicy.objects.filter(is_active=True).prefetch_related("tiers"))


def _fitting_terms(session: StudioSession, policies: Sequence[BookingPolicy]) -> Terms:
    kinds = {"", session.room.kind if session.room else ""}
    fitting = [each for each in policies if each.booking_type in {"", session.booking_type} and each.room_kind in kinds]
    if not fitting:
        return Terms()
    policy = min(fitting, key=lambda each: (not each.booking_type, not each.room_kind))
    steps = tuple(Step(tier.kind, tier.hours_before, tier.percent, tier.amount) for tier in policy.tiers.all())
    return Terms(policy.name, minutes(policy.grace_minutes), steps)


def terms_of(session: StudioSession) -> Terms:
    """Return the terms of a booking: as agreed, or as the policy is now where none were written down.

    queries: 0 where they were, else 2
    """
    return terms_now(session) if session.terms is None else from_stored(session.terms)


def fee_due(session: StudioSession, kind: FeeKind, *, now: datetime) -> FeeDue:
    """Return what a change of a session costs at this moment; zero with the reason where it is free.

    session: as it is before the change
    """
    return _due(session, kind, terms_of(session), now)


def fees_due(sessions: Sequence[StudioSession], kind: FeeKind, *, now: datetime) -> dict[StudioSession, FeeDue]:
    """Return what a change of each session costs at this moment, in their order; only those that it costs something.

    sessions: with their rooms, as they are before the change
    queries: 2 at most, however many sessions
    """
    policies = _policies() if any(session.terms is None for session in sessions) else []
    dues = dict[StudioSession, FeeDue]()
    for session in sessions:
        terms = _fitting_terms(session, policies) if session.terms is None else from_stored(session.terms)
        if session.invoiced_at is None:
            dues[session] = _due(session, kind, terms, now)
    return {session: due for session, due in dues.items() if due.amount}


def _due(session: StudioSession, kind: FeeKind, terms: Terms, now: datetime) -> FeeDue:
    if session.client_id is None or session.status in FREE_STATUSES:
        return FeeDue(kind, Decimal(0), _("Nothing is agreed with a client yet."))
    if kind != FeeKind.NO_SHOW and session.booked_at and now < session.booked_at + terms.grace:
        sentence = _("Free: it was booked less than %(minutes)d minutes ago.")
        return FeeDue(kind, Decimal(0), sentence % {"minutes": terms.grace // minutes(1)})
    step = _step(terms, kind, session.starts_at - now)
    if step is None:
        return FeeDue(kind, Decimal(0), _("Free by the terms of the booking."))
    return FeeDue(kind, _amount(step, session), _explanation(step, terms, session))


def terms_in_words(session: StudioSession) -> list[str]:
    """Return what the terms of a booking ask for a change, a line for each step, the longest notice first.

    queries: as `terms_of`
    """
    steps = sorted(
        terms_of(session).steps, key=lambda step: (list(FeeKind).index(FeeKind(step.kind)), -(step.hours or 0))
    )
    return [_in_words(step, session) for step in steps]


def _in_words(step: Step, session: StudioSession) -> str:
    if step.amount is not None:
        price = money(step.amount, session.currency)
    else:
        price = _("%(percent)s %% of the price") % {"percent": _short(step.percent or Decimal(0))}
    said = {"what": FeeKind(step.kind).label.capitalize(), "hours": step.hours, "price": price}
    if step.hours is None:
        return _("%(what)s: %(price)s") % said
    return _("%(what)s less than %(hours)d hours before the start: %(price)s") % said


def _short(percent: Decimal) -> str:
    return number_format(percent.to_integral_value() if percent == percent.to_integral_value() else percent.normalize())


def gives_time_up(session: StudioSession, *, starts_at: datetime, ends_at: datetime) -> bool:
    """Return whether a move gives back some of the booked time; another room or a later end does not."""
    return starts_at != session.starts_at or ends_at < session.ends_at


def _step(terms: Terms, kind: FeeKind, notice: timedelta) -> Step | None:
    """Return the step with the fewest hours that the notice falls short of."""
    fitting = [
        step
        for step in terms.steps
        if step.kind == kind and (step.hours is None or notice < timedelta(hours=step.hours))
    ]
    return min(fitting, key=lambda step: step.hours or 0, default=None)


def _amount(step: Step, session: StudioSession) -> Decimal:
    if step.amount is not None:
        return quantise(step.amount, session.currency)
    return quantise((session.total or Decimal(0)) * (step.percent or Decimal(0)) / 100, session.currency)


def _explanation(step: Step, terms: Terms, session: StudioSession) -> str:
    if step.hours is None:
        when = _("nobody came")
    else:
        when = _("less than %(hours)d hours before the start") % {"hours": step.hours}
    if step.amount is not None:
        price = money(step.amount, session.currency)
    else:
        price = _("%(percent)s %% of %(total)s") % {
            "percent": _short(step.percent or Decimal(0)),
            "total": money(session.total or Decimal(0), session.currency),
        }
    return _("%(terms)s: %(when)s, %(price)s.") % {"terms": terms.name, "when": when, "price": price}

"""Giving members a plan, renewing, upgrading and cancelling it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

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
from training.models import (
    OPEN_STATUSES,
    CreditKind,
    Member,
    MemberType,
    Plan,
    Subscription,
    SubscriptionPause,
    SubscriptionStatus,
)
from training.selectors.dates import ONE_DAY, last_day
from training.selectors.grants import grant_of
from training.selectors.upgrades import upgrade_quote
from training.services import booked_ahead, first_subscriptions, ledger, term_moves
from training.services.booked_ahead import Settlement

ENDING_FIELDS = (
    "status",
    "cancelled_at",
    "cancelled_by",
    "cancelled_by_label",
    "cancellation_reason",
    "upgraded_to",
)


class NotOnSale(DomainError):
    """The plan is not sold, or not to this member."""


class TermTaken(DomainError):
    """The member has a subscription at that time."""


class WrongTerm(DomainError):
    """The term is over before it begins."""

    status_code = 400


class WrongStatus(DomainError):
    """The subscription is not in a state from which this may happen."""


@taking_turns()
def grant_subscription(
    *,
    member: Member,
    plan: Plan,
    starts_on: date,
    actor: User | None,
    now: datetime,
    signup_fee: Decimal | Unsent = NOT_SENT,
    notes: str = "",
) -> Subscription:
    """Give a member a plan from a day on, and return the subscription: active, or scheduled for a day to come.

    One that is used up makes room for another from today on.
    signup_fee: not sent is the plan's for a member's first subscription, none afterwards
    raises: NotOnSale, TermTaken, WrongTerm, facts.BadFacts, studio.db.TryAgain
    """
    ledger.lock_member(member)
    buyer = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    today = local_day(now, current_profile().zone)
    agreed = signup_fee if isinstance(signup_fee, Decimal) else None
    given = grant_of(member=buyer, plan=plan, starts_on=starts_on, agreed_fee=agreed)
    _require_sold(plan, buyer)
    if starts_on <= today:
        ledger.make_room(member=buyer, today=today, actor=actor, now=now)
    _require_free_term(buyer, starts_on)
    granted = _begin(buyer, plan, starts_on=starts_on, actor=actor, now=now, signup_fee=given.signup_fee, notes=notes)
    if given.is_first:
        first_subscriptions.settle_first(subscription=granted, actor=actor, now=now)
    return granted


@taking_turns()
def renew_subscription(*, subscription: Subscription, plan: Plan, actor: User | None, now: datetime) -> Subscription:
    """Follow a subscription up with a new one of the same plan or another, and return that; the old one stays.

    It begins the day after the last one of the member ends, or today where that is past or used up.
    raises: NotOnSale, WrongStatus when it is renewed already or was cancelled, studio.db.TryAgain
    """
    old = ledger.locked(subscription)
    if old.status == SubscriptionStatus.CANCELLED:
        raise WrongStatus(_("This subscription was cancelled. Give the member a new one instead."))
    today = local_day(now, current_profile().zone)
    _require_sold(plan, old.member)
    ledger.make_room(member=old.member, today=today, actor=actor, now=now)
    already = WrongStatus(_("This subscription is renewed already."))
    return _begin(
        old.member,
        plan,
        starts_on=renewal_day(old.member, today),
        actor=actor,
        now=now,
        renewed_from=old,
        refusals={"subscriptions_renewed_once": already},
    )


def renewal_day(member: Member, today: date) -> date:
    """Return the first day that no open subscription of a member has, today at the earliest.

    Behind a paused one it is the day after its last one as that stands now: both move when it is resumed.
    queries: 1
    """
    opened = list(Subscription.objects.open().filter(member=member).values_list("status", "ends_on"))
    is_paused = any(status == SubscriptionStatus.PAUSED for status, _end in opened)
    return max([*([] if is_paused else [today]), *(end + ONE_DAY for _status, end in opened)])


@taking_turns()
def upgrade_subscription(*, subscription: Subscription, plan: Plan, actor: User | None, now: datetime) -> Subscription:
    """Replace an active subscription by another plan from today on, and return the new one.

    What is left of the old one settles what is unpaid of it; the rest is taken off the new price, down to zero. The old
    one is cancelled and linked, and goes on paying for what is booked on it.
    raises: NotOnSale, also for the plan that it has; WrongStatus, TermTaken when a renewal is scheduled,
        studio.db.TryAgain
    """
    old = ledger.locked(subscription)
    if old.status != SubscriptionStatus.ACTIVE:
        raise WrongStatus(_("Only an active subscription can be upgraded."))
    today = local_day(now, current_profile().zone)
    if not old.runs_on(today):
        told = _("%(plan)s ended on %(day)s. Renew it instead.")
        raise WrongStatus(told % {"plan": old.plan_name, "day": day_text(old.ends_on)})
    _require_sold(plan, old.member)
    if (later := Subscription.objects.open().filter(member=old.member).exclude(pk=old.pk).first()) is not None:
        told = _("%(plan)s is scheduled from %(day)s on. Cancel it first, then upgrade.")
        raise TermTaken(told % {"plan": later.plan_name, "day": day_text(later.starts_on)})
    if plan.pk == old.plan_id:
        raise NotOnSale(_("This is the plan that it has. Renew it instead, or choose another one."))
    quote = upgrade_quote(old, plan)
    _cancel(old, _("Upgraded to %(plan)s.") % {"plan": plan}, actor, now)
    new = _begin(old.member, plan, starts_on=today, actor=actor, now=now, credited_amount=quote.credited)
    settled = {"credited_amount": (old.credited_amount, old.credited_amount + quote.settled)}
    old.upgraded_to, old.credited_amount = new, old.credited_amount + quote.settled
    old.save(update_fields=["upgraded_to", "credited_amount"])
    changes = {"plan_name": (old.plan_name, new.plan_name), "credited_amount": (None, quote.credited)}
    audit.record(verb="upgrade", subject=new, actor=actor, now=now, changes=changes)
    if quote.settled:
        audit.record(verb="change", subject=old, actor=actor, now=now, changes=settled)
    return new


@taking_turns()
def cancel_subscription(
    *,
    subscription: Subscription,
    reason: str,
    actor: User | None,
    now: datetime,
    booked: Settlement | None = None,
) -> Subscription:
    """End a subscription before its time, and return it; what is left of it expires, also what comes back first.

    booked: what becomes of the sessions to come that it pays for; None where there are none
    raises: WrongStatus, facts.NoReason, booked_ahead.StillBooked, studio.db.TryAgain
    """
    ended, ahead = booked_ahead.locked(subscription, now=now)
    if ended.status == SubscriptionStatus.CANCELLED:
        return ended
    if ended.status not in OPEN_STATUSES:
        raise WrongStatus(_("This subscription has ended already."))
    if not reason.strip():
        raise facts.NoReason(_("Say why the subscription is cancelled."))
    booked_ahead.settle(sessions=ahead, by=booked, because=reason.strip(), actor=actor, now=now)
    before, today = ended.status, local_day(now, current_profile().zone)
    SubscriptionPause.objects.filter(subscription=ended, resumed_on__isnull=True).update(
        resumed_on=today, updated_at=now
    )
    _cancel(ended, reason.strip(), actor, now)
    changes: facts.Changes = {"status": (before, ended.status)} | ({"booked": (len(ahead), booked)} if ahead else {})
    audit.record(verb="cancel", subject=ended, actor=actor, now=now, changes=changes, reason=reason.strip())
    _catch_up(ended, today, actor, now)
    return ended


def _require_sold(plan: Plan, member: Member) -> None:
    if not plan.is_active:
        raise NotOnSale(_("%(plan)s is no longer sold. Choose another plan.") % {"plan": plan})
    collaborates = member.member_type == MemberType.COLLABORATION
    if plan.is_collaboration != collaborates:
        told = (
            _("%(member)s is a collaboration member: choose a plan for collaborations.")
            if collaborates
            else _("%(plan)s is for collaboration members, and %(member)s is not one.")
        )
        raise NotOnSale(told % {"plan": plan, "member": member})


def _require_free_term(member: Member, starts_on: date) -> None:
    """Pass when a member's open subscriptions have all ended by a day.

    raises: TermTaken, naming the first day that is free
    """
    opened = Subscription.objects.open().filter(member=member).order_by("-ends_on", "-pk")
    if (paused := opened.filter(status=SubscriptionStatus.PAUSED).first()) is not None:
        told = _("%(plan)s of %(member)s is paused. Renew it, or resume it first.")
        raise TermTaken(told % {"plan": paused.plan_name, "member": member})
    last = opened.first()
    if last is not None and last.ends_on >= starts_on:
        told = _("%(member)s has %(plan)s until %(last)s. Renew or upgrade it, or begin on %(day)s.")
        named = {"member": member, "plan": last.plan_name, "last": day_text(last.ends_on)}
        raise TermTaken(told % {**named, "day": day_text(last.ends_on + ONE_DAY)})


def _begin(
    member: Member,
    plan: Plan,
    *,
    starts_on: date,
    actor: User | None,
    now: datetime,
    refusals: dict[str, DomainError] | None = None,
    **given: Any,
) -> Subscription:
    """Write a subscription to a plan as it is now, with its credits."""
    profile = current_profile()
    today, ends_on = local_day(now, profile.zone), last_day(starts_on, plan.months)
    waits = starts_on > today or Subscription.objects.current().filter(member=member).exists()
    if ends_on < today and not waits:
        raise WrongTerm(_("These sessions would have expired on %(day)s.") % {"day": day_text(ends_on)})
    new = Subscription(member=member, plan=plan, currency=profile.currency)
    copied = {"plan_name": plan.name, "sessions_count": plan.sessions_count, "price": plan.price}
    term = {"starts_on": starts_on, "ends_on": ends_on, "days": (ends_on - starts_on).days + 1}
    status = SubscriptionStatus.SCHEDULED if waits else SubscriptionStatus.ACTIVE
    facts.set_facts(new, {**copied, **term, "next_billing_on": ends_on + ONE_DAY, "status": status, **given})
    taken = TermTaken(_("This member has an active subscription already."))
    with facts.saving(new, subscriptions_one_active_per_member=taken, **(refusals or {})):
        new.save(force_insert=True)
    ledger.enter(lot=new, kind=CreditKind.BOUGHT, quantity=plan.sessions_count, actor=actor, now=now)
    told = {"status": status, "member": member, **copied, "starts_on": starts_on, "ends_on": ends_on}
    verb = "renew" if new.renewed_from_id else "create"
    audit.record(
        verb=verb, subject=new, actor=actor, now=now, changes={field: (None, value) for field, value in told.items()}
    )
    return new


def _cancel(ended: Subscription, reason: str, actor: User | None, now: datetime) -> None:
    """Save a subscription as cancelled, and let what is left of it expire."""
    ledger.expire_rest(lot=ended, reason=reason, actor=actor, now=now)
    ended.status = SubscriptionStatus.CANCELLED
    facts.set_facts(ended, {"cancellation_reason": reason})
    ended.cancelled_at, ended.cancelled_by = now, actor
    ended.cancelled_by_label = actor.label if actor else ""
    ended.save(update_fields=ENDING_FIELDS)


def _catch_up(ended: Subscription, today: date, actor: User | None, now: datetime) -> None:
    """Let the scheduled subscriptions that a cancelled one kept waiting begin today, with all their days."""
    if Subscription.objects.current().filter(member=ended.member).exists():
        return  # they wait for that one, which moves them when it goes on
    waiting = list(Subscription.objects.locked().filter(member=ended.member, status=SubscriptionStatus.SCHEDULED))
    first = min((each.starts_on for each in waiting), default=today)
    if first < today:
        because = _("%(plan)s, which it waited for, was cancelled.") % {"plan": ended.plan_name}
        term_moves.move_terms(subscriptions=waiting, by=today - first, because=because, actor=actor, now=now)
        term_moves.recharge_strays(member=ended.member, actor=actor, now=now)

"""Former plans and subscriptions, with a ledger that begins at what was left."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from studio.clock import local_day
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside
from training.models import CreditKind, Plan, Subscription, SubscriptionPause, SubscriptionStatus
from training.models.plan import MOST_MONTHS, MOST_SESSIONS
from training.services import ledger

STATUSES = {status.value: status.value for status in SubscriptionStatus} | {
    "pending": SubscriptionStatus.SCHEDULED.value
}
ENDED = {SubscriptionStatus.CANCELLED, SubscriptionStatus.EXPIRED}
MOST_DAYS = 32767


def adopt_plan(row: FormerRow, _run: Run) -> Plan:
    """Return the plan that a row of `subscription_plans` becomes."""
    count = row.whole("sessions_count", least=1, most=MOST_SESSIONS, default=None)
    if count is None:
        raise SetAside(_("It has no sessions."))
    return Plan.objects.create(
        name=row.text("name", longest=120),
        description=row.raw_text("description"),
        sessions_count=count,
        months=row.whole("duration_months", least=1, most=MOST_MONTHS, default=1) or 1,
        price=row.amount("price") or Decimal(0),
        signup_fee=row.amount("signup_fee") or Decimal(0),
        is_collaboration=row.flag("is_collaboration_plan", default=False),
        is_active=row.flag("is_active", default=True),
    )


def adopt_subscription(row: FormerRow, run: Run) -> Subscription:
    """Return the subscription that a row of `member_subscriptions` becomes.

    The former system counted what was used and did not say by which sessions: the ledger begins with what was bought,
    and with that number taken off it. What is left of one that has ended expires with it; so has an active one whose
    last day is past, which the former system never ended by itself. Of two that are active today the first is taken
    over; the second is set aside, for people to settle what it was.
    """
    plan_key = run.linked(row, "plan_id", "subscription_plans")
    plan = Plan.objects.get(pk=plan_key) if plan_key else None
    status = SubscriptionStatus(row.choice("status", STATUSES, default=SubscriptionStatus.ACTIVE))
    starts_on, ends_on = _term(row, run, plan)
    if status == SubscriptionStatus.ACTIVE and ends_on < local_day(run.now, run.zone):
        status = SubscriptionStatus.EXPIRED
    lot = Subscription(
        member_id=run.required(row, "member_id", "members"),
        plan=plan,
        plan_name=row.text("plan_name_snapshot", longest=120) or (plan.name if plan else _("Former plan")),
        sessions_count=_sessions(row, plan),
        days=row.whole("duration_days_snapshot", least=1, most=MOST_DAYS, default=None)
        or (ends_on - starts_on).days + 1,
        starts_on=starts_on,
        ends_on=ends_on,
        status=status,
        currency=run.currency,
        **_amounts(row, plan),
        paid_amount=row.amount("paid_amount") or Decimal(0),
        notes=row.raw_text("notes"),
    )
    if status == SubscriptionStatus.CANCELLED:
        lot.cancelled_at = row.instant("cancellation_date") or run.now
        lot.cancellation_reason = row.text("cancellation_reason", longest=500) or _("Cancelled in the former system.")
    lot.save(force_insert=True)
    _enter(lot, row, run)
    if status == SubscriptionStatus.PAUSED:
        _pause(lot, row, run)
    return lot


def _term(row: FormerRow, run: Run, plan: Plan | None) -> tuple[date, date]:
    starts_on, ends_on = row.day("start_date"), row.day("end_date")
    if starts_on is None:
        raise SetAside(_("It has no first day."))
    if ends_on is None:
        if plan is None:
            raise SetAside(_("It has no last day."))
        ends_on = starts_on + timedelta(days=30 * plan.months)  # as the former system counted months
        row.notes.append(_("It had no last day; it ends after the plan's months of 30 days."))
    return starts_on + run.shift, ends_on + run.shift


def _sessions(row: FormerRow, plan: Plan | None) -> int:
    count = row.whole("total_sessions_snapshot", least=1, most=MOST_SESSIONS, default=None)
    if count is None and plan is None:
        raise SetAside(_("It has no sessions."))
    return count or (plan.sessions_count if plan else 0)


def _amounts(row: FormerRow, plan: Plan | None) -> dict[str, Decimal]:
    """Return price and sign-up fee: what was agreed above the price is the fee; a higher price than agreed is kept."""
    agreed, price = row.amount("total_amount_snapshot"), row.amount("price")
    if price is None:
        price = agreed if agreed is not None else plan.price if plan else Decimal(0)
    if agreed is not None and agreed < price:
        row.keep("price", _("The agreed amount holds: %(amount)s.") % {"amount": agreed})
        price = agreed
    return {"price": price, "signup_fee": agreed - price if agreed is not None else Decimal(0)}


def _enter(lot: Subscription, row: FormerRow, run: Run) -> None:
    used = row.whole("used_sessions", least=0, most=lot.sessions_count, default=0) or 0
    ledger.enter(lot=lot, kind=CreditKind.BOUGHT, quantity=lot.sessions_count, actor=None, now=run.now)
    if used:
        reason = _("Used in the former system.")
        ledger.enter(lot=lot, kind=CreditKind.ADJUSTED, quantity=-used, actor=None, now=run.now, reason=reason)
    if lot.status in ENDED:
        ledger.expire_rest(lot=lot, reason=_("Ended in the former system."), actor=None, now=run.now)


def _pause(lot: Subscription, row: FormerRow, run: Run) -> None:
    """Let a paused one rest since the day that is known, else since today: days before it cannot be given back."""
    since, until = row.day("pause_start_date"), row.day("pause_end_date")
    starts_on = since + run.shift if since else local_day(run.now, run.zone)
    resumes_on = until + run.shift if until else None
    SubscriptionPause.objects.create(
        subscription=lot,
        starts_on=starts_on,
        resumes_on=resumes_on if resumes_on and resumes_on > starts_on else None,
        reason=row.text("pause_reason", longest=500) or _("Paused in the former system."),
    )

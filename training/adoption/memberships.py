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
    and with that number taken off it. What is left of one that has ended expires with it. Of several that run today
    one goes on, see `rank_subscription`; what becomes of the others is in `_standing`.
    """
    plan_key = run.linked(row, "plan_id", "subscription_plans")
    plan = Plan.objects.get(pk=plan_key) if plan_key else None
    starts_on, ends_on = _term(row, run, plan)
    lot = Subscription(
        member_id=run.required(row, "member_id", "members"),
        plan=plan,
        plan_name=row.text("plan_name_snapshot", longest=120) or (plan.name if plan else _("Former plan")),
        sessions_count=_sessions(row, plan),
        days=row.whole("duration_days_snapshot", least=1, most=MOST_DAYS, default=None)
        or (ends_on - starts_on).days + 1,
        starts_on=starts_on,
        ends_on=ends_on,
        status=row.choice("status", STATUSES, default=SubscriptionStatus.ACTIVE),
        currency=run.currency,
        **_amounts(row, plan),
        paid_amount=row.amount("paid_amount") or Decimal(0),
        notes=row.raw_text("notes"),
    )
    used = row.whole("used_sessions", least=0, most=lot.sessions_count, default=0) or 0
    lot.status = _standing(lot, used, local_day(run.now, run.zone))
    if lot.status == SubscriptionStatus.CANCELLED:
        lot.cancelled_at = row.instant("cancellation_date") or run.now
        lot.cancellation_reason = row.text("cancellation_reason", longest=500) or _("Cancelled in the former system.")
    lot.save(force_insert=True)
    _enter(lot, used, run)
    if lot.status == SubscriptionStatus.PAUSED:
        _pause(lot, row, run)
    return lot


def rank_subscription(row: FormerRow) -> tuple[bool, bool, bool, date, date, int]:
    """Return how much a row is the plan that its member trains on: of several that run today the greatest goes on.

    It is active rather than paused, has sessions left, is in use already, began last, ends last, has more left.
    """
    try:
        count = row.whole("total_sessions_snapshot", least=1, most=MOST_SESSIONS, default=MOST_SESSIONS) or 0
        used = row.whole("used_sessions", least=0, most=count, default=0) or 0
        starts_on, ends_on = row.day("start_date") or date.min, row.day("end_date") or date.max
    except SetAside:  # it is refused for this in its turn
        return (False, False, False, date.min, date.min, 0)
    is_active = row.text("status").lower() in {"", SubscriptionStatus.ACTIVE}
    return (is_active, used < count, used > 0, starts_on, ends_on, count - used)


def _standing(lot: Subscription, used: int, today: date) -> SubscriptionStatus:
    """Return where a subscription stands: the former system ended none by its date, and let a member have several.

    One that begins later waits for its day. Beside another one that runs, one that is used up has ended, and one that
    is untouched and ends later waits until the other has ended.
    raises: SetAside for any other: people say what becomes of the sessions that are left on it
    """
    status = SubscriptionStatus(lot.status)
    if status == SubscriptionStatus.ACTIVE and not lot.runs_on(today):
        return SubscriptionStatus.EXPIRED
    if status == SubscriptionStatus.ACTIVE and lot.starts_on > today:
        return SubscriptionStatus.SCHEDULED
    other = Subscription.objects.current().filter(member=lot.member_id).first() if lot.is_current else None
    if other is None:
        return status
    if used == lot.sessions_count:
        return SubscriptionStatus.EXPIRED
    if used == 0 and status == SubscriptionStatus.ACTIVE and lot.ends_on > other.ends_on:
        return SubscriptionStatus.SCHEDULED
    sentence = _(
        "A member has one plan at a time: %(other)s goes on, as the one in use, else the newest, else that with more"
        " left. %(left)d of %(count)d sessions are left on this one: add them to the other by hand, or let them go."
    )
    raise SetAside(sentence % {"other": other, "left": lot.sessions_count - used, "count": lot.sessions_count})


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


def _enter(lot: Subscription, used: int, run: Run) -> None:
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

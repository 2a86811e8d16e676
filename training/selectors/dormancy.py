"""Members who have not come for months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery

from studio.clock import local_day, local_midnight
from studio.office.models import StudioProfile
from training.models import (
    Member,
    MemberStatus,
    Subscription,
    SubscriptionPause,
    SubscriptionStatus,
    TrainingSession,
    TrainingStatus,
)


@dataclass(frozen=True, slots=True)
class Dormancy:
    """Who is dormant by the studio's own rule.

    months: so many without a completed session
    since: whoever has not come since this day
    members: each with `last_came_at`, an instant or None for somebody who never came, and with `plan_name` and
        `plan_ends_on` of the last plan, None without one
    """

    months: int
    since: date
    members: Sequence[Member]


def dormancy(*, profile: StudioProfile, now: datetime) -> Dormancy:
    """Return the active members who have not come for the studio's number of months, longest away first.

    Somebody who joined or came back within those months is none of them, nor is anybody with a session to come, with
    sessions left on a plan that has not ended, or whose plan was paused in that time: staying away was agreed.
    queries: 1
    """
    today = local_day(now, profile.zone)
    since = today - relativedelta(months=profile.dormant_after_months)
    rows = dormant_members(since=local_midnight(since, profile.zone), joined_before=since, today=today, now=now)
    return Dormancy(profile.dormant_after_months, since, list(rows))


def dormant_members(*, since: datetime, joined_before: date, today: date, now: datetime) -> QuerySet[Member]:
    """Return the active members without a sign of life from an instant on.

    Each has `last_came_at`, and `plan_name` and `plan_ends_on` of the last plan that they had, None without one.
    """
    of_member = TrainingSession.objects.filter(member=OuterRef("pk"))
    completed = of_member.filter(status=TrainingStatus.COMPLETED).order_by("-scheduled_start")
    last_came = Subquery(completed.values("scheduled_end")[:1], output_field=DateTimeField())
    joined = Q(join_date__lt=joined_before) | Q(join_date__isnull=True, created_at__lt=since)
    returned = Q(reactivated_at__isnull=True) | Q(reactivated_at__lt=since)
    rests = Q(resumed_on__isnull=True, subscription__status=SubscriptionStatus.PAUSED)
    paused = SubscriptionPause.objects.filter(
        rests | Q(resumed_on__gt=joined_before), subscription__member=OuterRef("pk")
    )
    plans = Subscription.objects.filter(member=OuterRef("pk"))
    last_plan = plans.exclude(status=SubscriptionStatus.SCHEDULED).order_by("-ends_on", "-pk")
    running: QuerySet[Any] = plans.open().filter(ends_on__gte=today).with_balance()
    return (
        Member.objects.filter(joined, returned, status=MemberStatus.ACTIVE)
        .filter(~Exists(completed.filter(scheduled_end__gte=since)), ~Exists(of_member.upcoming(now)), ~Exists(paused))
        .exclude(Exists(running.filter(balance__gt=0)))
        .annotate(
            last_came_at=last_came,
            plan_name=Subquery(last_plan.values("plan_name")[:1]),
            plan_ends_on=Subquery(last_plan.values("ends_on")[:1]),
        )
        .order_by(F("last_came_at").asc(nulls_first=True), "last_name", "first_name", "pk")
    )

"""Members who have not come for months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery

from studio.clock import local_day, local_midnight
from studio.office.models import StudioProfile
from training.models import Member, MemberStatus, SubscriptionPause, SubscriptionStatus, TrainingSession, TrainingStatus


@dataclass(frozen=True, slots=True)
class Dormancy:
    """Who is dormant by the studio's own rule.

    months: so many without a completed session
    since: whoever has not come since this day
    members: each with `last_came_at`, an instant or None for somebody who never came
    """

    months: int
    since: date
    members: Sequence[Member]


def dormancy(*, profile: StudioProfile, now: datetime) -> Dormancy:
    """Return the active members who have not come for the studio's number of months, longest away first.

    Somebody who joined or came back within those months is none of them, nor is anybody with a session to come, or
    whose plan was paused in that time: staying away was agreed.
    queries: 1
    """
    since = local_day(now, profile.zone) - relativedelta(months=profile.dormant_after_months)
    rows = dormant_members(since=local_midnight(since, profile.zone), joined_before=since, now=now)
    return Dormancy(profile.dormant_after_months, since, list(rows))


def dormant_members(*, since: datetime, joined_before: date, now: datetime) -> QuerySet[Member]:
    """Return the active members without a sign of life from an instant on, each with `last_came_at`."""
    of_member = TrainingSession.objects.filter(member=OuterRef("pk"))
    completed = of_member.filter(status=TrainingStatus.COMPLETED).order_by("-scheduled_start")
    last_came = Subquery(completed.values("scheduled_end")[:1], output_field=DateTimeField())
    joined = Q(join_date__lt=joined_before) | Q(join_date__isnull=True, created_at__lt=since)
    returned = Q(reactivated_at__isnull=True) | Q(reactivated_at__lt=since)
    rests = Q(resumed_on__isnull=True, subscription__status=SubscriptionStatus.PAUSED)
    paused = SubscriptionPause.objects.filter(
        rests | Q(resumed_on__gt=joined_before), subscription__member=OuterRef("pk")
    )
    return (
        Member.objects.filter(joined, returned, status=MemberStatus.ACTIVE)
        .filter(~Exists(completed.filter(scheduled_end__gte=since)), ~Exists(of_member.upcoming(now)), ~Exists(paused))
        .annotate(last_came_at=last_came)
        .order_by(F("last_came_at").asc(nulls_first=True), "last_name", "first_name", "pk")
    )

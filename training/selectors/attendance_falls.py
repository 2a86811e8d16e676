"""Who slips away: members who came less often than in as many days before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DateTimeField, Max, OuterRef, Q, Subquery

from studio.clock import local_day, local_midnight
from training.models import Member, MemberStatus, Subscription, TrainingSession, TrainingStatus
from training.selectors.dates import ONE_DAY

OFTEN = 2  # sessions: whoever came once has no habit to lose
HALF = 2
LEAST = timedelta(weeks=4)  # a week's holiday is no slipping away


@dataclass(frozen=True, slots=True)
class Falling:
    """A member who comes half as often as before, or less.

    before, now: completed sessions of the days before, and of those asked about
    came_on: the day of the last completed session
    next_on: the day of the next one that is booked; plan, plan_ends_on: of what runs; each None or empty without one
    """

    key: Any
    name: str
    status: str
    before: int
    now: int
    came_on: date
    next_on: date | None
    plan: str
    plan_ends_on: date | None


@dataclass(frozen=True, slots=True)
class Retention:
    """Some days, and as many before them.

    first, last, before: the first and last day asked about, and the first of those before
    came_before, stayed, came_anew: how many members came before, how many of them came again, how many came who had
        not before
    """

    first: date
    last: date
    before: date
    came_before: int
    stayed: int
    came_anew: int
    falling: Sequence[Falling]

    @property
    def day_before(self) -> date:
        """The last of the days before."""
        return self.first - ONE_DAY

    @property
    def percent(self) -> int | None:
        """The share of those who came before that came again, rounded down; None where nobody did."""
        return 100 * self.stayed // self.came_before if self.came_before else None


def retention(*, first: date, last: date, zone: ZoneInfo, now: datetime) -> Retention:
    """Return who came less often on some days than on as many days before, the most regular ones first.

    Days that are still to come count for nothing, and four weeks are looked at where fewer are asked about. Members
    whose membership has ended or rests are left out of the list, not of the figures.
    queries: 2, however many members
    """
    last = max(first, min(last, local_day(now, zone)))
    first = min(first, last - LEAST + ONE_DAY)
    before = first - (last - first + ONE_DAY)
    middle = local_midnight(first, zone)
    came = TrainingSession.objects.filter(
        status=TrainingStatus.COMPLETED,
        member__isnull=False,
        scheduled_start__gte=local_midnight(before, zone),
        scheduled_start__lt=local_midnight(last + ONE_DAY, zone),
    )
    rows = (
        came.order_by()
        .values_list("member")
        .annotate(
            before=Count("pk", filter=Q(scheduled_start__lt=middle)),
            now=Count("pk", filter=Q(scheduled_start__gte=middle)),
            last=Max("scheduled_start"),
        )
    )
    found = {member: (earlier, later, at) for member, earlier, later, at in rows}
    return Retention(
        first=first,
        last=last,
        before=before,
        came_before=sum(earlier > 0 for earlier, _later, _at in found.values()),
        stayed=sum(earlier > 0 and later > 0 for earlier, later, _at in found.values()),
        came_anew=sum(earlier == 0 for earlier, _later, _at in found.values()),
        falling=_falling(found, zone, now),
    )


def _falling(found: dict[Any, tuple[int, int, datetime]], zone: ZoneInfo, now: datetime) -> list[Falling]:
    fell = {member: facts for member, facts in found.items() if facts[0] >= OFTEN and facts[1] * HALF <= facts[0]}
    ahead = TrainingSession.objects.filter(member=OuterRef("pk")).ahead(now).order_by("scheduled_start")
    plans = Subscription.objects.filter(member=OuterRef("pk")).current()
    members: Any = Member.objects.filter(pk__in=fell, status__in=[MemberStatus.ACTIVE, MemberStatus.PENDING]).annotate(
        next_at=Subquery(ahead.values("scheduled_start")[:1], output_field=DateTimeField()),
        plan_name=Subquery(plans.values("plan_name")[:1]),
        plan_ends_on=Subquery(plans.values("ends_on")[:1]),
    )
    rows = [
        Falling(
            key=member.pk,
            name=str(member),
            status=member.get_status_display(),
            before=fell[member.pk][0],
            now=fell[member.pk][1],
            came_on=local_day(fell[member.pk][2], zone),
            next_on=local_day(member.next_at, zone) if member.next_at else None,
            plan=member.plan_name or "",
            plan_ends_on=member.plan_ends_on,
        )
        for member in members
    ]
    return sorted(rows, key=lambda row: (row.now - row.before, row.name.casefold(), str(row.key)))

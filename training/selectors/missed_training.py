"""Which members did not come or cancelled too late, on which weekdays, and what that cost the house."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import ExtractIsoWeekDay

from sessions_app.selectors.missed_sessions import MissedBy
from studio.clock import local_midnight
from training.models import PayKind, TrainerPay, TrainingSession, TrainingStatus
from training.selectors.dates import ONE_DAY

NO_TIME, NOTHING = timedelta(), Decimal(0)
LENGTH = ExpressionWrapper(F("scheduled_end") - F("scheduled_start"), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class MissedTraining:
    """What was missed by a member, or on a weekday.

    who: a member's key, or a weekday from 1, Monday; name: the member's, empty for a weekday
    due: sessions that somebody came to or should have come to, and those cancelled late
    late: cancelled so late that the plan kept the credit
    lost: the booked time of both
    credits: how many of both were paid with a credit all the same
    unpaid: no-shows that a credit would have paid for, and none did; trial sessions and the like ask for none
    pay: what trainers earn with the no-shows
    """

    who: Any
    name: str
    due: int
    no_shows: int
    late: int
    lost: timedelta
    credits: int
    unpaid: int
    pay: Decimal


def missed_training(*, first: date, last: date, by: MissedBy, zone: ZoneInfo, currency: str) -> list[MissedTraining]:
    """Return what members missed of the sessions that began on some days: most first, weekdays in their order.

    currency: of the pay

    Whoever missed nothing is left out, a weekday is not. Guests are asked nothing here: their own studio knows them.
    queries: 2, however many sessions
    """
    start, end = local_midnight(first, zone), local_midnight(last + ONE_DAY, zone)
    sessions = TrainingSession.objects.filter(member__isnull=False, scheduled_start__gte=start, scheduled_start__lt=end)
    pay = _pay(sessions, by, zone, currency)
    found = [_missed(row, pay.get(row["who"], NOTHING), by) for row in _added_up(sessions, by, zone)]
    if by is MissedBy.WEEKDAY:
        return sorted(found, key=lambda row: row.who)
    named = (row for row in found if row.no_shows or row.late)
    return sorted(named, key=lambda row: (-row.no_shows - row.late, -row.unpaid, row.name.casefold(), str(row.who)))


def _who(by: MissedBy, zone: ZoneInfo, of: str = "") -> Combinable:
    return F(f"{of}member_id") if by is MissedBy.CLIENT else ExtractIsoWeekDay(f"{of}scheduled_start", tzinfo=zone)


def _added_up(sessions: QuerySet[TrainingSession], by: MissedBy, zone: ZoneInfo) -> Iterable[dict[str, Any]]:
    charged = Q(subscription__isnull=False)
    came, missing = Q(status=TrainingStatus.COMPLETED), Q(status=TrainingStatus.NO_SHOW)
    late = Q(status=TrainingStatus.CANCELLED) & charged
    names = ("member__last_name", "member__first_name") if by is MissedBy.CLIENT else ()
    rows: Iterable[dict[str, Any]] = (
        sessions.filter(came | missing | late)
        .order_by()
        .values(*names, who=_who(by, zone))
        .annotate(
            due=Count("pk"),
            no_shows=Count("pk", filter=missing),
            late=Count("pk", filter=late),
            lost=Sum(LENGTH, filter=missing | late, default=NO_TIME),
            credits=Count("pk", filter=(missing | late) & charged),
            unpaid=Count("pk", filter=missing & ~charged & Q(session_type__takes_credit=True)),
        )
    )
    return rows


def _pay(sessions: QuerySet[TrainingSession], by: MissedBy, zone: ZoneInfo, currency: str) -> dict[Any, Decimal]:
    """Return what trainers earn with no-shows; what was taken back is nothing together with its counter-line."""
    lines = TrainerPay.objects.filter(session__in=sessions, kind=PayKind.NO_SHOW, currency=currency).order_by()
    return dict(lines.values_list(_who(by, zone, "session__")).annotate(sum=Sum("amount")))


def _missed(row: dict[str, Any], pay: Decimal, by: MissedBy) -> MissedTraining:
    of_member = by is MissedBy.CLIENT
    return MissedTraining(
        who=row["who"],
        name=f"{row['member__first_name']} {row['member__last_name']}" if of_member else "",
        due=row["due"],
        no_shows=row["no_shows"],
        late=row["late"],
        lost=row["lost"],
        credits=row["credits"],
        unpaid=row["unpaid"],
        pay=pay,
    )

"""Which members did not come or cancelled too late, on which weekdays, and what that cost the house."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Count,
    DecimalField,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, ExtractIsoWeekDay

from sessions_app.selectors.missed_sessions import MissedBy
from studio.clock import local_midnight
from training.models import PayKind, TrainerPay, TrainingSession, TrainingStatus
from training.selectors.dates import ONE_DAY

NO_TIME, NOTHING = timedelta(), Decimal(0)
AMOUNT = DecimalField(max_digits=14, decimal_places=2)
LENGTH = ExpressionWrapper(F("scheduled_end") - F("scheduled_start"), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class MissedTraining:
    """What was missed by a member, or on a weekday.

    who: a member's key, or a weekday from 1, Monday; name: the member's, empty for a weekday
    due: sessions that somebody came to or should have come to, and those cancelled late
    late: cancelled so late that the plan kept the credit
    lost: the booked time of both
    credits: how many of both were paid with a credit all the same
    pay: what trainers earn with the no-shows
    """

    who: Any
    name: str
    due: int
    no_shows: int
    late: int
    lost: timedelta
    credits: int
    pay: Decimal

    @property
    def unpaid(self) -> int:
        """How many no credit paid for."""
        return self.no_shows + self.late - self.credits


def missed_training(*, first: date, last: date, by: MissedBy, zone: ZoneInfo) -> list[MissedTraining]:
    """Return what members missed of the sessions that began on some days: most first, weekdays in their order.

    Whoever missed nothing is left out, a weekday is not. Guests are asked nothing here: their own studio knows them.
    queries: 1, however many sessions
    """
    start, end = local_midnight(first, zone), local_midnight(last + ONE_DAY, zone)
    sessions = TrainingSession.objects.filter(member__isnull=False, scheduled_start__gte=start, scheduled_start__lt=end)
    found = [_missed(row, by) for row in _added_up(sessions, by, zone)]
    if by is MissedBy.WEEKDAY:
        return sorted(found, key=lambda row: row.who)
    named = (row for row in found if row.no_shows or row.late)
    return sorted(named, key=lambda row: (-row.no_shows - row.late, -row.unpaid, row.name.casefold(), str(row.who)))


def _added_up(sessions: QuerySet[TrainingSession], by: MissedBy, zone: ZoneInfo) -> Iterable[dict[str, Any]]:
    charged = Q(subscription__isnull=False)
    came, missing = Q(status=TrainingStatus.COMPLETED), Q(status=TrainingStatus.NO_SHOW)
    late = Q(status=TrainingStatus.CANCELLED) & charged
    of_member = by is MissedBy.CLIENT
    names = ("member__last_name", "member__first_name") if of_member else ()
    who = F("member_id") if of_member else ExtractIsoWeekDay("scheduled_start", tzinfo=zone)
    lines = TrainerPay.objects.filter(session=OuterRef("pk"), kind=PayKind.NO_SHOW)
    paid = lines.order_by().values("session").annotate(sum=Sum("amount")).values("sum")
    rows: Iterable[dict[str, Any]] = (
        sessions.filter(came | missing | late)
        .alias(paid=Coalesce(Subquery(paid, output_field=AMOUNT), Value(NOTHING), output_field=AMOUNT))
        .order_by()
        .values(*names, who=who)
        .annotate(
            due=Count("pk"),
            no_shows=Count("pk", filter=missing),
            late=Count("pk", filter=late),
            lost=Sum(LENGTH, filter=missing | late),
            credits=Count("pk", filter=(missing | late) & charged),
            pay=Sum("paid"),
        )
    )
    return rows


def _missed(row: dict[str, Any], by: MissedBy) -> MissedTraining:
    of_member = by is MissedBy.CLIENT
    return MissedTraining(
        who=row["who"],
        name=f"{row['member__last_name']} {row['member__first_name']}" if of_member else "",
        due=row["due"],
        no_shows=row["no_shows"],
        late=row["late"],
        lost=row["lost"] or NO_TIME,
        credits=row["credits"],
        pay=row["pay"],
    )

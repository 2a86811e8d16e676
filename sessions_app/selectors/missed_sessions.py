"""Who did not come or cancelled too late, on which weekdays, and what that cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    DecimalField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, ExtractIsoWeekDay

from sessions_app.models import FeeKind, SessionFee, SessionStatus, StudioSession
from sessions_app.models.client import known_as
from studio.clock import local_midnight

ONE_DAY = timedelta(days=1)
NO_TIME, NOTHING = timedelta(), Decimal(0)
AMOUNT = DecimalField(max_digits=14, decimal_places=2)
LENGTH = ExpressionWrapper(F("ends_at") - F("starts_at"), output_field=DurationField())
OF_MISSING = (FeeKind.CANCELLATION, FeeKind.NO_SHOW)


class MissedBy(StrEnum):
    """What missed sessions can be added up by."""

    CLIENT = "client"
    WEEKDAY = "weekday"


@dataclass(frozen=True, slots=True)
class Missed:
    """What was missed by a client, or on a weekday, in one currency.

    who: a client's key, or a weekday from 1, Monday; name: the client's, empty for a weekday
    due: sessions that somebody came to or should have come to, and those cancelled late
    late: cancelled so late that the terms of the booking asked a fee for it
    lost: the booked time of both; worth: what those sessions would have cost
    charged, waived: of the fees for both
    """

    who: int
    name: str
    currency: str
    due: int
    no_shows: int
    late: int
    lost: timedelta
    worth: Decimal
    charged: Decimal
    waived: Decimal

    @property
    def cost(self) -> Decimal:
        """What nobody pays for."""
        return max(self.worth - self.charged, NOTHING)


def missed_sessions(*, first: date, last: date, by: MissedBy, zone: ZoneInfo) -> list[Missed]:
    """Return what clients missed of the sessions that began on some days: most first, weekdays in their order.

    Whoever missed nothing is left out, a weekday is not. In-house sessions and what was blocked are nobody's to miss.
    queries: 1, however many sessions
    """
    start, end = local_midnight(first, zone), local_midnight(last + ONE_DAY, zone)
    sessions = StudioSession.objects.filter(client__isnull=False, starts_at__gte=start, starts_at__lt=end)
    rows = _added_up(sessions, by, zone)
    found = [_missed(row, by) for row in rows]
    if by is MissedBy.WEEKDAY:
        return sorted(found, key=lambda row: (row.who, row.currency))
    named = (row for row in found if row.no_shows or row.late)
    return sorted(named, key=lambda row: (-row.no_shows - row.late, -row.cost, row.name.casefold(), row.who))


def _added_up(sessions: QuerySet[StudioSession], by: MissedBy, zone: ZoneInfo) -> Iterable[dict[str, Any]]:
    fees = SessionFee.objects.filter(session=OuterRef("pk"), kind__in=OF_MISSING)
    late = Q(status=SessionStatus.CANCELLED) & Exists(fees.filter(kind=FeeKind.CANCELLATION))
    came, missing = Q(status=SessionStatus.COMPLETED), Q(status=SessionStatus.NO_SHOW)
    of_client = by is MissedBy.CLIENT
    names = ("client__name", "client__artist_name") if of_client else ()
    rows: Iterable[dict[str, Any]] = (
        sessions.filter(came | missing | late)
        .alias(
            is_missed=Case(When(came, then=Value(value=False)), default=Value(value=True)),
            charged_fee=_sum_of(fees.filter(waived_at__isnull=True)),
            waived_fee=_sum_of(fees.filter(waived_at__isnull=False)),
        )
        .order_by()
        .values("currency", *names, who=F("client_id") if of_client else ExtractIsoWeekDay("starts_at", tzinfo=zone))
        .annotate(
            due=Count("pk"),
            no_shows=Count("pk", filter=missing),
            late=Count("pk", filter=Q(status=SessionStatus.CANCELLED)),
            lost=Sum(LENGTH, filter=Q(is_missed=True)),
            worth=Sum("total", filter=Q(is_missed=True)),
            charged=Sum("charged_fee"),
            waived=Sum("waived_fee"),
        )
    )
    return rows


def _sum_of(fees: QuerySet[SessionFee]) -> Coalesce:
    sums = fees.order_by().values("session").annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(sums, output_field=AMOUNT), Value(NOTHING), output_field=AMOUNT)


def _missed(row: dict[str, Any], by: MissedBy) -> Missed:
    return Missed(
        who=row["who"],
        name=known_as(row["client__name"], row["client__artist_name"]) if by is MissedBy.CLIENT else "",
        currency=row["currency"],
        due=row["due"],
        no_shows=row["no_shows"],
        late=row["late"],
        lost=row["lost"] or NO_TIME,
        worth=row["worth"] or NOTHING,
        charged=row["charged"],
        waived=row["waived"],
    )

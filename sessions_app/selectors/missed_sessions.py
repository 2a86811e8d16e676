"""Who did not come or cancelled too late, on which weekdays, and what that cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, ExtractIsoWeekDay, Greatest

from sessions_app.models import FeeKind, SessionFee, SessionStatus, StudioSession
from sessions_app.models.client import known_as
from studio.clock import local_midnight

ONE_DAY = timedelta(days=1)
NO_TIME, NOTHING = timedelta(), Decimal(0)
LENGTH = ExpressionWrapper(F("ends_at") - F("starts_at"), output_field=DurationField())
NO_FEES = (NOTHING, NOTHING)
OF_MISSING = (FeeKind.CANCELLATION, FeeKind.NO_SHOW)


type Fees = tuple[Decimal, Decimal]  # charged, and waived


class MissedBy(StrEnum):
    """What missed sessions can be added up by."""

    CLIENT = "client"
    WEEKDAY = "weekday"


@dataclass(frozen=True, slots=True)
class Missed:
    """What was missed by a client, or on a weekday.

    who: a client's key, or a weekday from 1, Monday; name: the client's, empty for a weekday
    due: sessions that somebody came to or should have come to, and those cancelled late
    late: cancelled so late that the terms of the booking asked a fee for it
    lost: the booked time of both; worth: what those sessions would have cost
    charged, waived: of the fees for both
    cost: what nobody pays for: of each session what its fee leaves of its worth
    elsewhere: how many of both are in another currency than was asked for: nothing of them is in the three sums
    """

    who: int
    name: str
    due: int
    no_shows: int
    late: int
    lost: timedelta
    worth: Decimal
    charged: Decimal
    waived: Decimal
    cost: Decimal
    elsewhere: int


def missed_sessions(*, first: date, last: date, by: MissedBy, zone: ZoneInfo, currency: str) -> list[Missed]:
    """Return what clients missed of the sessions that began on some days: most first, weekdays in their order.

    currency: of the money; what is in another one is counted all the same
    Whoever missed nothing is left out, a weekday is not. In-house sessions and what was blocked are nobody's to miss.
    queries: 2, however many sessions
    """
    start, end = local_midnight(first, zone), local_midnight(last + ONE_DAY, zone)
    sessions = StudioSession.objects.filter(client__isnull=False, starts_at__gte=start, starts_at__lt=end)
    fees = _fees(sessions.filter(currency=currency), by, zone)
    rows = _added_up(sessions, by, zone, currency)
    found = [_missed(row, fees.get(row["who"], NO_FEES), by) for row in rows]
    if by is MissedBy.WEEKDAY:
        return sorted(found, key=lambda row: row.who)
    named = (row for row in found if row.no_shows or row.late)
    return sorted(named, key=lambda row: (-row.no_shows - row.late, -row.cost, row.name.casefold(), row.who))


def _who(by: MissedBy, zone: ZoneInfo, of: str = "") -> Combinable:
    return F(f"{of}client_id") if by is MissedBy.CLIENT else ExtractIsoWeekDay(f"{of}starts_at", tzinfo=zone)


def _added_up(
    sessions: QuerySet[StudioSession], by: MissedBy, zone: ZoneInfo, currency: str
) -> Iterable[dict[str, Any]]:
    asked = SessionFee.objects.filter(session=OuterRef("pk"), kind=FeeKind.CANCELLATION)
    charged = SessionFee.objects.filter(session=OuterRef("pk"), kind__in=OF_MISSING, waived_at__isnull=True).order_by()
    paid = Coalesce(Subquery(charged.values("session").annotate(sum=Sum("amount")).values("sum")), NOTHING)
    late = Q(status=SessionStatus.CANCELLED) & Exists(asked)
    came, missing = Q(status=SessionStatus.COMPLETED), Q(status=SessionStatus.NO_SHOW)
    names = ("client__name", "client__artist_name") if by is MissedBy.CLIENT else ()
    rows: Iterable[dict[str, Any]] = (
        sessions.filter(came | missing | late)
        .order_by()
        .values(*names, who=_who(by, zone))
        .annotate(
            due=Count("pk"),
            no_shows=Count("pk", filter=missing),
            late=Count("pk", filter=Q(status=SessionStatus.CANCELLED)),
            lost=Sum(LENGTH, filter=~came, default=NO_TIME),
            worth=Sum("total", filter=~came & Q(currency=currency), default=NOTHING),
            cost=Sum(Greatest(F("total") - paid, NOTHING), filter=~came & Q(currency=currency), default=NOTHING),
            elsewhere=Count("pk", filter=~came & ~Q(currency=currency)),
        )
    )
    return rows


def _fees(sessions: QuerySet[StudioSession], by: MissedBy, zone: ZoneInfo) -> dict[int, Fees]:
    """Return what was charged and what was waived for not coming; few sessions have a fee at all."""
    asked = SessionFee.objects.filter(session__in=sessions, kind__in=OF_MISSING).order_by()
    sums = asked.values_list(_who(by, zone, "session__")).annotate(
        charged=Sum("amount", filter=Q(waived_at__isnull=True), default=NOTHING),
        waived=Sum("amount", filter=Q(waived_at__isnull=False), default=NOTHING),
    )
    return {who: (charged, waived) for who, charged, waived in sums}


def _missed(row: dict[str, Any], fees: Fees, by: MissedBy) -> Missed:
    charged, waived = fees
    return Missed(
        who=row["who"],
        name=known_as(row["client__name"], row["client__artist_name"]) if by is MissedBy.CLIENT else "",
        due=row["due"],
        no_shows=row["no_shows"],
        late=row["late"],
        lost=row["lost"],
        worth=row["worth"],
        charged=charged,
        waived=waived,
        cost=row["cost"],
        elsewhere=row["elsewhere"],
    )

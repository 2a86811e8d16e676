"""What became of the quotes that were sent, month by month, and how long their clients took to answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Sum
from django.db.models.functions import TruncMonth

from billing.models import Quote, QuoteStatus
from studio.clock import local_midnight

ONE_DAY = timedelta(days=1)
NO_TIME, NOTHING = timedelta(), Decimal(0)
OFFERED = F("total") + F("rounding")
TOOK = ExpressionWrapper(F("responded_at") - F("sent_at"), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class Answers:
    """The quotes of some days, in one currency.

    month: its first day; None: of all days asked about
    sent: all of them; waiting: those that can still be accepted
    offered, won: of all, and of those that were accepted, with VAT
    took: from sending to answer, of all answered ones together
    """

    month: date | None
    sent: int = 0
    accepted: int = 0
    rejected: int = 0
    expired: int = 0
    waiting: int = 0
    offered: Decimal = NOTHING
    won: Decimal = NOTHING
    took: timedelta = NO_TIME

    @property
    def percent(self) -> int | None:
        """The share that was accepted of those that wait no more, rounded down; None while all wait."""
        decided = self.sent - self.waiting
        return 100 * self.accepted // decided if decided else None

    @property
    def answered_in(self) -> timedelta | None:
        """How long a client took on average; None where nobody answered."""
        answered = self.accepted + self.rejected
        return self.took / answered if answered else None


def quote_answers(*, first: date, last: date, currency: str, zone: ZoneInfo, now: datetime) -> list[Answers]:
    """Return what became of the quotes that were last sent on some days, by the month in which they were.

    One that was taken back to be changed counts once it is sent again; one whose time is up has expired.
    queries: 1, however many quotes
    """
    late = Q(status=QuoteStatus.SENT, expires_at__lte=now)
    accepted, rejected = Q(status=QuoteStatus.ACCEPTED), Q(status=QuoteStatus.REJECTED)
    sent = Quote.objects.exclude(status__in=[QuoteStatus.DRAFT, QuoteStatus.CANCELLED]).filter(
        currency=currency,
        sent_at__gte=local_midnight(first, zone),
        sent_at__lt=local_midnight(last + ONE_DAY, zone),
    )
    rows = (
        sent.order_by()
        .values(month=TruncMonth("sent_at", tzinfo=zone))
        .annotate(
            sent=Count("pk"),
            accepted=Count("pk", filter=accepted),
            rejected=Count("pk", filter=rejected),
            expired=Count("pk", filter=late | Q(status=QuoteStatus.EXPIRED)),
            waiting=Count("pk", filter=Q(status=QuoteStatus.SENT) & ~late),
            offered=Sum(OFFERED),
            won=Sum(OFFERED, filter=accepted, default=NOTHING),
            took=Sum(TOOK, filter=accepted | rejected, default=NO_TIME),
        )
        .order_by("month")
    )
    return [Answers(**{**row, "month": row["month"].date()}) for row in rows]


def of_all(months: Iterable[Answers]) -> Answers:
    """Return months together."""
    rows = list(months)
    return Answers(
        month=None,
        sent=sum(row.sent for row in rows),
        accepted=sum(row.accepted for row in rows),
        rejected=sum(row.rejected for row in rows),
        expired=sum(row.expired for row in rows),
        waiting=sum(row.waiting for row in rows),
        offered=sum((row.offered for row in rows), NOTHING),
        won=sum((row.won for row in rows), NOTHING),
        took=sum((row.took for row in rows), NO_TIME),
    )

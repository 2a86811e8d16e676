"""How many hours a line has that prepaid hours may pay for, and how many of them do already."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Sum

from billing.models import InvoiceItem, InvoiceSource, ServiceUnit
from billing.selectors.terms import details_of
from billing.selectors.unbilled import charged_time
from billing.selectors.work_words import times_of

NOTHING, HUNDREDTH = Decimal(0), Decimal("0.01")
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Prepaid:
    """A line of a draft, as packages see it.

    hours: that it charges for; None where nobody knows them
    drawn: of these, what packages pay for already
    paid: what comes off the line for that
    """

    hours: Decimal | None
    drawn: Decimal
    paid: Decimal

    @property
    def left(self) -> Decimal:
        """Hours that no package pays for yet."""
        return (self.hours or NOTHING) - self.drawn


def prepaid_of(item: InvoiceItem) -> Prepaid:
    """Return how many hours of a line there are to pay for, and what packages pay of it.

    queries: 3
    """
    paying = InvoiceSource.objects.filter(pays_for=item, released_at__isnull=True)
    sums = paying.aggregate(hours=Sum("hours"), amount=Sum("item__amount"))
    return Prepaid(_hours_of(item), sums["hours"] or NOTHING, -(sums["amount"] or NOTHING))


def _hours_of(item: InvoiceItem) -> Decimal | None:
    """Return the hours that a line states, else those of the sessions and entries that it charges for."""
    if item.unit == ServiceUnit.HOUR:
        return item.quantity
    sources = list(item.sources.select_related("session", "time_entry").order_by("pk"))
    entries = [source.time_entry for source in sources if source.time_entry]
    length = charged_time(entries, details_of(item.invoice.client).time_step_minutes) if entries else timedelta()
    for source in sources:
        if source.session:
            start, end = times_of(source.session)
            length += end - start
    seconds = Decimal(length // timedelta(seconds=1))
    return (seconds / (HOUR // timedelta(seconds=1))).quantize(HUNDREDTH) if length else None

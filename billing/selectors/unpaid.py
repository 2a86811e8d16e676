"""What is still to be paid, and how much of it is past its day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from billing.models import Invoice
from billing.selectors.ageing import late_sum

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Claims of one currency: how many are unpaid, how many of those are overdue, and what both come to."""

    currency: str
    count: int
    sum: Decimal
    late: int
    late_sum: Decimal


def unpaid_claims(today: date) -> list[Unpaid]:
    """Return what is unpaid, by currency; tests are no claims.

    queries: 1, which reads unpaid documents only
    """
    rows = Invoice.objects.unpaid().annotate(past=late_sum(today)).order_by("currency").values("currency")
    sums = rows.annotate(
        count=Count("pk"),
        sum=Sum("remaining_balance", default=NOTHING),
        late=Count("pk", filter=Q(past__gt=0)),
        late_sum=Sum("past", default=NOTHING),
    )
    return [Unpaid(**row) for row in sums]

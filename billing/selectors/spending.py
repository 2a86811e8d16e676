"""What was spent, by category; and what is left of revenue."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from billing.models import Expense
from studio.reports.periods import Period


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent on one category."""

    category: str
    count: int
    net: Decimal
    tax: Decimal

    @property
    def amount(self) -> Decimal:
        """With VAT."""
        return self.net + self.tax


def expenses_of(period: Period, currency: str) -> QuerySet[Expense]:
    """Return the expenses of some days; those that are cancelled are none."""
    counted = Expense.objects.counted().order_by("-spent_on", "-pk")
    return counted.filter(currency=currency, spent_on__gte=period.first, spent_on__lte=period.last)


def spent_by_category(period: Period, currency: str) -> Sequence[Spent]:
    """Return what was spent on each category, the most first.

    queries: 1
    """
    rows = (
        expenses_of(period, currency)
        .order_by()
        .values("category")
        .annotate(count=Count("pk"), net=Sum("net_amount"), tax=Sum("tax_amount"))
        .order_by("-net", "category")
    )
    return [Spent(row["category"], row["count"], row["net"], row["tax"]) for row in rows]

"""What is left over of a client's payments: put against nothing, and not paid back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import Allocation, Payment, PaymentState
from sessions_app.models import Client

NOTHING = Decimal(0)


def with_left(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Add `left`: how much of each is neither put against a document nor paid back."""
    back = Payment.objects.exclude(state=PaymentState.FAILED)
    return payments.annotate(left=F("amount") - _sum(Allocation.objects.all(), "payment") - _sum(back, "origin"))


def left_over(client: Client, currency: str) -> Sequence[tuple[Payment, Decimal]]:
    """Return the payments of a client of which something is left over, the oldest first, each with how much.

    queries: 2
    """
    theirs: Any = with_left(Payment.objects.received().filter(client=client, currency=currency))
    lefts = dict(theirs.filter(left__gt=0).values_list("pk", "left"))
    found = Payment.objects.filter(pk__in=lefts).order_by("received_on", "pk")
    return [(payment, lefts[payment.pk]) for payment in found]


def credit_of(client: Client, currency: str) -> Decimal:
    """Return what is left over of all payments of a client.

    queries: 1
    """
    rows = with_left(Payment.objects.received().filter(client=client, currency=currency))
    return rows.aggregate(sum=Sum("left"))["sum"] or NOTHING


def _sum(rows: QuerySet[Allocation] | QuerySet[Payment], key: str) -> Coalesce:
    sums = rows.filter(**{key: OuterRef("pk")}).order_by().values(key).annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(sums), NOTHING, output_field=DecimalField())

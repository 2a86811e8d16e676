"""What clients have tried to pay of a document online, for whoever looks at the document."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Invoice, PaymentAttempt
from billing.selectors.disputes import open_disputes

MOST_TRIES = 10


def with_argued(rows: QuerySet[PaymentAttempt]) -> QuerySet[PaymentAttempt]:
    """Return payments with `is_argued`: the client's bank has taken back what was paid, and it is not decided."""
    return rows.annotate(is_argued=Exists(open_disputes().order_by().filter(origin=OuterRef("payment"))))


def tries_of(invoice: Invoice) -> Sequence[PaymentAttempt]:
    """Return the payments begun at the provider for a document, the newest first, as `with_argued`.

    queries: 1
    """
    return list(with_argued(PaymentAttempt.objects.filter(invoice=invoice)).order_by("-asked_at", "-pk")[:MOST_TRIES])

"""What clients have tried to pay of a document online, for whoever looks at the document."""

from collections.abc import Sequence

from billing.models import Invoice, PaymentAttempt

MOST_TRIES = 10


def tries_of(invoice: Invoice) -> Sequence[PaymentAttempt]:
    """Return the payments begun at the provider for a document, the newest first.

    queries: 1
    """
    return list(PaymentAttempt.objects.filter(invoice=invoice).order_by("-asked_at", "-pk")[:MOST_TRIES])

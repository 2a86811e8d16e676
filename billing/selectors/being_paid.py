"""Documents for which money is on its way."""

from collections.abc import Collection

from billing.models import Allocation, AttemptState, Payment, PaymentAttempt, PaymentKind, PaymentState


def being_paid(documents: Collection[int]) -> frozenset[int]:
    """Return the documents, by their keys, whose payment the client has made online and whose money is not there yet.

    queries: 1
    """
    under_way = PaymentAttempt.objects.filter(invoice__in=documents, state=AttemptState.PROCESSING)
    return frozenset(under_way.values_list("invoice", flat=True))


def disputed(documents: Collection[int]) -> frozenset[int]:
    """Return the documents, by their keys, whose money a client's bank has taken back while it is argued over.

    queries: 1
    """
    argued = Payment.objects.filter(kind=PaymentKind.DISPUTE, state=PaymentState.PENDING)
    stood = Allocation.objects.filter(invoice__in=documents, payment__in=argued.values("origin"))
    return frozenset(stood.values_list("invoice", flat=True))

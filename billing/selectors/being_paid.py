"""Documents for which money is on its way."""

from collections.abc import Collection

from billing.models import AttemptState, PaymentAttempt


def being_paid(documents: Collection[int]) -> frozenset[int]:
    """Return the documents, by their keys, whose payment the client has made online and whose money is not there yet.

    queries: 1
    """
    under_way = PaymentAttempt.objects.filter(invoice__in=documents, state=AttemptState.PROCESSING)
    return frozenset(under_way.values_list("invoice", flat=True))

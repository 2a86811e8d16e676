"""What a payment can be put against, and where it went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Sum, When

from billing.models import Allocation, Invoice, Payment, PaymentReceipt, PaymentState
from sessions_app.models import Client

NOTHING = Decimal(0)
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Proposed:
    """A document that asks for money, and how much of a payment would go there."""

    invoice: Invoice
    part: Decimal


@dataclass(frozen=True, slots=True)
class PutAgainst:
    """A document that has some of a payment now."""

    invoice: Invoice
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Where the money of a payment is: put + left + back = its amount.

    entries: everything that was put somewhere or taken off, in order
    back: what was paid back, and what is under way
    """

    put: Sequence[PutAgainst]
    entries: Sequence[Allocation]
    back: Sequence[Payment]
    left: Decimal


def open_documents(client: Client, currency: str, first: int | None = None) -> Sequence[Invoice]:
    """Return what a client still has to pay in a currency: the document of the key `first`, then what is due first.

    queries: 1
    """
    unpaid = Invoice.objects.unpaid().filter(client=client, currency=currency)
    named_first = Case(When(pk=first or 0, then=0), default=1)
    return list(unpaid.order_by(named_first, "due_on", "pk")[:MOST_SHOWN])


def proposed(documents: Iterable[Invoice], amount: Decimal) -> Sequence[Proposed]:
    """Return how an amount would be put against documents, the first ones first."""
    found, left = [], amount
    for document in documents:
        part = max(NOTHING, min(left, document.remaining_balance))
        left -= part
        found.append(Proposed(document, part))
    return found


def put_against(payment: Payment) -> Sequence[PutAgainst]:
    """Return the documents that have some of a payment now.

    queries: 2
    """
    sums = dict(payment.allocations.values_list("invoice").annotate(sum=Sum("amount")).filter(sum__gt=0))
    documents = Invoice.objects.filter(pk__in=sums).order_by("issued_on", "pk")
    return [PutAgainst(document, sums[document.pk]) for document in documents]


def paid_online(invoice: Invoice) -> Sequence[tuple[Payment, Decimal]]:
    """Return the payments made at a provider that a document has something of, the newest first, with how much.

    queries: 2
    """
    rows = Allocation.objects.filter(invoice=invoice).exclude(payment__provider="").values_list("payment")
    sums = dict(rows.annotate(sum=Sum("amount")).filter(sum__gt=0))
    return [(each, sums[each.pk]) for each in Payment.objects.filter(pk__in=sums).order_by("-received_on", "-pk")]


def receipt_of(payment: Payment) -> PaymentReceipt | None:
    """Return the receipt of a payment with its file; None where none was given.

    queries: 1
    """
    return PaymentReceipt.objects.select_related("paper", "payment").filter(payment=payment).first()


def payment_page(payment: Payment) -> PaymentPage:
    """Return where the money of a payment is.

    queries: 4
    """
    put = put_against(payment)
    back = list(payment.returns.order_by("pk"))
    gone = sum((each.amount for each in back if each.state != PaymentState.FAILED), NOTHING)
    return PaymentPage(
        put=put,
        entries=list(payment.allocations.select_related("invoice").order_by("pk")),
        back=back,
        left=payment.amount - gone - sum((each.amount for each in put), NOTHING),
    )

"""Money that a client's bank has taken back: what it was paid for, and what waits until that is decided."""

from collections.abc import Collection
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from billing.models import Allocation, Invoice, InvoiceSource, Payment, PaymentKind, PaymentState, SessionDeposit
from sessions_app.models import Client, StudioSession

NOTHING = Decimal(0)


def open_disputes() -> QuerySet[Payment]:
    """Return what banks have taken back and is argued over, the oldest first."""
    rows = Payment.objects.filter(kind=PaymentKind.DISPUTE, state=PaymentState.PENDING)
    return rows.select_related("client", "origin").order_by("received_on", "pk")


def of_client(client: Client) -> QuerySet[Payment]:
    """Return what a client's bank has taken back and is argued over."""
    return open_disputes().filter(client=client)


def of_document(invoice: Invoice) -> QuerySet[Payment]:
    """Return what is argued over of the money that a document was paid by."""
    return open_disputes().filter(origin__in=Allocation.objects.filter(invoice=invoice).values("payment"))


def of_session(session: StudioSession) -> QuerySet[Payment]:
    """Return what is argued over of the money that a session, or its deposit, was paid by."""
    charges = Q(session=session) | Q(extra__session=session) | Q(fee__session=session)
    standing = InvoiceSource.objects.filter(charges, released_at__isnull=True)
    deposits = SessionDeposit.objects.filter(session=session)
    paid = Q(invoice__in=standing.values("item__invoice")) | Q(invoice__in=deposits.values("invoice"))
    return open_disputes().filter(origin__in=Allocation.objects.filter(paid).values("payment"))


def disputed(documents: Collection[int]) -> frozenset[int]:
    """Return the documents, by their keys, whose money a client's bank has taken back while it is argued over.

    queries: 1
    """
    stood = Allocation.objects.filter(invoice__in=documents, payment__in=open_disputes().order_by().values("origin"))
    return frozenset(stood.values_list("invoice", flat=True))


def sum_disputed(invoice: Invoice) -> Decimal:
    """Return how much was taken off a document for what is argued over.

    queries: 1
    """
    argued = open_disputes().order_by().filter(origin=OuterRef("payment"), reason=OuterRef("reason"))
    taken = Allocation.objects.filter(Exists(argued), invoice=invoice, amount__lt=0)
    return -(taken.aggregate(sum=Sum("amount"))["sum"] or NOTHING)


def has_been_charged_back(payment: Payment) -> bool:
    """Return whether a bank has taken some of a payment back, and has not lost that.

    queries: 1
    """
    taken = payment.returns.filter(kind=PaymentKind.DISPUTE)
    return taken.exclude(state=PaymentState.FAILED).exists()

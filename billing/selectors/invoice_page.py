"""What the page of a document shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, Sum

from billing.models import (
    Allocation,
    Invoice,
    InvoiceDeduction,
    InvoiceItem,
    InvoiceKind,
    InvoiceSource,
    InvoiceStatus,
    InvoiceTax,
    Payment,
)
from billing.selectors import left
from billing.selectors.worth import WORK, price_now
from sessions_app.models import Client

MOST = 200  # lines on one page


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with what it charges for.

    price: what that costs now, where it is not what it was when the line was written; None where it is
    before: what it was
    """

    item: InvoiceItem
    sources: tuple[InvoiceSource, ...]
    before: Decimal | None = None
    price: Decimal | None = None

    @property
    def is_stale(self) -> bool:
        """Whether the draft cannot be issued like this."""
        return self.price is not None


@dataclass(frozen=True, slots=True)
class Paid:
    """How much of a payment is put against a document."""

    payment: Payment
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Around:
    """What else there is about an issued document.

    notes: its credit notes
    finals: the invoices that take a deposit off
    payments: money that is put against it, less what was taken off again
    """

    notes: tuple[Invoice, ...]
    finals: tuple[Invoice, ...]
    payments: tuple[Paid, ...]


def lines_of(invoice: Invoice, page: int) -> Sequence[ShownLine]:
    """Return some lines of a document, in their order.

    page: from 1, of 200 lines each
    queries: 2
    """
    sources = InvoiceSource.objects.select_related(*WORK).order_by("pk")
    rows = invoice.items.order_by("position")
    items = rows.prefetch_related(Prefetch("sources", sources))[(page - 1) * MOST : page * MOST]
    return [_shown(item, tuple(item.sources.all())) for item in items]


def _shown(item: InvoiceItem, sources: tuple[InvoiceSource, ...]) -> ShownLine:
    known = [(source.amount, price) for source in sources if (price := price_now(source)) is not None]
    kept = [(before, price) for before, price in known if before is not None]
    if all(before == price for before, price in kept):
        return ShownLine(item, sources)
    before, price = (sum(amounts) for amounts in zip(*kept, strict=True))
    return ShownLine(item, sources, Decimal(before), Decimal(price))


def taxes_of(invoice: Invoice) -> Sequence[InvoiceTax]:
    """Return the VAT of a document by rate.

    queries: 1
    """
    return list(invoice.taxes.order_by("-rate", "category"))


def deducted_by(invoice: Invoice) -> Mapping[Invoice, Decimal]:
    """Return the deposits that a document takes off, each with what of it.

    queries: 1
    """
    found: dict[Invoice, Decimal] = {}
    rows = InvoiceDeduction.objects.filter(invoice=invoice).select_related("deposit")
    for part in rows.order_by("deposit", "-rate", "category"):
        found[part.deposit] = found.get(part.deposit, Decimal(0)) + part.base + part.tax + part.rounding
    return found


def open_deposits(draft: Invoice) -> Sequence[Invoice]:
    """Return the deposit invoices that a draft could take off: of its client, with something left of them.

    queries: 1, and 2 for each that there is
    """
    if draft.kind != InvoiceKind.INVOICE:
        return []
    rows = Invoice.objects.issued().filter(
        kind=InvoiceKind.DEPOSIT, client=draft.client_id, currency=draft.currency, is_test=draft.is_test
    )
    taken = InvoiceDeduction.objects.filter(released_at__isnull=True).exclude(invoice=draft)
    rows = rows.exclude(pk__in=taken.values("deposit")).order_by("issued_on", "pk")
    return [deposit for deposit in rows if left.lines_left(deposit)]


def forgotten_deposits(draft: Invoice) -> Sequence[Invoice]:
    """Return the deposit invoices that a draft could take off and does not.

    queries: 2, and 2 for each that there is
    """
    taken = deducted_by(draft)
    return [deposit for deposit in open_deposits(draft) if deposit not in taken]


def deposits_asked(client: Client, currency: str) -> Mapping[Invoice, Decimal]:
    """Return what deposit invoices of a client come to that no invoice takes off, those that are drafts as well.

    queries: 1
    """
    rows = Invoice.objects.filter(kind=InvoiceKind.DEPOSIT, client=client, currency=currency, is_test=False)
    taken = InvoiceDeduction.objects.filter(released_at__isnull=True)
    rows = rows.exclude(status__in=(InvoiceStatus.CREDITED, InvoiceStatus.CANCELLED))
    rows = rows.exclude(pk__in=taken.values("deposit")).select_related("client").order_by("pk")
    return {deposit: deposit.payable - deposit.credited_total for deposit in rows}


def around(invoice: Invoice) -> Around:
    """Return what else there is about an issued document.

    queries: 3
    """
    put = (
        Allocation.objects.filter(invoice=invoice)
        .values("payment")
        .annotate(sum=Sum("amount"))
        .filter(sum__gt=0)
        .order_by("payment")
    )
    sums = {row["payment"]: row["sum"] for row in put}
    payments = Payment.objects.filter(pk__in=sums).order_by("received_on", "pk")
    notes = invoice.corrections.issued().order_by("issued_on", "pk")
    finals = left.taken_off_by(invoice) if invoice.kind == InvoiceKind.DEPOSIT else ()
    return Around(
        notes=tuple(notes),
        finals=tuple(finals),
        payments=tuple(Paid(payment, sums[payment.pk]) for payment in payments),
    )

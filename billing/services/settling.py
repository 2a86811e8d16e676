"""What is settled of a document follows from what was put against it; nobody writes a status by hand."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from billing.models import Allocation, Invoice, InvoiceKind, InvoiceStatus, Package, Payment, Quote, RecurringInvoice
from billing.selectors.left import lines_left
from sessions_app.models import Client
from sessions_app.services import linked_clients
from studio.db import TryAgain, refusing

type OfClient = Invoice | Payment | Quote | Package | RecurringInvoice
SETTLED_FIELDS = ("credited_total", "paid_total", "remaining_balance", "status", "deposit_paid_at")
NOTHING = Decimal(0)


def lock_client(client: Client) -> Client:
    """Return a client's row, locked: before documents and payments of theirs are, so that all come in one order.

    raises: studio.db.TryAgain
    """
    with refusing():
        return Client.objects.select_for_update(no_key=True).get(pk=client.pk)


def lock_client_of(row: OfClient) -> Client:
    """Return the client of a row of theirs as it is stored now, locked; a merge may have moved it since.

    raises: sessions_app.services.linked_clients.MergedAway, studio.db.TryAgain
    """
    client = lock_client(_stored(row).client)
    if _stored(row).client_id != client.pk:
        raise TryAgain(_("The client has just been merged into another. Please try again."))
    linked_clients.require_unmerged(client)
    return client


def _stored(row: OfClient) -> OfClient:
    model: type[OfClient] = type(row)
    return model.objects.select_related("client").get(pk=row.pk)


def status_of(invoice: Invoice) -> InvoiceStatus:
    """Return the status that an issued document's money makes."""
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return InvoiceStatus.ISSUED
    if invoice.remaining_balance > 0:
        return InvoiceStatus.PARTIALLY_PAID if invoice.paid_total else InvoiceStatus.ISSUED
    is_credited = not invoice.paid_total and _notes(invoice).exists() and not _is_some_left(invoice)
    return InvoiceStatus.CREDITED if is_credited else InvoiceStatus.PAID


def settle(*, invoice: Invoice, now: datetime) -> None:
    """Write down what is credited, paid and still to pay of an issued document whose row the caller holds."""
    set_settled(invoice, now)
    invoice.save(update_fields=SETTLED_FIELDS)


def set_settled(invoice: Invoice, now: datetime) -> None:
    """Set what is credited, paid and still to pay of an issued document; nothing is saved."""
    invoice.paid_total = _sum(Allocation.objects.filter(invoice=invoice).values_list("amount", flat=True))
    invoice.credited_total = _credited(invoice)
    if invoice.kind != InvoiceKind.CREDIT_NOTE:
        payable = invoice.payable_now
        invoice.remaining_balance = payable - invoice.credited_total - invoice.paid_total
    invoice.status = status_of(invoice)
    if invoice.deposit_amount is not None:
        is_paid = invoice.paid_total >= invoice.deposit_amount
        invoice.deposit_paid_at = (invoice.deposit_paid_at or now) if is_paid else _former_moment(invoice)


def _credited(invoice: Invoice) -> Decimal:
    return _notes(invoice).aggregate(sum=Sum("payable"))["sum"] or NOTHING


def _is_some_left(invoice: Invoice) -> bool:
    """Return whether a line is not credited in full; the credit notes of a former system name no lines."""
    return not invoice.is_former and bool(lines_left(invoice))


def _former_moment(invoice: Invoice) -> datetime | None:
    """Return when a former system said that a deposit was paid, although no money is put against it."""
    return invoice.deposit_paid_at if invoice.is_former else None


def _notes(invoice: Invoice) -> QuerySet[Invoice]:
    return Invoice.objects.counted().filter(refers_to=invoice, kind=InvoiceKind.CREDIT_NOTE)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)

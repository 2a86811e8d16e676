"""The list of documents as a table that people take along."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceDeduction

AT_ONCE = 500


def heads() -> Sequence[str]:
    """Return the heads of the columns."""
    return [
        *(_("Number"), _("Kind"), _("Client"), _("Project"), _("Order number"), _("Issued on"), _("Due on")),
        *(_("Status"), _("Currency"), _("Without VAT"), _("VAT"), _("Total"), _("Rounding"), _("Deposits")),
        *(_("VAT of deposits"), _("Payable"), _("Credited"), _("Paid"), _("To pay"), _("Refers to"), _("Test")),
    ]


def exported(invoices: QuerySet[Invoice]) -> Iterator[Sequence[object]]:
    """Yield a row for each document; what a credit note takes back stands below zero, so that columns add up.

    queries: 1 for each 500 documents
    """
    taxes = InvoiceDeduction.objects.filter(invoice=OuterRef("pk")).values("invoice").annotate(sum=Sum("tax"))
    none = Value(Decimal("0.00"), output_field=DecimalField(max_digits=12, decimal_places=2))
    rows = (
        invoices.select_related("client", "refers_to")
        .defer("snapshot", "refers_to__snapshot")
        .annotate(deducted_tax=Coalesce(Subquery(taxes.values("sum")), none))
    )
    for each in rows.iterator(chunk_size=AT_ONCE):
        sums = (each.subtotal, each.tax_amount, each.total, each.rounding, each.deducted_total, each.deducted_tax)
        yield [
            *(each.invoice_number, each.get_kind_display(), each.client.name, each.project_label),
            *(each.purchase_order, each.issued_on, each.due_on, each.get_status_display(), each.currency),
            *(each.signed(sum_) for sum_ in (*sums, each.payable)),
            *(each.credited_total, each.paid_total, each.remaining_balance),
            *(each.refers_to.invoice_number if each.refers_to else "", _("test") if each.is_test else ""),
        ]

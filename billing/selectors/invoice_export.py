"""The list of documents as a table that people take along."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.models import Invoice

AT_ONCE = 2000


def heads() -> Sequence[str]:
    """Return the heads of the columns."""
    return [
        *(_("Number"), _("Kind"), _("Client"), _("Project"), _("Order number"), _("Issued on"), _("Due on")),
        *(_("Status"), _("Currency"), _("Without VAT"), _("VAT"), _("Total"), _("Rounding"), _("Deposits")),
        *(_("Payable"), _("Credited"), _("Paid"), _("To pay"), _("Refers to"), _("Test")),
    ]


def exported(invoices: QuerySet[Invoice]) -> Iterator[Sequence[object]]:
    """Yield a row for each document; sums of credit notes stand as the notes state them, above zero.

    queries: 1 for each 2,000 documents
    """
    for each in invoices.select_related("client", "refers_to").iterator(chunk_size=AT_ONCE):
        yield [
            *(each.invoice_number, each.get_kind_display(), each.client.name, each.project_label),
            *(each.purchase_order, each.issued_on, each.due_on, each.get_status_display(), each.currency),
            *(each.subtotal, each.tax_amount, each.total, each.rounding, each.deducted_total, each.payable),
            *(each.credited_total, each.paid_total, each.remaining_balance),
            *(each.refers_to.invoice_number if each.refers_to else "", _("test") if each.is_test else ""),
        ]

"""The register of documents, and the numbers that come next."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from billing.admin.printed import PrintedPages
from billing.models import (
    Invoice,
    InvoiceStatus,
    NumberSeries,
)
from studio.admin_sites import studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin
from studio.showing import NOTHING, badge, day, money

TONES = {
    InvoiceStatus.DRAFT: "muted",
    InvoiceStatus.ISSUED: "info",
    InvoiceStatus.PARTIALLY_PAID: "warning",
    InvoiceStatus.PAID: "success",
    InvoiceStatus.CREDITED: "neutral",
}


@admin.register(Invoice, site=studio_site)
class InvoiceAdmin(ReadOnlyAdmin, PrintedPages):
    """Every document of money; what is issued stays as it is."""

    list_display = ("number_shown", "kind", "client", "dated", "state", "sum_shown", "open_shown")
    list_select_related = ("client",)
    list_filter = ("status", "kind", "issued_on")
    search_fields = ("invoice_number", "client__name")
    ordering = ("-issued_on", "-pk")

    @admin.display(description=_("number"), ordering="invoice_number")
    def number_shown(self, invoice: Invoice) -> str:
        """Show the number."""
        return str(invoice)

    @admin.display(description=_("date"), ordering="issued_on")
    def dated(self, invoice: Invoice) -> str:
        """Show the day of the issue."""
        return day(invoice.issued_on) if invoice.issued_on else NOTHING

    @admin.display(description=_("status"), ordering="status")
    def state(self, invoice: Invoice) -> str:
        """Show how far it is."""
        status = InvoiceStatus(invoice.status)
        return badge(status.label, TONES[status])

    @admin.display(description=_("total"), ordering="total")
    def sum_shown(self, invoice: Invoice) -> str:
        """Show what it comes to."""
        return money(invoice.total, invoice.currency)

    @admin.display(description=_("to pay"), ordering="remaining_balance")
    def open_shown(self, invoice: Invoice) -> str:
        """Show what is still to pay."""
        return money(invoice.remaining_balance, invoice.currency) if invoice.remaining_balance else NOTHING


@admin.register(NumberSeries, site=studio_site)
class NumberSeriesAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """The numbers that come next."""

    list_display = ("kind", "year", "is_test", "pattern", "next_number")
    list_filter = ("kind", "is_test")
    ordering = ("-year", "kind", "pk")

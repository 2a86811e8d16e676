"""Payments, and the postings of the ledger."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from billing.models import Direction, LedgerTransaction, Payment
from studio.admin_sites import studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin
from studio.showing import badge, day, money


@admin.register(Payment, site=studio_site)
class PaymentAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Money that came in and went back."""

    list_display = ("dated", "way", "client", "amount_shown", "method", "reference", "state")
    list_select_related = ("client",)
    list_filter = ("direction", "method", "state", "received_on")
    search_fields = ("reference", "client__name")
    ordering = ("-received_on", "-pk")

    @admin.display(description=_("day"), ordering="received_on")
    def dated(self, payment: Payment) -> str:
        """Show the day."""
        return day(payment.received_on)

    @admin.display(description=_("direction"), ordering="direction")
    def way(self, payment: Payment) -> str:
        """Show whether it came in or went out."""
        return badge(payment.get_direction_display(), "success" if payment.direction == Direction.IN else "warning")

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        """Show how much."""
        return money(payment.amount, payment.currency)


@admin.register(LedgerTransaction, site=studio_site)
class LedgerTransactionAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Postings; each is added, none is changed."""

    list_display = ("dated", "kind", "client", "invoice", "payment", "reason", "actor_label")
    list_select_related = ("client", "invoice", "payment")
    list_filter = ("kind", "booked_on")
    search_fields = ("invoice__invoice_number", "client__name")
    ordering = ("-booked_on", "-pk")

    @admin.display(description=_("day"), ordering="booked_on")
    def dated(self, posting: LedgerTransaction) -> str:
        """Show the day."""
        return day(posting.booked_on)

"""What the ledger comes to day by day."""

from django.contrib import admin

from billing.models import LedgerDay
from studio.admin_sites import studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin


@admin.register(LedgerDay, site=studio_site)
class LedgerDayAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Sums that reports read; rows of one day belong together."""

    list_display = ("booked_on", "ledger_account", "vat_category", "vat_percent", "debit", "credit", "currency")
    list_filter = ("ledger_account", "booked_on")
    ordering = ("-booked_on", "-pk")

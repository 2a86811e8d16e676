"""The numbers of the ledger's accounts in the studio's own bookkeeping."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from billing.models import AccountNumber
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import StudioModelAdmin


@admin.register(AccountNumber, site=studio_site)
class AccountNumberAdmin(StudioModelAdmin):
    """Facts, edited as they are; an account without a row has its usual number."""

    menu = MenuEntry(MenuGroup.MONEY, "tag", 95)
    list_display = ("number", "name", "ledger_account", "vat_percent")
    list_filter = ("ledger_account",)
    search_fields = ("number", "name")
    search_help_text = _("Numbers and names.")
    ordering = ("ledger_account", "vat_percent", "pk")

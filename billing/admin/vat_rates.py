"""VAT rates."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.models import VatCategory, VatRate
from billing.services import vat_rates
from sessions_app.admin.served import ServedAdmin, actor_of
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.errors import DomainError
from studio.showing import badge


def usual_zero_rates() -> list[dict[str, str]]:
    """Return the facts of rates of 0 % that clients abroad or exempt work ask for, of categories that have none yet.

    queries: 1
    """
    there = set(VatRate.objects.offered().values_list("category", flat=True))
    usual = {
        VatCategory.REVERSE_CHARGE: _u("Reverse charge: article 196 of Directive 2006/112/EC."),
        VatCategory.OUTSIDE: _u("Not subject to VAT: the client is in a country outside the Union."),
        VatCategory.EXEMPT: "",
    }
    return [
        {"name": f"0 %, {category.label}", "rate": "0", "category": category.value, "reason": reason}
        for category, reason in usual.items()
        if category not in there
    ]


@admin.register(VatRate, site=studio_site)
class VatRateAdmin(ServedAdmin):
    """Rates: named, archived, never rewritten once a document names them."""

    menu = MenuEntry(MenuGroup.MONEY, "percent", 70, title=_("VAT rates"))
    list_display = ("name", "rate", "category", "state")
    list_filter = ("category",)
    search_fields = ("name",)
    ordering = ("-is_default", "-rate", "pk")
    fields = ("name", ("rate", "category"), "reason")
    list_before_template = "billing/admin/rate_tools.html"
    actions = ("make_default", "archive_selected", "restore_selected")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, and above it the usual rates of 0 % that the studio has not made yet."""
        offered = usual_zero_rates() if self.has_add_permission(request) else ()
        add = reverse("admin:billing_vatrate_add")
        links = [(given["name"], f"{add}?{urlencode(given)}") for given in offered]
        return super().changelist_view(request, {"usual_rates": links, **(extra_context or {})})

    @admin.display(description=_("state"), ordering="archived_at")
    def state(self, rate: VatRate) -> str:
        """Show whether new lines have it, may have it, or no longer may."""
        if rate.archived_at:
            return badge(_("archived"), "muted")
        return badge(_("default"), "success") if rate.is_default else badge(_("offered"), "info")

    @admin.action(description=_("Make it the default"), permissions=["change"])
    def make_default(self, request: HttpRequest, queryset: QuerySet[VatRate]) -> None:
        """Let new lines have the one rate that is chosen."""
        if queryset.count() != 1:
            self.message_user(request, _u("Choose one rate."), messages.ERROR)
            return
        self._each(request, queryset, vat_rates.make_default)

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive_selected(self, request: HttpRequest, queryset: QuerySet[VatRate]) -> None:
        """Offer the chosen ones no longer."""
        self._each(request, queryset, vat_rates.archive_rate)

    @admin.action(description=_("Offer again"), permissions=["change"])
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[VatRate]) -> None:
        """Offer the chosen ones again."""
        self._each(request, queryset, vat_rates.restore_rate)

    def _each(self, request: HttpRequest, chosen: QuerySet[VatRate], act: Any) -> None:
        for rate in chosen.order_by("pk"):
            try:
                changed = act(rate=rate, actor=actor_of(request), now=timezone.now())
            except DomainError as refusal:
                self.message_user(request, f"{rate}: {refusal}", messages.ERROR)
            else:
                told = _u("%(rate)s is changed.") % {"rate": changed}
                self.message_user(request, told, messages.SUCCESS)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> VatRate:
        """Write down a rate."""
        return vat_rates.create_rate(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: VatRate, given: dict[str, Any], now: datetime) -> None:
        """Change a rate."""
        vat_rates.change_rate(vat_rate=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: VatRate, now: datetime) -> None:
        """Delete a rate that nothing names."""
        vat_rates.delete_rate(rate=obj, actor=actor_of(request), now=now)

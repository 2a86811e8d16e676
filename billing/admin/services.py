"""The catalogue, and how single clients are billed."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from billing.models import BillingDetails, Service, VatRate
from billing.services import catalogue
from sessions_app.admin.served import ServedAdmin, actor_of
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, kind_of, studio_site
from studio.admin_tools import StudioModelAdmin
from studio.showing import badge


@admin.register(Service, site=studio_site)
class ServiceAdmin(ServedAdmin):
    """What is sold at a price; documents copy it."""

    menu = MenuEntry(MenuGroup.MONEY, "sell", 60)
    list_display = ("name", "category", "unit", "unit_price", "vat_rate", "state")
    list_select_related = ("vat_rate",)
    list_filter = ("is_active", "category")
    search_fields = ("name", "description")
    ordering = ("position", "name", "pk")
    fields = (
        *("name", "description", "category"),
        ("unit", "default_quantity"),
        ("unit_price", "vat_rate"),
        "session_type",
        ("position", "is_active"),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the studio's usual rate of VAT."""
        usual = VatRate.objects.offered().filter(is_default=True).first()
        return {**super().get_changeform_initial_data(request), "vat_rate": usual}

    def get_fields(self, request: HttpRequest, obj: Service | None = None) -> Any:
        """Return what there is to say; types of sessions only where there is training."""
        return [name for name in self.fields if name != "session_type" or kind_of(request) in TRAINING]

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, service: Service) -> str:
        """Show whether it is sold."""
        return badge(_("on sale"), "success") if service.is_active else badge(_("not sold"), "muted")

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Service:
        """Put a service into the catalogue."""
        return catalogue.create_service(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Service, given: dict[str, Any], now: datetime) -> None:
        """Change a service."""
        catalogue.change_service(service=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Service, now: datetime) -> None:
        """Take a service out of the catalogue."""
        catalogue.delete_service(service=obj, actor=actor_of(request), now=now)


@admin.register(BillingDetails, site=studio_site)
class BillingDetailsAdmin(StudioModelAdmin):
    """Names in law, numbers and terms of single clients."""

    menu = MenuEntry(MenuGroup.MONEY, "badge", 80)
    list_display = ("client", "legal_name", "vat_number", "country", "payment_term_days", "vat_rate")
    list_select_related = ("client", "vat_rate")
    search_fields = ("client__name", "legal_name", "vat_number")
    autocomplete_fields = ("client",)
    ordering = ("client__name", "pk")
    fields = (
        *("client", "legal_name"),
        ("vat_number", "registration_number", "country"),
        ("email", "language"),
        ("payment_term_days", "vat_rate", "purchase_order"),
        "time_step_minutes",
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the languages that documents are written in."""
        if db_field.name != "language":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        offered = [("", _("the studio's own")), *settings.LANGUAGES]
        return forms.ChoiceField(label=_("Language"), choices=offered, required=False, widget=UnfoldAdminSelectWidget)

"""Whose account at Stripe is whose, and what Stripe told that is about nobody here."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from studio.accounts.requests import actor_of
from studio.admin_sites import MenuEntry, MenuGroup, platform_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin, when
from studio.platform.selectors.online import online_state
from studio.tenancy.models import PaymentAccount, StrayEvent
from studio.tenancy.services import payment_accounts


@admin.register(PaymentAccount, site=platform_site)
class PaymentAccountAdmin(StudioModelAdmin):
    """The account that each studio's money goes to; operators give them, studios have theirs made by Stripe."""

    menu = MenuEntry(MenuGroup.STUDIOS, "account_balance", order=40)
    list_display = ("studio", "account", "is_ready", "connected_by")
    list_before_template = "platform/online_state.html"
    list_select_related = ("studio",)
    list_filter = ("is_ready",)
    search_fields = ("studio__name", "provider_account")
    ordering = ("studio__name", "pk")
    fields = ("studio", "provider_account", "is_ready", "connected_by")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show above the list how paying online stands."""
        return super().changelist_view(request, {"online": online_state(timezone.now()), **(extra_context or {})})

    def get_readonly_fields(self, request: HttpRequest, obj: PaymentAccount | None = None) -> list[str]:
        """Return what is not chosen here: an account stays its studio's."""
        return ["is_ready", "connected_by"] + (["studio"] if obj else [])

    def save_model(self, request: HttpRequest, obj: PaymentAccount, form: Any, change: bool) -> None:
        """Give the studio the account."""
        given = payment_accounts.assign_account(
            studio=obj.studio, account=obj.provider_account, by=actor_of(request).label
        )
        obj.pk = given.pk

    @admin.display(description=_("account at Stripe"), ordering="provider_account")
    def account(self, row: PaymentAccount) -> str:
        """Show its name."""
        return str(row)


@admin.register(StrayEvent, site=platform_site)
class StrayEventAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Signed events of nobody, the newest first: a wrong endpoint, or an account that was taken from a studio."""

    menu = MenuEntry(MenuGroup.STUDIOS, "mark_email_unread", order=45)
    list_display = ("received", "type", "problem", "account", "event_id")
    list_filter = ("type",)
    search_fields = ("event_id", "provider_account")
    ordering = ("-received_at", "-pk")
    fields = (("type", "event_id"), "problem", ("received", "account"), "said")

    class Media:
        css = {"all": ("admin_theme/online.css",)}

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, event: StrayEvent) -> str:
        """Show when it came."""
        return when(event.received_at)

    @admin.display(description=_("account at Stripe"), ordering="provider_account")
    def account(self, event: StrayEvent) -> str:
        """Show at which it happened."""
        return event.provider_account or gettext("the platform's own")

    @admin.display(description=_("what it said"))
    def said(self, event: StrayEvent) -> SafeString:
        """Show the event as it was signed."""
        return format_html('<pre class="event-said">{}</pre>', json.dumps(event.payload, indent=2, ensure_ascii=False))

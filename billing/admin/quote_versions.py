"""Versions of quotes, each as it was sent: its file, where it went, and what the client said to it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.admin.printed import PaperPages
from billing.admin.quote_parts import OUTCOME_TONES, in_groups
from billing.models import QuoteVersion, VersionOutcome
from studio.admin_sites import studio_site
from studio.admin_tools import ReadOnlyAdmin
from studio.showing import badge, money, when, zone_label


@admin.register(QuoteVersion, site=studio_site)
class QuoteVersionAdmin(ReadOnlyAdmin, PaperPages):
    """What was sent; it stays as it is."""

    send_right = "billing.send_quote"
    list_display = ("__str__", "client", "sent", "sum_shown", "state")
    list_select_related = ("quote__client",)
    list_filter = ("outcome", "sent_at")
    search_fields = ("quote__quote_number", "quote__title", "quote__client__name")
    ordering = ("-pk",)
    fields = (("quote_shown", "state"), ("sent", "until"), ("sum_shown", "signer_name"), "fingerprint", "remark")

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuoteVersion]:
        """Return the versions with their quotes: they are called by them; what was sent stays behind."""
        return super().get_queryset(request).select_related("quote__client").defer("snapshot")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return everything."""
        return [name for row in self.fields for name in ((row,) if isinstance(row, str) else row)]

    @admin.display(description=_("quote"))
    def quote_shown(self, version: QuoteVersion) -> SafeString:
        """Show the quote, with the link."""
        link = reverse("admin:billing_quote_change", args=[version.quote_id])
        return format_html('<a class="panel-link" href="{}">{}</a>, {}', link, version.quote, version.quote.title)

    @admin.display(description=_("client"))
    def client(self, version: QuoteVersion) -> str:
        """Show for whom it is."""
        return str(version.quote.client)

    @admin.display(description=zone_label(_("sent")), ordering="sent_at")
    def sent(self, version: QuoteVersion) -> str:
        """Show when, and by whom."""
        return ", ".join(filter(None, [when(version.sent_at), version.sent_by_label]))

    @admin.display(description=zone_label(_("valid until")), ordering="expires_at")
    def until(self, version: QuoteVersion) -> str:
        """Show how long it can be answered."""
        return when(version.expires_at)

    @admin.display(description=_("total"), ordering="total")
    def sum_shown(self, version: QuoteVersion) -> str:
        """Show what it comes to."""
        return money(version.total, version.currency)

    @admin.display(description=_("answer"), ordering="outcome")
    def state(self, version: QuoteVersion) -> str:
        """Show what became of it."""
        outcome = VersionOutcome(version.outcome)
        return badge(outcome.label, OUTCOME_TONES[outcome])

    @admin.display(description=_("fingerprint"))
    def fingerprint(self, version: QuoteVersion) -> str:
        """Show what an acceptance names."""
        return in_groups(version.content_hash)

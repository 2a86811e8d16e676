"""Quotes: drafts are written here, what was sent is looked at."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.admin.quote_pages import PAGES
from billing.admin.quote_parts import LineInline, VersionInline
from billing.models import Quote, QuoteItem, QuoteStatus, QuoteVersion
from billing.selectors.print_state import print_state
from billing.services import quotes
from sessions_app.admin.served import ServedAdmin, actor_of
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LineTextarea
from studio.admin_tools.model_admin import StudioModelForm
from studio.admin_tools.numbers import DecimalField
from studio.showing import NOTHING, badge, money, when, zone_label

TONES = {
    QuoteStatus.DRAFT: "muted",
    QuoteStatus.SENT: "info",
    QuoteStatus.ACCEPTED: "success",
    QuoteStatus.REJECTED: "danger",
    QuoteStatus.EXPIRED: "warning",
    QuoteStatus.CANCELLED: "neutral",
}
OFFER = (("title", "client"), ("project", "purchase_order"), ("validity_days", "deposit_percent", "price_mode"))
SUMS = ("subtotal_shown", "tax_shown", "total_shown")


class QuoteForm(StudioModelForm):
    """The facts of a draft."""

    class Meta:
        model = Quote
        fields = "__all__"
        widgets = {"terms": LineTextarea, "notes": LineTextarea, "internal_notes": LineTextarea}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "deposit_percent" in self.fields and not self.instance.pk:
            self.fields["deposit_percent"] = DecimalField(
                label=_("Deposit"),
                required=False,
                min_value=0,
                max_value=100,
                decimal_places=2,
                help_text=_("Percent of the total, invoiced at the acceptance. Empty: as usual for the client."),
            )
            self.initial.pop("deposit_percent", None)


@admin.register(Quote, site=studio_site)
class QuoteAdmin(ServedAdmin):
    """What was offered to whom, for how much, and what they said."""

    menu = MenuEntry(MenuGroup.MONEY, "request_quote", 15)
    form = QuoteForm
    list_display = ("named", "client", "title", "state", "total_shown", "until")
    list_select_related = ("client",)
    list_filter = ("status", "created_at")
    search_fields = ("quote_number", "title", "client__name")
    ordering = ("-pk",)
    autocomplete_fields = ("client", "project")
    action_pages = PAGES
    linked_lookups = ("client__id__exact",)
    change_form_outer_before_template = "billing/admin/printed_above.html"

    class Media:
        css = {"all": ("admin_theme/money_lists.css",)}

    @admin.display(description=_("number"), ordering="quote_number")
    def named(self, quote: Quote) -> str:
        """Show the number, or that it has none yet."""
        return quote.quote_number or str(_("draft"))

    @admin.display(description=_("status"), ordering="status")
    def state(self, quote: Quote) -> str:
        """Show how far it is; one whose time is up has expired, whenever that is written down."""
        status = QuoteStatus(quote.status)
        if status == QuoteStatus.SENT and quote.expires_at and quote.expires_at <= timezone.now():
            status = QuoteStatus.EXPIRED
        return badge(status.label, TONES[status])

    @admin.display(description=_("total"), ordering="total")
    def total_shown(self, quote: Quote) -> str:
        """Show what it comes to, VAT included."""
        return money(quote.payable, quote.currency)

    @admin.display(description=zone_label(_("valid until")), ordering="expires_at")
    def until(self, quote: Quote) -> str:
        """Show how long it can be answered."""
        return when(quote.expires_at) if quote.expires_at else NOTHING

    @admin.display(description=_("without VAT"))
    def subtotal_shown(self, quote: Quote) -> str:
        """Show the sum without VAT."""
        return money(quote.subtotal, quote.currency)

    @admin.display(description=_("VAT"))
    def tax_shown(self, quote: Quote) -> str:
        """Show all VAT."""
        return money(quote.tax_amount, quote.currency)

    def get_fieldsets(self, request: HttpRequest, obj: Quote | None = None) -> Any:
        """Ask for the facts; of one that is there, show what it comes to and has become."""
        words = (_("Words"), {"fields": ("notes", "terms", "internal_notes")})
        if obj is None:
            return ((None, {"fields": OFFER}), words)
        became = tuple(name for name in ("converted_to_project", "deposit_invoice") if getattr(obj, name))
        sums = (_("Sums"), {"fields": (SUMS, *([became] if became else []))})
        return ((None, {"fields": (("state", "until"), *OFFER)}), sums, words)

    def get_readonly_fields(self, request: HttpRequest, obj: Quote | None = None) -> Any:
        """Keep the client of a quote that is there."""
        kept = ("client", "state", "until", *SUMS, "converted_to_project", "deposit_invoice")
        return kept if obj is not None else ()

    def get_inlines(self, request: HttpRequest, obj: Quote | None) -> Any:
        """Show lines and versions below a quote that is there."""
        if obj is None:
            return ()
        return (LineInline, VersionInline) if obj.version else (LineInline,)

    def has_change_permission(self, request: HttpRequest, obj: Quote | None = None) -> bool:
        """Refuse what was sent: it is taken back first."""
        is_open = obj is None or obj.status == QuoteStatus.DRAFT
        return is_open and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Quote | None = None) -> bool:
        """Refuse what has a number."""
        is_new = obj is None or (obj.status == QuoteStatus.DRAFT and not obj.version)
        return is_new and super().has_delete_permission(request, obj)

    def has_send_permission(self, request: HttpRequest, obj: Quote | None = None) -> bool:
        """Return whether the person sends quotes and takes answers down."""
        return request.user.has_perm("billing.send_quote")

    def has_copy_permission(self, request: HttpRequest, obj: Quote | None = None) -> bool:
        """Return whether the person begins quotes."""
        return self.has_add_permission(request)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Quote:
        """Begin a quote."""
        if given.get("deposit_percent") is None:
            given.pop("deposit_percent", None)
        return quotes.create_quote(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Quote, given: dict[str, Any], now: datetime) -> None:
        """Change a draft."""
        quotes.change_quote(quote=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Quote, now: datetime) -> None:
        """Throw a draft away."""
        quotes.delete_quote(quote=obj, actor=actor_of(request), now=now)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Hand the lines to their service; what was sent is only shown."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if formset.model is QuoteItem:
            LineInline(Quote, self.admin_site).write(request, form.instance, formset, timezone.now())

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show above the facts how far the file of what was sent last is."""
        quote = context.get("original")
        if quote is not None and quote.version and request.user.has_perm("billing.view_quoteversion"):
            versions = QuoteVersion.objects.select_related("quote").filter(quote=quote)
            if last := versions.order_by("number").last():  # a former system kept none
                context |= {"printed": print_state(last)}
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: Quote, post_url_continue: str | None = None) -> HttpResponse:
        """Go on to the lines."""
        response = super().response_add(request, obj, post_url_continue)
        is_plain = "_addanother" not in request.POST and "_popup" not in request.POST
        if not is_plain:
            return response
        return HttpResponseRedirect(reverse("admin:billing_quote_change", args=[obj.pk]))

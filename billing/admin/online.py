"""What clients pay at Stripe, what goes back there, and what it tells: to look at, and to have dealt with again."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin import late_money, late_offers
from billing.admin.online_acts import GiveUpPage, LookAgainPage, LookAtRefundPage, ReplayPage
from billing.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    RefundAttempt,
    RefundState,
    StripeEvent,
)
from billing.selectors.attempt_story import EVENT_TONES, event_words, story_of
from billing.selectors.online_tries import with_argued
from billing.selectors.paying import sessions_of
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin
from studio.showing import NOTHING, badge, money, when, zone_name

ATTEMPT_TONES = {
    AttemptState.INTENDED: "neutral",
    AttemptState.OPEN: "info",
    AttemptState.PROCESSING: "warning",
    AttemptState.SUCCEEDED: "success",
    AttemptState.FAILED: "danger",
    AttemptState.EXPIRED: "muted",
    AttemptState.CANCELLED: "muted",
}
REFUND_TONES = {
    RefundState.INTENDED: "neutral",
    RefundState.PENDING: "warning",
    RefundState.SUCCEEDED: "success",
    RefundState.FAILED: "danger",
}
REPLAY = "billing.replay_stripeevent"
ABOUT_A_PAYMENT = ("re_", "pyr_", "dp_", "du_", "ch_", "py_", "evt_")  # what Stripe calls other things than payments


def mode_badge(*, is_live: bool) -> SafeString:
    """Return a word on whether money moves."""
    if is_live:
        return badge(gettext("real money"), "info")
    return badge(gettext("test mode: no money moves"), "warning")


def attempt_badge(attempt: Any) -> SafeString:
    """Return how far a payment is, and whether somebody has to look after it.

    attempt: as `with_argued` returns it
    """
    said = badge(attempt.get_state_display(), ATTEMPT_TONES[attempt.state])
    if attempt.is_argued:
        said += badge(gettext("taken back by the bank"), "danger")
    if attempt.late_at and not attempt.late_settled_at:
        said += badge(gettext("late, to be settled"), "warning")
    return said


class _AtStripe(ReadOnlyAdmin, StudioModelAdmin):
    """Rows that Stripe knows as well."""

    tones: Any

    class Media:
        css = {"all": ("admin_theme/online.css", "admin_theme/money_lists.css")}

    @admin.display(description=_("mode"), ordering="is_live")
    def mode(self, row: Any) -> SafeString:
        """Show whether money moves."""
        return mode_badge(is_live=row.is_live)

    @admin.display(description=_("account at Stripe"), ordering="provider_account")
    def at_account(self, row: Any) -> str:
        """Show whose money it is there."""
        return row.provider_account or gettext("the platform's own")

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: Any) -> SafeString:
        """Show how far it is."""
        return badge(row.get_state_display(), self.tones[row.state])

    @admin.display(description=_("begun"), ordering="asked_at")
    def asked(self, row: Any) -> str:
        """Show when Stripe was asked first."""
        return when(row.asked_at)


class LateFilter(SimpleListFilter):
    """Whether the money came after the slot was gone."""

    title = _("late")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the questions."""
        return [("waits", _("late, to be settled")), ("settled", _("late, settled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what was asked for."""
        if (value := self.value()) not in {"waits", "settled"}:
            return queryset
        return queryset.filter(late_at__isnull=False, late_settled_at__isnull=value == "waits")


def _address_of(row: Any) -> str:
    """Return the page of a row; "" for none."""
    if row is None:
        return ""
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])


def _link(text: str, row: Any) -> SafeString:
    return format_html('<a class="panel-link" href="{}">{}</a>', _address_of(row), text)


@admin.register(PaymentAttempt, site=studio_site)
class PaymentAttemptAdmin(_AtStripe):
    """Every time a client was sent to Stripe, the newest first."""

    menu = MenuEntry(MenuGroup.MONEY, "credit_card", 22)
    action_pages = (late_offers.OfferPage, *late_money.ACTION_PAGES, LookAgainPage, GiveUpPage)
    change_form_outer_after_template = "billing/admin/attempt_below.html"
    list_display = ("asked", "invoice", "client", "purpose", "amount_shown", "state_shown", "error")
    list_select_related = ("invoice__client",)
    list_filter = ("state", "purpose", LateFilter, "is_live")
    linked_lookups = ("invoice__id__exact", "invoice__client__id__exact")
    search_fields = ("invoice__invoice_number", "invoice__client__name", "payment_intent_id", "checkout_session_id")
    search_help_text = _(
        "Numbers of documents, clients, and what Stripe calls anything: pi_, cs_, re_, dp_, ch_, evt_."
    )
    ordering = ("-asked_at", "-pk")
    fields = (
        *(("document", "client"), ("purpose", "amount_shown"), ("state_shown", "error"), ("money_shown", "sessions")),
        *(("checkout_session_id", "payment_intent_id"), ("at_account", "mode")),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PaymentAttempt], search_term: str
    ) -> tuple[QuerySet[PaymentAttempt], bool]:
        """Find by what Stripe calls a refund, a dispute, a charge or an event as well, typed whole."""
        term = search_term.strip()
        if not term.startswith(ABOUT_A_PAYMENT):
            return super().get_search_results(request, queryset, search_term)
        events = StripeEvent.objects.filter(Q(event_id=term) | Q(object_id=term), attempt__isnull=False)
        moved = Payment.objects.filter(provider_id=term, origin__isnull=False)
        return queryset.filter(Q(pk__in=events.values("attempt")) | Q(payment__in=moved.values("origin"))), False

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Tell below the facts what happened."""
        if attempt := context.get("original"):
            context |= {"story": [(each, _address_of(each.row)) for each in story_of(attempt)], "zone": zone_name()}
        return super().render_change_form(request, context, *args, **kwargs)

    def object_title(self, obj: PaymentAttempt) -> str:
        """Say how much of what."""
        return f"{obj.invoice}, {self.amount_shown(obj)}"

    @admin.display(description=_("document"))
    def document(self, attempt: PaymentAttempt) -> SafeString:
        """Show what is paid, with the link."""
        return _link(str(attempt.invoice), attempt.invoice)

    @admin.display(description=_("payment"))
    def money_shown(self, attempt: PaymentAttempt) -> str | SafeString:
        """Show the money that came, with the link."""
        payment = attempt.payment
        return _link(money(payment.amount, payment.currency), payment) if payment else NOTHING

    @admin.display(description=_("sessions"))
    def sessions(self, attempt: PaymentAttempt) -> str | SafeString:
        """Show what the document is for, each with its link."""
        found = sessions_of(attempt.invoice)
        return format_html_join(", ", "{}", [(_link(str(each), each),) for each in found]) if found else NOTHING

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentAttempt]:
        """Return the rows without what was printed of their documents."""
        rows: QuerySet[PaymentAttempt] = super().get_queryset(request)
        return with_argued(rows).defer("invoice__snapshot")

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, attempt: PaymentAttempt) -> SafeString:
        """Show how far it is, and whether somebody has to look after it."""
        return attempt_badge(attempt)

    @admin.display(description=_("client"), ordering="invoice__client__name")
    def client(self, attempt: PaymentAttempt) -> str:
        """Show whose document it is."""
        return str(attempt.invoice.client)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, attempt: PaymentAttempt) -> str:
        """Show how much."""
        return money(attempt.amount, attempt.currency)

    @admin.display(description=_("expires"), ordering="expires_at")
    def expires(self, attempt: PaymentAttempt) -> str:
        """Show how long Stripe's page takes money."""
        return when(attempt.expires_at)


@admin.register(RefundAttempt, site=studio_site)
class RefundAttemptAdmin(_AtStripe):
    """Every sum that Stripe was asked to pay back, the newest first."""

    menu = MenuEntry(MenuGroup.MONEY, "undo", 24)
    tones = REFUND_TONES
    action_pages = (LookAtRefundPage,)
    list_display = ("asked", "client", "paid_for", "amount_shown", "state_shown", "error")
    list_select_related = ("payment__client", "payment__origin__attempt__invoice")
    list_filter = ("state",)
    search_fields = ("refund_id", "payment__client__name", "payment__origin__provider_id")
    search_help_text = _("Clients, and what Stripe calls the refund or its payment: re_, pi_.")
    ordering = ("-asked_at", "-pk")
    fields = (("movement", "out_of"), ("client", "amount_shown"), ("state_shown", "error"), ("asked", "refund_id"))

    def object_title(self, obj: RefundAttempt) -> str:
        """Say how much goes to whom."""
        return f"{self.amount_shown(obj)}, {self.client(obj)}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundAttempt]:
        """Return the rows without what was printed of their documents."""
        rows: QuerySet[RefundAttempt] = super().get_queryset(request)
        return rows.defer("payment__origin__attempt__invoice__snapshot")

    @admin.display(description=_("out of"))
    def paid_for(self, refund: RefundAttempt) -> str:
        """Show the document whose payment it comes out of; none of what was paid before this system."""
        attempt = getattr(refund.payment.origin, "attempt", None)
        return str(attempt.invoice) if attempt else NOTHING

    @admin.display(description=_("movement"))
    def movement(self, refund: RefundAttempt) -> SafeString:
        """Show the movement in the books, with the link."""
        return _link(str(refund.payment), refund.payment)

    @admin.display(description=_("out of"))
    def out_of(self, refund: RefundAttempt) -> str | SafeString:
        """Show the payment at Stripe that it comes out of, with the link."""
        origin = getattr(refund.payment.origin, "attempt", None)
        return _link(str(origin), origin) if origin else NOTHING

    @admin.display(description=_("client"), ordering="payment__client__name")
    def client(self, refund: RefundAttempt) -> str:
        """Show who gets it."""
        return str(refund.payment.client)

    @admin.display(description=_("amount"), ordering="payment__amount")
    def amount_shown(self, refund: RefundAttempt) -> str:
        """Show how much."""
        return money(refund.payment.amount, refund.payment.currency)


@admin.register(StripeEvent, site=studio_site)
class StripeEventAdmin(_AtStripe):
    """Everything that Stripe told this studio, the newest first."""

    menu = MenuEntry(MenuGroup.MONEY, "inbox", 26)
    tones = EVENT_TONES
    list_display = ("received", "what", "state_shown", "problem", "attempt", "tries")
    list_select_related = ("attempt__invoice",)
    list_filter = ("state", "type")
    linked_lookups = ("attempt__id__exact",)
    search_fields = ("event_id", "object_id", "problem", "attempt__payment_intent_id", "attempt__checkout_session_id")
    search_help_text = _("What Stripe calls the event, what it is about, or the payment: evt_, cs_, pi_, re_, dp_.")
    ordering = ("-received_at", "-pk")
    action_pages = (ReplayPage,)
    fields = (
        *("what", ("state_shown", "problem"), ("payment", "tries"), ("received", "settled"), ("type", "event_id")),
        "object_id",
        *(("at_account", "mode"), "said"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripeEvent]:
        """Return the rows without what was printed of their documents."""
        rows: QuerySet[StripeEvent] = super().get_queryset(request)
        return rows.defer("attempt__invoice__snapshot")

    def object_title(self, obj: StripeEvent) -> str:
        """Say what happened, and when it was told."""
        return f"{self.what(obj)}, {when(obj.received_at)}"

    def has_replay_permission(self, request: HttpRequest, obj: StripeEvent | None = None) -> bool:
        """Return whether the person may have events dealt with again."""
        return request.user.has_perm(REPLAY)

    @admin.display(description=_("what Stripe tells"), ordering="type")
    def what(self, event: StripeEvent) -> str:
        """Show what happened, in words."""
        return capfirst(event_words(event.type))

    @admin.display(description=_("payment at Stripe"))
    def payment(self, event: StripeEvent) -> str | SafeString:
        """Show what it is about, with the link to its story."""
        return _link(str(event.attempt), event.attempt) if event.attempt else NOTHING

    @admin.display(description=_("dealt with"))
    def settled(self, event: StripeEvent) -> str:
        """Show when it was dealt with for good."""
        return when(event.settled_at) if event.settled_at else NOTHING

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, event: StripeEvent) -> str:
        """Show when it came."""
        return when(event.received_at)

    @admin.display(description=_("what it said"))
    def said(self, event: StripeEvent) -> SafeString:
        """Show the event as it was signed."""
        return format_html('<pre class="event-said">{}</pre>', json.dumps(event.payload, indent=2, ensure_ascii=False))

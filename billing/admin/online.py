"""What clients pay at Stripe, what goes back there, and what it tells: to look at, and to have dealt with again."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin import late_money
from billing.models import (
    AttemptState,
    EventState,
    PaymentAttempt,
    RefundAttempt,
    RefundState,
    StripeEvent,
)
from billing.services import stripe_events
from sessions_app.admin.served import actor_of
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.showing import badge, money, when

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
EVENT_TONES = {
    EventState.RECEIVED: "info",
    EventState.APPLIED: "success",
    EventState.IGNORED: "muted",
    EventState.FAILED: "danger",
    EventState.QUARANTINED: "danger",
}
REPLAY = "billing.replay_stripeevent"


class _AtStripe(ReadOnlyAdmin, StudioModelAdmin):
    """Rows that Stripe knows as well."""

    tones: Any

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: Any) -> SafeString:
        """Show how far it is."""
        return badge(row.get_state_display(), self.tones[row.state])

    @admin.display(description=_("begun"), ordering="asked_at")
    def asked(self, row: Any) -> str:
        """Show when Stripe was asked first."""
        return when(row.asked_at)


@admin.register(PaymentAttempt, site=studio_site)
class PaymentAttemptAdmin(_AtStripe):
    """Every time a client was sent to Stripe, the newest first."""

    menu = MenuEntry(MenuGroup.MONEY, "credit_card", 22)
    tones = ATTEMPT_TONES
    action_pages = late_money.ACTION_PAGES
    list_display = ("asked", "invoice", "client", "purpose", "amount_shown", "state_shown", "error")
    list_select_related = ("invoice__client",)
    list_filter = ("state", "purpose", "is_live")
    linked_lookups = ("invoice__id__exact", "invoice__client__id__exact")
    search_fields = ("invoice__invoice_number", "invoice__client__name", "payment_intent_id", "checkout_session_id")
    ordering = ("-asked_at", "-pk")
    fields = (
        *("invoice", "client", ("purpose", "amount_shown"), ("state_shown", "error"), ("asked", "expires")),
        *("payment", ("checkout_session_id", "payment_intent_id"), ("provider_account", "is_live"), "actor_label"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentAttempt]:
        """Return the rows without what was printed of their documents."""
        rows: QuerySet[PaymentAttempt] = super().get_queryset(request)
        return rows.defer("invoice__snapshot")

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
    list_display = ("asked", "client", "amount_shown", "state_shown", "error")
    list_select_related = ("payment__client",)
    list_filter = ("state",)
    search_fields = ("payment__client__name", "refund_id")
    ordering = ("-asked_at", "-pk")
    fields = ("payment", "client", "amount_shown", ("state_shown", "error"), ("asked", "refund_id"))

    @admin.display(description=_("client"), ordering="payment__client__name")
    def client(self, refund: RefundAttempt) -> str:
        """Show who gets it."""
        return str(refund.payment.client)

    @admin.display(description=_("amount"), ordering="payment__amount")
    def amount_shown(self, refund: RefundAttempt) -> str:
        """Show how much."""
        return money(refund.payment.amount, refund.payment.currency)


class ReplayPage(ActionPage):
    """Has an event dealt with again."""

    name = "replay"
    label = _("Deal with it again")
    icon = "replay"
    permission = "replay"
    question = _(
        "What the event is about is read at Stripe, and the books are made to say what Stripe says now. What they say"
        " already is not written twice."
    )

    def act(self, request: HttpRequest, obj: StripeEvent, form: ActionForm) -> str:
        """Queue it."""
        stripe_events.replay_event(event=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The event is being dealt with again.")


@admin.register(StripeEvent, site=studio_site)
class StripeEventAdmin(_AtStripe):
    """Everything that Stripe told this studio, the newest first."""

    menu = MenuEntry(MenuGroup.MONEY, "inbox", 26)
    tones = EVENT_TONES
    list_display = ("received", "type", "state_shown", "problem", "attempt", "tries")
    list_select_related = ("attempt__invoice",)
    list_filter = ("state", "type")
    linked_lookups = ("attempt__id__exact",)
    search_fields = ("event_id", "object_id", "problem")
    ordering = ("-received_at", "-pk")
    action_pages = (ReplayPage,)
    fields = (
        *(("type", "event_id"), ("state_shown", "problem"), "attempt", ("received", "tries"), "object_id"),
        *(("provider_account", "is_live"), "said"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripeEvent]:
        """Return the rows without what was printed of their documents."""
        rows: QuerySet[StripeEvent] = super().get_queryset(request)
        return rows.defer("attempt__invoice__snapshot")

    def has_replay_permission(self, request: HttpRequest, obj: StripeEvent | None = None) -> bool:
        """Return whether the person may have events dealt with again."""
        return request.user.has_perm(REPLAY)

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, event: StripeEvent) -> str:
        """Show when it came."""
        return when(event.received_at)

    @admin.display(description=_("what it said"))
    def said(self, event: StripeEvent) -> SafeString:
        """Show the event as it was signed."""
        return format_html("<pre>{}</pre>", json.dumps(event.payload, indent=2, ensure_ascii=False))

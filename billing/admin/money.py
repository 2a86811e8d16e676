"""Payments, and the postings of the ledger."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.admin.payment_pages import ACTION_PAGES
from billing.admin.receiving import RECEIVE, ReceivePage, open_view
from billing.models import Direction, LedgerTransaction, Payment, PaymentKind, PaymentState
from billing.selectors.credit import with_left
from billing.selectors.payment_page import payment_page, receipt_of
from sessions_app.admin.filters import monday_of
from sessions_app.forms import current_zone
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin
from studio.clock import local_day
from studio.showing import NOTHING, badge, day, money, when

SEE_RECEIPTS = "billing.view_paymentreceipt"
ONE_DAY, WEEK = timedelta(days=1), timedelta(days=7)
STATE_TONES = {PaymentState.PENDING: "warning", PaymentState.SETTLED: "success", PaymentState.FAILED: "danger"}


class DayFilter(SimpleListFilter):
    """On which days money moved, on the studio's calendar."""

    title = _("when")
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the periods on offer."""
        return [
            ("today", _("Today")),
            ("yesterday", _("Yesterday")),
            ("week", _("This week")),
            ("month", _("This month")),
            ("last_month", _("Last month")),
            ("year", _("This year")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what moved in the period."""
        today = local_day(timezone.now(), current_zone())
        first = today.replace(day=1)
        before = (first - ONE_DAY).replace(day=1)
        bounds = {
            "today": (today, today + ONE_DAY),
            "yesterday": (today - ONE_DAY, today),
            "week": (monday_of(today), monday_of(today) + WEEK),
            "month": (first, today + ONE_DAY),
            "last_month": (before, first),
            "year": (today.replace(month=1, day=1), today + ONE_DAY),
        }.get(self.value() or "")
        return queryset.filter(received_on__gte=bounds[0], received_on__lt=bounds[1]) if bounds else queryset


class LeftFilter(SimpleListFilter):
    """Whether something of the money is put against nothing."""

    title = _("left over")
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the questions."""
        return [("yes", _("put against nothing, or not all of it")), ("no", _("all of it is put"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep money that came in and is, or is not, left over."""
        came = Q(direction=Direction.IN)
        by_answer = {"yes": came & Q(left__gt=0), "no": came & Q(left=0)}
        return queryset.filter(by_answer[value]) if (value := self.value()) in by_answer else queryset


@admin.register(Payment, site=studio_site)
class PaymentAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Money that came in and went back; what is done to it has its own pages."""

    menu = MenuEntry(MenuGroup.MONEY, "payments", 20)
    list_display = ("dated", "way", "client", "amount_shown", "left_shown", "how_shown", "reference", "state_shown")
    list_select_related = ("client",)
    list_filter = ("method", DayFilter, LeftFilter, "direction", "state")
    linked_lookups = ("client__id__exact", "received_on")
    search_fields = ("reference", "client__name")
    ordering = ("-received_on", "-pk")
    action_pages = ACTION_PAGES
    change_form_outer_after_template = "billing/admin/payment_below.html"
    fieldsets = (
        (None, {"fields": ("client_shown", ("amount_shown", "left_shown"), ("how_shown", "dated"), "reference")}),
        (_("Record"), {"fields": (("way", "state_shown"), "came_in_as", "reason", ("actor_label", "written"))}),
    )

    class Media:
        css = {"all": ("admin_theme/money_lists.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        """Return the rows with what is left over of each."""
        rows: QuerySet[Payment] = super().get_queryset(request)
        mistaken = Payment.objects.filter(origin=OuterRef("pk"), kind=PaymentKind.MISTAKE)
        return with_left(rows).annotate(mistaken=Exists(mistaken))

    def get_fieldsets(self, request: HttpRequest, obj: Payment | None = None) -> Any:
        """Return what there is to say; of money that came in there is no payment before it, and seldom a reason."""
        parts: list[Any] = [(name, dict(part)) for name, part in self.fieldsets]
        if obj is not None and obj.direction == Direction.IN:
            hidden = {"came_in_as"} if obj.reason else {"came_in_as", "reason"}
            parts[-1][1]["fields"] = tuple(row for row in parts[-1][1]["fields"] if row not in hidden)
        return parts

    def get_readonly_fields(self, request: HttpRequest, obj: Payment | None = None) -> list[str]:
        """Return everything: a payment never changes."""
        rows = [field for _name, part in self.fieldsets for field in part["fields"]]
        return [name for row in rows for name in ((row,) if isinstance(row, str) else row)]

    def get_urls(self) -> list[Any]:
        """Return the URLs, that of the open documents first."""
        view = self.admin_site.admin_view(self._open_view)
        return [path("open/", view, name="billing_payment_open"), *super().get_urls()]

    def _open_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(RECEIVE):
            raise PermissionDenied
        return open_view(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right to take money."""
        return request.user.has_perm(RECEIVE)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take money: an act and no plain save."""
        return ReceivePage(self).answer(request, None)

    def object_title(self, obj: Payment) -> str:
        """Return how much, whose, and when."""
        return f"{money(obj.amount, obj.currency)}, {obj.client}, {day(obj.received_on)}"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show below the facts where the money went."""
        if payment := context.get("original"):
            receipt = receipt_of(payment) if request.user.has_perm(SEE_RECEIPTS) else None
            context |= {"shown": payment_page(payment), "receipt": receipt}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("method"), ordering="method")
    def how_shown(self, obj: Payment) -> str:
        """Show by what it was paid."""
        return obj.how

    @admin.display(description=_("day"), ordering="received_on")
    def dated(self, payment: Payment) -> str:
        """Show the day."""
        return day(payment.received_on)

    @admin.display(description=_("direction"), ordering="direction")
    def way(self, payment: Payment) -> str:
        """Show whether it came in or went out, and as what."""
        if payment.direction == Direction.IN:
            return badge(payment.get_direction_display(), "success")
        return badge(payment.get_kind_display(), "warning")

    @admin.display(description=_("client"))
    def client_shown(self, payment: Payment) -> SafeString:
        """Show whose it is, with the link."""
        link = reverse("admin:sessions_app_client_change", args=[payment.client_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, payment.client)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        """Show how much."""
        sign = "-" if payment.direction == Direction.OUT else ""
        return f"{sign}{money(payment.amount, payment.currency)}"

    @admin.display(description=_("left over"), ordering="left")
    def left_shown(self, payment: Any) -> str:
        """Show how much of it is neither put against a document nor paid back."""
        if payment.direction == Direction.OUT or not payment.left:
            return NOTHING
        return badge(money(payment.left, payment.currency), "warning")

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, payment: Any) -> str:
        """Show whether the money has moved, or never did."""
        if payment.mistaken:
            return badge(PaymentKind.MISTAKE.label, "muted")
        return badge(payment.get_state_display(), STATE_TONES[PaymentState(payment.state)])

    @admin.display(description=_("came in as"))
    def came_in_as(self, payment: Payment) -> str | SafeString:
        """Show which payment money that went out came from, with the link."""
        if payment.origin is None:
            return NOTHING
        link = reverse("admin:billing_payment_change", args=[payment.origin_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, self.object_title(payment.origin))

    @admin.display(description=_("written down"))
    def written(self, payment: Payment) -> str:
        """Show when it was written down."""
        return when(payment.created_at)


@admin.register(LedgerTransaction, site=studio_site)
class LedgerTransactionAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Postings; each is added, none is changed."""

    list_display = ("dated", "kind", "client", "invoice", "payment", "reason", "actor_label")
    list_select_related = ("client", "invoice", "payment")
    list_filter = ("kind", "booked_on")
    search_fields = ("invoice__invoice_number", "client__name")
    ordering = ("-booked_on", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerTransaction]:
        """Return the postings without what was printed of their documents."""
        rows: QuerySet[LedgerTransaction] = super().get_queryset(request)
        return rows.defer("invoice__snapshot")

    @admin.display(description=_("day"), ordering="booked_on")
    def dated(self, posting: LedgerTransaction) -> str:
        """Show the day."""
        return day(posting.booked_on)

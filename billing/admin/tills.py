"""Closing the day, and what came in day by day."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from billing.admin.money_forms import amount_field
from billing.models import PaymentMethod, TillClosing, TillMovement
from billing.selectors.till import open_till, takings
from billing.services import tills
from sessions_app.admin.pages import FIRST_YEAR, LAST_YEAR
from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone
from studio.admin_sites import AdminPage, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.admin_tools.numbers import DecimalField
from studio.clock import local_day
from studio.office.selectors.profile import current_profile
from studio.showing import badge, money, when

CLOSE, SEE = "billing.add_tillclosing", "billing.view_tillclosing"
NOTHING = Decimal(0)


class CloseForm(ActionForm):
    """What was counted, what is taken out, and where a difference comes from."""

    counted = amount_field(_("Counted in cash"), min_value=NOTHING)
    taken_out = amount_field(
        _("Taken out"), min_value=NOTHING, required=False, help_text=_("E.g. to the bank. The rest stays in the till.")
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Where the cash is more or less than expected: why, or that nobody knows."),
    )
    seen = DecimalField(widget=forms.HiddenInput)

    def fieldsets(self) -> Any:
        """Return what was counted and taken out, then the note."""
        return [(None, {"fields": [("counted", "taken_out"), "note"]})]


class ClosePage(ActionPage):
    """Closes the day."""

    name = "close"
    label = _("Close the day")
    icon = "point_of_sale"
    form_class = CloseForm
    template = "billing/admin/close_till.html"
    closed: TillClosing | None = None

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Ask for the right."""
        return request.user.has_perm(CLOSE)

    def initial(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Remember what was expected when the page was opened."""
        return {"seen": open_till(current_profile().currency).expected}

    def context(self, request: HttpRequest, obj: Any, form: ActionForm) -> dict[str, Any]:
        """Show what ought to be there."""
        currency = current_profile().currency
        return {"till": open_till(currency), "currency": currency}

    def render(self, request: HttpRequest, obj: Any, form: ActionForm, refusal: Any) -> HttpResponse:
        """Return the page; when money moved meanwhile, it shows, and next time asks about, what is expected now."""
        if isinstance(refusal, tills.MovedSince):
            typed: Any = form.data
            form.data = typed.dict() | {"seen": str(self.initial(request, obj)["seen"])}
        return super().render(request, obj, form, refusal)

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Close it."""
        given = form.cleaned_data
        self.closed = tills.close_till(
            currency=current_profile().currency,
            seen=given["seen"],
            counted=given["counted"],
            taken_out=given["taken_out"] or NOTHING,
            note=given["note"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        if self.closed.difference:
            told = gettext("The day is closed; the cash differs by %(difference)s.")
            return told % {"difference": money(self.closed.difference, self.closed.currency)}
        return gettext("The day is closed, and the cash is what it ought to be.")

    def back(self, obj: Any) -> str:
        """Go to the closing, or to the list."""
        if self.closed is None:
            return reverse("admin:billing_tillclosing_changelist")
        return super().back(self.closed)


@admin.register(TillClosing, site=studio_site)
class TillClosingAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Closed days: expected, counted, and the difference."""

    menu = MenuEntry(MenuGroup.MONEY, "lock_clock", 40)
    list_display = ("number", "moment", "expected_shown", "counted_shown", "difference_shown", "note", "actor_label")
    list_filter = ("closed_at",)
    search_fields = ("note", "actor_label")
    ordering = ("-number",)
    change_form_outer_after_template = "billing/admin/closing_below.html"
    fields = (
        ("moment", "actor_label"),
        ("opening_shown", "expected_shown"),
        ("counted_shown", "difference_shown", "taken_shown"),
        "note",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: TillClosing | None = None) -> list[str]:
        """Return everything: what was counted stays."""
        return [name for row in self.fields for name in ((row,) if isinstance(row, str) else row)]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right to close a day."""
        return request.user.has_perm(CLOSE)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Close the day: an act and no plain save."""
        return ClosePage(self).answer(request, None)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show below what it took up."""
        if closing := context.get("original"):
            labels = dict(PaymentMethod.choices)
            context["sums"] = [
                (labels.get(method, method), Decimal(came), Decimal(went))
                for method, (came, went) in closing.sums.items()
            ]
            movements = TillMovement.objects.filter(closing=closing).select_related(
                "payment__client", "payment__printed_receipt", "cash_move__expense"
            )
            context["movements"] = movements.order_by("payment", "cash_move")[:MOST_MOVEMENTS]
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("closed at"), ordering="closed_at")
    def moment(self, closing: TillClosing) -> str:
        """Show when."""
        return when(closing.closed_at)

    @admin.display(description=_("in the till before"))
    def opening_shown(self, closing: TillClosing) -> str:
        """Show what it began with."""
        return money(closing.opening_cash, closing.currency)

    @admin.display(description=_("expected"), ordering="expected_cash")
    def expected_shown(self, closing: TillClosing) -> str:
        """Show what ought to have been there."""
        return money(closing.expected_cash, closing.currency)

    @admin.display(description=_("counted"), ordering="counted_cash")
    def counted_shown(self, closing: TillClosing) -> str:
        """Show what was there."""
        return money(closing.counted_cash, closing.currency)

    @admin.display(description=_("taken out"))
    def taken_shown(self, closing: TillClosing) -> str:
        """Show what was taken out."""
        return money(closing.taken_out, closing.currency)

    @admin.display(description=_("difference"), ordering="difference")
    def difference_shown(self, closing: TillClosing) -> str | SafeString:
        """Show by how much they differ."""
        text = money(closing.difference, closing.currency)
        return badge(text, "danger" if closing.difference < 0 else "warning") if closing.difference else text


@admin.register(TillMovement, site=studio_site)
class TillMovementAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Which closing took up which movement."""

    list_display = ("payment_shown", "closing")
    list_select_related = ("payment__client", "cash_move", "closing")
    ordering = ("-pk",)

    @admin.display(description=_("payment"))
    def payment_shown(self, movement: TillMovement) -> str | SafeString:
        """Show the payment, with the link; or the cash that was no client's."""
        if movement.payment is None:
            return str(movement.cash_move)
        link = reverse("admin:billing_payment_change", args=[movement.payment_id])
        text = money(movement.payment.amount, movement.payment.currency)
        return format_html('<a class="panel-link" href="{}">{}</a>', link, text)


MOST_MOVEMENTS = 500


def takings_view(request: HttpRequest) -> HttpResponse:
    """Show what came in and went out day by day, by method."""
    first, last = _asked_days(request)
    currency = current_profile().currency
    days = takings(first=first, last=last, currency=currency)
    methods = [method for method in PaymentMethod if any(day.of(method) for day in days)]
    context = {
        **studio_site.each_context(request),
        "title": _("Takings"),
        "first": first,
        "last": last,
        "currency": currency,
        "methods": [method.label for method in methods],
        "rows": [(day, [(method.label, day.of(method)) for method in methods]) for day in days],
        "sums": [(method.label, sum((day.of(method) for day in days), NOTHING)) for method in methods],
        "came": sum((day.came for day in days), NOTHING),
        "went": sum((day.went for day in days), NOTHING),
        "whole": sum((day.rest for day in days), NOTHING),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "billing/admin/takings.html", context)


def _asked_days(request: HttpRequest) -> tuple[date, date]:
    """Return the first and the last day that the address names; this month up to today otherwise."""
    today = local_day(timezone.now(), current_zone())
    found = {"first": today.replace(day=1), "last": today}
    for name in found:
        with suppress(ValueError):
            day = parse_date(request.GET.get(name, ""))
            if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
                found[name] = day
    return min(found.values()), max(found.values())


studio_site.register_page(
    AdminPage(
        "takings/",
        "takings",
        takings_view,
        SEE,
        MenuEntry(MenuGroup.MONEY, "calendar_month", 30, title=_("Takings")),
    )
)

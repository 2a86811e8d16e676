"""Cash that is put into the till or taken out of it between two closings, and what expenses took."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from billing.admin.money_forms import OnceForm, amount_field, why_field
from billing.models import CashMove, CashMoveKind
from billing.selectors.till import open_till
from billing.services import cash_moves
from sessions_app.admin.served import actor_of
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.office.selectors.profile import current_profile
from studio.showing import NOTHING, badge, day, money

MOVE = "billing.add_cashmove"
TONES = {
    CashMoveKind.EXPENSE: "neutral",
    CashMoveKind.EXPENSE_BACK: "warning",
    CashMoveKind.PUT_IN: "success",
    CashMoveKind.TAKEN_OUT: "info",
}


class MoveForm(OnceForm):
    """Which way how much goes, and why."""

    kind = forms.ChoiceField(
        label=_("What"),
        choices=[
            (CashMoveKind.PUT_IN.value, _("Cash is put into the till")),
            (CashMoveKind.TAKEN_OUT.value, _("Cash is taken out of the till")),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    amount = amount_field(_("Amount"))
    reason = why_field()

    def fieldsets(self) -> Any:
        """Return which way and how much, then why."""
        return [(None, {"fields": [("kind", "amount"), "reason"]})]


class MovePage(ActionPage):
    """Puts cash in, or takes some out."""

    name = "move"
    label = _("Put cash in, or take some out")
    submit = _("Write it down")
    icon = "swap_vert"
    form_class = MoveForm
    moved: CashMove | None = None

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Ask for the right."""
        return request.user.has_perm(MOVE)

    def context(self, request: HttpRequest, obj: Any, form: ActionForm) -> dict[str, Any]:
        """Say what ought to be there, and what is written down elsewhere."""
        currency = current_profile().currency
        told = gettext(
            "%(cash)s ought to be in the till. Money of clients, and expenses that are paid in cash, move it by "
            "themselves: write down here what else goes in or out, e.g. change from the bank."
        )
        return {"question": told % {"cash": money(open_till(currency).expected, currency)}}

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Write it down."""
        given, currency = form.cleaned_data, current_profile().currency
        self.moved = cash_moves.move_cash(
            kind=CashMoveKind(given["kind"]),
            amount=given["amount"],
            currency=currency,
            reason=given["reason"],
            form_key=given["form_key"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        told = gettext("%(cash)s ought to be in the till now.")
        return told % {"cash": money(open_till(currency).expected, currency)}

    def back(self, obj: Any) -> str:
        """Go to the list."""
        return reverse("admin:billing_cashmove_changelist")


@admin.register(CashMove, site=studio_site)
class CashMoveAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Moves of cash that is no client's; each stays as it was written."""

    menu = MenuEntry(MenuGroup.MONEY, "swap_vert", 41)
    list_display = ("dated", "what", "amount_shown", "why", "actor_label")
    list_select_related = ("expense",)
    list_filter = ("kind", "moved_on")
    search_fields = ("reason", "expense__description")
    ordering = ("-moved_on", "-pk")
    fields = (("dated", "what"), ("amount_shown", "why"), "actor_label")

    def get_readonly_fields(self, request: HttpRequest, obj: CashMove | None = None) -> Any:
        """Return everything."""
        return ("dated", "what", "amount_shown", "why", "actor_label")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right to move cash."""
        return request.user.has_perm(MOVE)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Move cash: an act and no plain save."""
        return MovePage(self).answer(request, None)

    @admin.display(description=_("day"), ordering="moved_on")
    def dated(self, move: CashMove) -> str:
        """Show the day."""
        return day(move.moved_on)

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, move: CashMove) -> str:
        """Show why it moved."""
        kind = CashMoveKind(move.kind)
        return badge(kind.label, TONES[kind])

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, move: CashMove) -> str:
        """Show how much; below zero it left the till."""
        return money(move.signed, move.currency)

    @admin.display(description=_("for"))
    def why(self, move: CashMove) -> str | SafeString:
        """Show the expense, with the link, or the reason."""
        if move.expense is None:
            return move.reason or NOTHING
        link = reverse("admin:billing_expense_change", args=[move.expense_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, move.expense)

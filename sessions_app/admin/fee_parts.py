"""What an act costs, on its page before it is done; and letting the client off it with a reason."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from sessions_app.models import FeeKind, SessionStatus, StudioSession
from sessions_app.selectors.terms import FeeDue, fee_due, fees_due
from sessions_app.services.states import ARROWS
from studio.admin_tools import ActionForm, ActionPage
from studio.admin_tools.confirming import SHOWN
from studio.showing import money

SEE_MONEY = "sessions_app.view_sessionpriceline"
SET_PRICES = "sessions_app.change_sessionpriceline"
WAIVE = "sessions_app.waive_sessionfee"


def sees_money(request: HttpRequest) -> bool:
    """Return whether the person may see what sessions cost."""
    return request.user.has_perm(SEE_MONEY)


def sets_prices(request: HttpRequest) -> bool:
    """Return whether the person may change what a session costs."""
    return request.user.has_perm(SET_PRICES)


def waiver_of(form: ActionForm) -> str:
    """Return why the client is let off; empty where nobody was asked."""
    return str(form.cleaned_data.get("waive_because", ""))


def fees_of_selected(request: HttpRequest, sessions: QuerySet[StudioSession]) -> dict[str, Any]:
    """Return what cancelling several sessions costs, where it costs something: each with its sentence, and in all."""
    open_ones = sessions.filter(status__in=ARROWS[SessionStatus.CANCELLED])
    return fees_told(request, open_ones.select_related("room").order_by("pk"), FeeKind.CANCELLATION)


def fees_told(request: HttpRequest, sessions: Iterable[StudioSession], kind: FeeKind) -> dict[str, Any]:
    """Return what a change of each session would cost now, for `_fees.html`; nothing to whom money is not shown.

    sessions: with their rooms
    """
    if not sees_money(request):
        return {}
    dues = fees_due(list(sessions), kind, now=timezone.now())
    told = [(each.title, money(due.amount, each.currency), due.explanation) for each, due in dues.items()]
    sums: dict[str, Decimal] = {}
    for session, due in dues.items():
        sums[session.currency] = sums.get(session.currency, Decimal(0)) + due.amount
    totals = [money(amount, currency) for currency, amount in sorted(sums.items())]
    return {"fees": told[:SHOWN], "more_fees": max(len(told) - SHOWN, 0), "fee_totals": totals}


class FeePage(ActionPage):
    """Mixed in before a page's own class; its form has `waive_because` for whom may, where a fee is due."""

    fee_kind: FeeKind
    template = "sessions_app/admin/fee_page.html"

    def form(self, request: HttpRequest, obj: Any) -> ActionForm:
        """Return the form, without the question that need not be asked."""
        form = super().form(request, obj)
        if not (request.user.has_perm(WAIVE) and self._due(obj).amount):
            form.fields.pop("waive_because", None)
        return form

    def context(self, request: HttpRequest, obj: Any, form: ActionForm) -> dict[str, Any]:
        """Return what the act costs."""
        context = super().context(request, obj, form)
        if not sees_money(request):
            return context
        due = self._due(obj)
        return {**context, "fee": due, "fee_amount": money(due.amount, obj.currency)}

    def _due(self, obj: Any) -> FeeDue:
        return fee_due(obj, self.fee_kind, now=timezone.now())

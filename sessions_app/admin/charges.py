"""What is done to what a session costs: extras, a longer end, overage, a new price."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from sessions_app.admin.fee_parts import sees_money, sets_prices
from sessions_app.admin.hidden_money import without_facts
from sessions_app.admin.served import actor_of
from sessions_app.admin.waiting_pages import UntilForm, until_initial
from sessions_app.models import ExtraKind, SessionAssignment, SessionStatus, StudioSession
from sessions_app.models.charge import MOST_OF_ONE, QUANTITY_BOUNDS
from sessions_app.selectors.charges import charges_of
from sessions_app.selectors.overage import overage_of
from sessions_app.services import extras, prices
from studio.admin_tools import ActionForm, ActionPage
from studio.admin_tools.numbers import DecimalField
from studio.showing import money, when
from studio.trail import TrailLine, field_label, trail_of

ADD_EXTRAS = "sessions_app.add_sessionextra"
MONEY_VERBS = frozenset({"charge", "uncharge", "charge_fee", "waive", "reprice"})
MONEY_FACTS = (
    *("total", "total_source", "payment_status"),
    *("deposit_amount", "deposit_source", "deposit_asked_at", "deposit_paid"),
)


def charges_context(request: HttpRequest, session: StudioSession) -> dict[str, Any]:
    """Return what the session's page shows of its charges; nothing to whom money is not shown."""
    if not sees_money(request):
        return {}
    return {
        "charges": charges_of(session),
        "may_take_back": request.user.has_perm("sessions_app.delete_sessionextra") and session.invoiced_at is None,
        "may_waive": request.user.has_perm("sessions_app.waive_sessionfee") and session.invoiced_at is None,
    }


def shown_trail(request: HttpRequest, session: StudioSession) -> list[TrailLine]:
    """Return what was done to a session; without what it costs for whom money is not shown."""
    lines = list(trail_of(session))
    if sees_money(request):
        return lines
    hidden = [field_label(StudioSession, name) for name in MONEY_FACTS]
    hidden.append(field_label(SessionAssignment, "rate"))
    return without_facts([line for line in lines if line.verb not in MONEY_VERBS], hidden)


class ChargingPage(ActionPage):
    """An act on what a session costs: for whom may charge extras, while it is not invoiced."""

    permission = "view"
    statuses: tuple[SessionStatus, ...] = extras.CHARGED_STATUSES

    def may(self, request: HttpRequest, obj: StudioSession) -> bool:
        """Ask for the right to charge extras, and to see the session."""
        return request.user.has_perm(ADD_EXTRAS) and super().may(request, obj)

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it while charges can still change."""
        return obj.invoiced_at is None and obj.status in self.statuses


class ExtraForm(ActionForm):
    """What is charged."""

    description = forms.CharField(label=_("What"), max_length=300, widget=UnfoldAdminTextInputWidget)
    quantity = DecimalField(
        label=_("Quantity"),
        decimal_places=2,
        validators=[
            MinValueValidator(Decimal("0.01"), QUANTITY_BOUNDS),
            MaxValueValidator(MOST_OF_ONE, QUANTITY_BOUNDS),
        ],
        initial=1,
    )
    unit_price = DecimalField(
        label=_("Price of one"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        help_text=_("Without VAT."),
    )

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return what, how many and at what price."""
        return [(None, {"fields": ["description", ("quantity", "unit_price")]})]


class ExtraPage(ChargingPage):
    """Charges something beside the price."""

    name = "extra"
    label = _("Add an extra")
    icon = "add_shopping_cart"
    form_class = ExtraForm

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Charge it."""
        extra = extras.add_extra(session=obj, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        told = gettext("%(what)s is charged: %(amount)s.")
        return told % {"what": extra.description, "amount": money(extra.amount, obj.currency)}


class OveragePage(ChargingPage):
    """Charges the time after the booked end."""

    name = "overage"
    label = _("Charge the overage")
    icon = "more_time"
    statuses = (SessionStatus.COMPLETED,)

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it where the session lasted longer, and nobody has charged it yet."""
        if not super().is_offered(obj) or obj.actual_end is None or obj.actual_end <= obj.ends_at:
            return False
        over = overage_of(obj)
        return bool(over and over.amount) and not obj.extras.filter(kind=ExtraKind.OVERAGE).exists()

    def context(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> dict[str, Any]:
        """Return what would be charged, as the question."""
        over = overage_of(obj)
        if over is None or not over.amount:
            return {"question": gettext("There is nothing to charge for.")}
        return {"question": f"{over.sentence}: {money(over.amount, obj.currency)}."}

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Charge it."""
        extra = extras.charge_overage(session=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The overage is charged: %(amount)s.") % {"amount": money(extra.amount, obj.currency)}


class LongerPage(ActionPage):
    """Lets a session in progress last longer."""

    name = "longer"
    label = _("Let it last longer")
    icon = "update"
    form_class = UntilForm
    question = _("Until when does it go on? The added hours are charged by the price list.")

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it while the session is in progress."""
        return obj.status == SessionStatus.IN_PROGRESS and obj.invoiced_at is None

    def initial(self, request: HttpRequest, obj: StudioSession) -> dict[str, Any]:
        """Propose half an hour more."""
        return until_initial(obj.ends_at + timedelta(minutes=30))

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Extend it."""
        ends_at = form.cleaned_data["until"]
        extended = extras.extend_session(session=obj, ends_at=ends_at, actor=actor_of(request), now=timezone.now())
        return gettext("The session now lasts until %(time)s.") % {"time": when(extended.ends_at)}


class RepricePage(ActionPage):
    """Agrees anew on what the price list says now."""

    name = "reprice"
    label = _("Price anew")
    icon = "price_change"
    permission = "view"
    template = "sessions_app/admin/reprice.html"

    def may(self, request: HttpRequest, obj: StudioSession) -> bool:
        """Ask for the right to change what sessions cost."""
        return sets_prices(request) and super().may(request, obj)

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it while the price can still change."""
        return obj.invoiced_at is None and obj.client_id is not None and obj.status in prices.OPEN_STATUSES

    def context(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> dict[str, Any]:
        """Return old and new."""
        return {"charges": charges_of(obj), "listed": prices.listed_price(obj)}

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Agree on it."""
        quoted = prices.requote_session(session=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The session now costs %(amount)s.") % {"amount": money(quoted.total, quoted.currency)}

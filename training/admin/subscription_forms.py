"""What the acts on subscriptions ask for."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from sessions_app.forms import day_field
from studio.admin_sites import studio_site
from studio.admin_tools import ActionForm
from studio.admin_tools.numbers import DecimalField
from studio.admin_tools.searching import SearchOne
from studio.office.selectors.profile import current_currency
from studio.showing import money
from training.models import Member, Plan, Subscription
from training.services.booked_ahead import Settlement

MOST_ADJUSTED = 9999


class PlanChoiceField(forms.ModelChoiceField[Plan]):
    """A plan, with all that decides about it.

    currency: of the studio; the form that has the field says it
    """

    currency = ""

    def label_from_instance(self, obj: Plan) -> str:
        """Return its name, how much it holds, how long, and for how much."""
        sessions = ngettext("%(count)d session", "%(count)d sessions", obj.sessions_count)
        months = ngettext("%(count)d month", "%(count)d months", obj.months)
        counted = [sessions % {"count": obj.sessions_count}, months % {"count": obj.months}]
        return f"{obj}: {', '.join([*counted, money(obj.price, self.currency)])}"


def plan_field() -> PlanChoiceField:
    """Return the choice of a plan on sale."""
    return PlanChoiceField(
        Plan.objects.on_sale().order_by("price", "pk"), label=_("Plan"), widget=UnfoldAdminSelectWidget
    )


def reason_field(**given: Any) -> forms.CharField:
    """Return the question why."""
    return forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget, **given)


class PlanForm(ActionForm):
    """A form that asks for a plan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("PlanChoiceField", self.fields["plan"]).currency = current_currency()


class GrantForm(PlanForm):
    """Which plan a member gets, and from when."""

    member = forms.ModelChoiceField(
        Member.objects.order_by("last_name", "first_name", "pk"),
        label=_("Member"),
        widget=SearchOne(Subscription._meta.get_field("member"), studio_site),
    )
    plan = plan_field()
    starts_on = day_field(_("First day"), help_text=_("A day to come: the plan begins by itself on that day."))
    signup_fee = DecimalField(
        label=_("Sign-up fee"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text=_("Empty: the plan's, with a member's first plan."),
    )
    notes = forms.CharField(label=_("Notes"), required=False, widget=UnfoldAdminTextareaWidget({"rows": 3}))

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return who, what, when and for how much."""
        return [(None, {"fields": ["member", "plan", ("starts_on", "signup_fee"), "notes"]})]


class PlanChoice(PlanForm):
    """Which plan follows."""

    plan = plan_field()


class ReasonForm(ActionForm):
    """Why."""

    reason = reason_field()


class BookedForm(ReasonForm):
    """Why, and what becomes of the sessions that are booked on it."""

    booked = forms.TypedChoiceField(
        label=_("Sessions that are booked on it"),
        choices=[
            (Settlement.CANCELLED.value, _("The studio cancels them, and their credits come back")),
            (Settlement.KEPT.value, _("They take place, with the credits that they took")),
            (Settlement.UNPAID.value, _("They take place without a credit: another plan pays, or an invoice")),
        ],
        coerce=Settlement,
        empty_value=None,
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )


class EndForm(BookedForm):
    """What is asked when a subscription ends: a credit that comes back then expires with the others."""

    field_order = ("booked", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {Settlement.CANCELLED.value: _("The studio cancels them, and their credits expire")}
        field: Any = self.fields["booked"]
        field.choices = [(by, told.get(by, words)) for by, words in field.choices]


class PauseForm(BookedForm):
    """What is asked when it is paused, and until when."""

    resumes_on = day_field(
        _("First day back"),
        required=False,
        help_text=_("The day on which the plan goes on. Empty: until somebody resumes it."),
    )
    field_order = ("resumes_on", "booked", "reason")


class AdjustForm(ReasonForm):
    """How many credits, and why."""

    quantity = forms.IntegerField(
        label=_("Credits"),
        min_value=-MOST_ADJUSTED,
        max_value=MOST_ADJUSTED,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Below zero takes away."),
    )
    field_order = ("quantity", "reason")

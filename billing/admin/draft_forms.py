"""What the acts on drafts ask for."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from billing.admin.line_form import amount_field
from billing.models import Invoice, InvoiceKind, PriceMode
from sessions_app.forms import day_field
from sessions_app.models import Client, Project
from studio.admin_sites import studio_site
from studio.admin_tools import ActionForm
from studio.admin_tools.searching import SearchOne

LONGEST_TERM = 365
KINDS = [
    (InvoiceKind.INVOICE.value, _("Invoice")),
    (InvoiceKind.DEPOSIT.value, _("Deposit invoice: asked before the work, and taken off the final invoice")),
]
LINES, WORK = "lines", "work"
THEN = [(LINES, _("Write the lines")), (WORK, _("Choose sessions and hours that are not invoiced"))]


def text_field(label: Any, longest: int, **given: Any) -> forms.CharField:
    """Return a box for a line of text."""
    return forms.CharField(label=label, max_length=longest, widget=UnfoldAdminTextInputWidget, **given)


class NewDraftForm(ActionForm):
    """For whom a document is, and what it is."""

    client = forms.ModelChoiceField(
        Client.objects.filter(is_active=True).order_by("name", "pk"),
        label=_("Client"),
        widget=SearchOne(Invoice._meta.get_field("client"), studio_site),
    )
    project = forms.ModelChoiceField(
        Project.objects.order_by("name", "pk"),
        label=_("Project"),
        required=False,
        widget=SearchOne(Invoice._meta.get_field("project"), studio_site),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS, widget=UnfoldAdminRadioSelectWidget)
    purchase_order = text_field(
        _("Order number"), 100, required=False, help_text=_("Empty: the one that the client's billing details say.")
    )
    then = forms.ChoiceField(label=_("Then"), choices=THEN, widget=UnfoldAdminRadioSelectWidget)
    is_test = forms.BooleanField(
        label=_("Only a test"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Numbered apart and in no report; it charges for nothing and nobody can pay it."),
    )
    session = forms.CharField(required=False, widget=forms.HiddenInput)

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return for whom, what, and what comes next."""
        shown = [name for name in ("kind", "purchase_order", "then", "is_test") if name in self.fields]
        return [(None, {"fields": [*([("client", "project")] if "client" in self.fields else []), *shown]})]


class FactsForm(ActionForm):
    """What a draft says beside its lines."""

    project = forms.ModelChoiceField(
        Project.objects.none(), label=_("Project"), required=False, widget=UnfoldAdminSelectWidget
    )
    purchase_order = text_field(_("Order number"), 100, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget)
    price_mode = forms.ChoiceField(label=_("Prices"), choices=PriceMode.choices, widget=UnfoldAdminSelectWidget)
    supplied_from = day_field(_("Supplied from"), required=False)
    supplied_to = day_field(_("Supplied to"), required=False)
    payment_term_days = forms.IntegerField(
        label=_("Payment term"),
        min_value=0,
        validators=[MaxValueValidator(LONGEST_TERM)],
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Days from the day of issue."),
    )
    deposit_amount = amount_field(
        _("Deposit due first"),
        required=False,
        min_value=Decimal("0.01"),
        help_text=_("A part of this document. Empty: none. A deposit with an invoice of its own is an act of its own."),
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=4000,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=_("Printed below the lines."),
    )

    def __init__(self, *args: Any, draft: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        projects: Any = self.fields["project"]
        projects.queryset = Project.objects.filter(client=draft.client_id).order_by("name", "pk")
        projects.empty_label = _("No project")

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return the facts in pairs."""
        pairs = [
            ("project", "purchase_order"),
            ("supplied_from", "supplied_to"),
            ("payment_term_days", "deposit_amount"),
            ("language", "price_mode"),
        ]
        return [(None, {"fields": [*pairs, "notes"]})]


class DepositForm(ActionForm):
    """How much is asked first: a part in percent, or an amount."""

    percent = amount_field(_("Percent"), required=False, min_value=0, validators=[MaxValueValidator(100)])
    amount = amount_field(_("Or an amount, with VAT"), required=False, min_value=0)
    is_beside = forms.BooleanField(
        label=_("The deposits above are for other work"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return the two side by side, and what is asked where there are some before."""
        return [(None, {"fields": [("percent", "amount"), *(["is_beside"] if "is_beside" in self.fields else [])]})]

    def clean(self) -> dict[str, Any]:
        """Insist on one of the two."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(cleaned.get("percent")) == bool(cleaned.get("amount")):
            self.add_error(None, _("Say a percentage or an amount, one of the two."))
        return cleaned


class IssueForm(ActionForm):
    """What somebody has seen a draft come to."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return nothing: the page shows the draft itself."""
        return []


class DeductForm(ActionForm):
    """Which deposit invoices are taken off."""

    deposits = forms.ModelMultipleChoiceField(
        Invoice.objects.none(), label=_("Deposits"), required=False, widget=forms.CheckboxSelectMultiple
    )

"""What acts of money ask for."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from billing.models import Invoice, Payment, PaymentMethod
from billing.services.payments import Part
from sessions_app.forms import day_field, key_of
from sessions_app.models import Client
from studio.admin_sites import studio_site
from studio.admin_tools import ActionForm
from studio.admin_tools.fields import offer_choices
from studio.admin_tools.numbers import DecimalField
from studio.admin_tools.searching import SearchOne
from studio.showing import money

A_CENT = Decimal("0.01")
LONGEST_REFERENCE = 140
PART = "part-"  # and the key of a document


def amount_field(label: Any, **given: Any) -> DecimalField:
    """Return the question how much."""
    wanted = {"max_digits": 12, "decimal_places": 2, "min_value": A_CENT, **given}
    return DecimalField(label=label, **wanted)


def method_field(label: Any, **given: Any) -> forms.ChoiceField:
    """Return the question by what."""
    return forms.ChoiceField(label=label, choices=PaymentMethod.choices, widget=UnfoldAdminSelectWidget, **given)


def reference_field() -> forms.CharField:
    """Return what stands on the transfer, the slip or the terminal."""
    return forms.CharField(
        label=_("Reference"),
        max_length=LONGEST_REFERENCE,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What stands on the transfer, the cheque or the card terminal's slip."),
    )


def why_field() -> forms.CharField:
    """Return the question why."""
    return forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


def client_field(**given: Any) -> forms.ModelChoiceField[Client]:
    """Return the box that searches for a client."""
    return forms.ModelChoiceField(
        Client.objects.present().order_by("name", "pk"),
        label=_("Client"),
        widget=SearchOne(Payment._meta.get_field("client"), studio_site),
        **given,
    )


def mail_field() -> forms.BooleanField:
    """Return the question whether the client gets the receipt by mail."""
    return forms.BooleanField(
        label=_("Send the receipt by mail"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("As a PDF, to the address for the client's invoices."),
    )


class OnceForm(ActionForm):
    """A form that is written down once, however often it is sent."""

    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class ReceiveForm(OnceForm):
    """Money that came in, from whom, and for what.

    cleaned_data: `parts`, what was said for each document; None: the one of the key `invoice`, then the oldest first
    """

    client = client_field()
    amount = amount_field(_("Amount"))
    method = method_field(_("Paid by"))
    received_on = day_field(_("Day"))
    reference = reference_field()
    mails_receipt = mail_field()
    invoice = forms.CharField(widget=forms.HiddenInput, required=False)

    def fieldsets(self) -> Any:
        """Return who, how much, by what and when; and whether the receipt goes out, to whom may give one."""
        asked = ["client", ("amount", "method"), ("received_on", "reference")]
        return [(None, {"fields": [*asked, "mails_receipt"] if "mails_receipt" in self.fields else asked})]

    def clean(self) -> dict[str, Any]:
        """Read what is said for each document, and no more than came in."""
        cleaned = dict(super().clean() or {})
        typed = {name.removeprefix(PART): text for name, text in self.data.items() if name.startswith(PART)}
        cleaned["parts"] = self._parts(typed, cleaned) if typed else None
        return cleaned

    def _parts(self, typed: dict[str, Any], cleaned: dict[str, Any]) -> list[Part]:
        keys = filter(None, map(key_of, typed))
        found = Invoice.objects.filter(pk__in=keys, client=cleaned.get("client")).in_bulk()
        parts = []
        for key, text in typed.items():
            invoice = found.get(key_of(key) or 0)
            if not (amount := self._amount(invoice, text)):
                continue
            if invoice is None:
                self.add_error(None, _("A document that an amount was typed for is another client's. Look again."))
            else:
                parts.append(Part(invoice, amount))
        together = sum((part.amount for part in parts), Decimal(0))
        if (came := cleaned.get("amount")) is not None and together > came:
            told = _("%(parts)s are put against documents, and only %(came)s came in.")
            currency = cleaned["client"].currency if cleaned.get("client") else ""
            self.add_error(None, told % {"parts": money(together, currency), "came": money(came, currency)})
        return parts

    def _amount(self, invoice: Invoice | None, text: str) -> Decimal | None:
        try:
            return amount_field("", required=False, min_value=Decimal(0)).clean(text)
        except forms.ValidationError as refusal:
            self.add_error(None, f"{invoice}: {' '.join(refusal.messages)}")
            return None


class PutForm(OnceForm):
    """Which document gets how much."""

    invoice = forms.ModelChoiceField(Invoice.objects.none(), label=_("Document"), widget=UnfoldAdminSelectWidget)
    amount = amount_field(_("Amount"), required=False, help_text=_("Empty: as much as it asks, or as there is."))

    def offer(self, documents: Any) -> None:
        """Say which documents can be chosen."""
        field: Any = self.fields["invoice"]
        field.queryset = Invoice.objects.filter(pk__in=[document.pk for document in documents])
        choices = [(each.pk, f"{each}: {money(each.remaining_balance, each.currency)}") for each in documents]
        offer_choices(self, "invoice", choices)


class TakeOffForm(OnceForm):
    """From which document how much is taken, and why."""

    invoice = forms.TypedChoiceField(label=_("Document"), coerce=int, widget=UnfoldAdminSelectWidget)
    amount = amount_field(_("Amount"), required=False, help_text=_("Empty: all of it."))
    reason = why_field()


class RefundForm(OnceForm):
    """What is paid back, how much, by what and why."""

    what = forms.ChoiceField(label=_("What is paid back"), widget=UnfoldAdminSelectWidget)
    amount = amount_field(_("Amount"), required=False, help_text=_("Empty: all of it."))
    method = method_field(_("Paid back by"))
    paid_on = day_field(_("Day"))
    reason = why_field()

    def fieldsets(self) -> Any:
        """Return what, how much, by what, when and why."""
        return [(None, {"fields": ["what", ("amount", "method", "paid_on"), "reason"]})]


class MistakeForm(OnceForm):
    """Why a payment was none, or another."""

    reason = why_field()


class ReceiptForm(ActionForm):
    """Whether the receipt goes out."""

    mails_receipt = mail_field()

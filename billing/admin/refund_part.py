"""Paying back a part of what was paid online, with its credit note, in one act."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from billing.admin.credit_page import CREDIT, IN_PART, CreditForm, CreditPage
from billing.admin.line_form import amount_field
from billing.admin.money_forms import OnceForm
from billing.models import Invoice, Payment
from billing.selectors.payment_page import paid_online
from billing.services import credit_notes, refunds
from billing.services.credit_notes import Part
from billing.services.credit_shares import parts_over
from sessions_app.admin.served import actor_of
from sessions_app.forms import key_of
from studio.admin_tools.fields import offer_choices
from studio.showing import day, money

REFUND = "billing.refund_payment"
AN_AMOUNT = "amount"


class RefundPartForm(CreditForm, OnceForm):
    """Out of which payment how much goes back: an amount, or parts of lines; and why."""

    payment = forms.TypedChoiceField(label=_("Paid back out of"), coerce=int, widget=UnfoldAdminSelectWidget)
    extent = forms.ChoiceField(
        label=_("How much"),
        choices=[
            (AN_AMOUNT, _("An amount, shared out over all lines")),
            (IN_PART, _("Parts of lines, as typed below")),
        ],
        widget=UnfoldAdminRadioSelectWidget,
    )
    amount = amount_field(_("Amount, VAT included"), required=False, help_text=_("For an amount alone."))

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return the questions; the boxes of the lines stand in a table below."""
        return [(None, {"fields": ["payment", "extent", "amount", "reason"]})]

    def settle_extent(self, *, is_typed: bool) -> None:
        """Ask for what the choice needs, and refuse what contradicts it."""
        extent, amount = self.cleaned_data["extent"], self.cleaned_data["amount"]
        if extent == AN_AMOUNT and not (amount and amount > 0):
            self.add_error("amount", gettext("Say how much goes back."))
        elif extent == AN_AMOUNT and is_typed:
            self.add_error("extent", gettext("Amounts are typed below: choose parts of lines, or empty the boxes."))
        elif extent == IN_PART and amount:
            self.add_error("amount", gettext("Empty this box, or choose an amount: both together are not understood."))


class RefundPartPage(CreditPage):
    """Writes a credit note over a part and pays that part back."""

    name = "refund-part"
    label = _("Refund in part")
    icon = "currency_exchange"
    template = "billing/admin/refund_part.html"
    form_class = RefundPartForm
    question = _(
        "One act: the credit note takes its number, and as much goes back out of the payment the way it came. Nothing"
        " goes back without its credit note, and never more than is left of the payment."
    )

    def may(self, request: HttpRequest, obj: Invoice) -> bool:
        """Ask for both rights."""
        return request.user.has_perm(CREDIT) and request.user.has_perm(REFUND)

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it where something was paid online and is there."""
        return super().is_offered(obj) and bool(paid_online(obj))

    def form(self, request: HttpRequest, obj: Invoice) -> Any:
        """Return the form with the payments that the document has something of."""
        form = super().form(request, obj)
        paid = paid_online(obj)
        choices = [(str(each.pk), _said(each, put)) for each, put in paid]
        offer_choices(form, "payment", choices)
        asked = key_of(request.GET.get("payment"))
        usual = {"payment": asked or (paid[0][0].pk if paid else None), "extent": AN_AMOUNT}
        form.initial = {**usual, **form.initial}
        return form

    def chosen(self, form: Any, obj: Invoice) -> Sequence[Part] | None:
        """Return which parts of which lines go back."""
        if form.cleaned_data["extent"] == AN_AMOUNT:
            return parts_over(invoice=obj, amount=form.cleaned_data["amount"])
        parts: Sequence[Part] = form.parts()
        return parts

    def preview(self, form: Any, obj: Invoice) -> credit_notes.Preview:
        """Return what the button would take back; more than is there of the payment is refused before it is offered."""
        return refunds.preview_part(payment=_asked(form, obj), invoice=obj, parts=self.chosen(form, obj) or ())

    def act(self, request: HttpRequest, obj: Invoice, form: Any) -> str:
        """Issue the credit note and pay it back."""
        given = form.cleaned_data
        done = refunds.credit_part_and_refund(
            payment=_asked(form, obj),
            invoice=obj,
            parts=self.chosen(form, obj) or (),
            reason=given["reason"],
            form_key=given["form_key"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        self.note = done.note
        told = gettext("%(number)s is issued, and %(amount)s go back to the client. Stripe is being asked.")
        return told % {"number": done.note.invoice_number, "amount": money(done.amount, obj.currency)}


def _asked(form: Any, invoice: Invoice) -> Payment:
    """Return the payment that was chosen."""
    return next(each for each, _put in paid_online(invoice) if each.pk == form.cleaned_data["payment"])


def _said(payment: Payment, put: Decimal) -> str:
    told = gettext("%(put)s of %(amount)s, paid online on %(day)s")
    sums = {"put": money(put, payment.currency), "amount": money(payment.amount, payment.currency)}
    return told % {**sums, "day": day(payment.received_on)}

"""Taking back what was issued: a credit note over all that is left, or over parts of lines."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from billing.admin.draft_forms import text_field
from billing.admin.line_form import amount_field
from billing.models import Invoice, InvoiceItem, InvoiceStatus
from billing.selectors import left
from billing.services import credit_notes
from billing.services.credit_notes import Part
from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, ActionPage
from studio.showing import money

CREDIT = "billing.credit_invoice"
IN_FULL, IN_PART = "full", "part"
MOST_LINES = 200  # with a box each; a longer document is credited in full


class CreditForm(ActionForm):
    """How much of which line is taken back, and why.

    lines: those of which something is left, each with how much
    """

    reason = text_field(_("Reason"), 500, help_text=_("Printed on the credit note."))
    extent = forms.ChoiceField(
        label=_("How much"),
        choices=[(IN_FULL, _("All that is left")), (IN_PART, _("Parts of lines, as typed below"))],
        initial=IN_FULL,
        widget=UnfoldAdminRadioSelectWidget,
    )

    def __init__(self, *args: Any, lines: Mapping[InvoiceItem, Decimal], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for item, rest in lines.items():
            told = gettext("%(rest)s are left.") % {"rest": money(rest, currency)}
            self.fields[f"line-{item.pk}"] = amount_field(item.description, required=False, help_text=told)

    def boxes(self) -> list[tuple[InvoiceItem, Decimal, forms.BoundField]]:
        """Return each line with what is left of it and its box."""
        return [(item, rest, self[f"line-{item.pk}"]) for item, rest in self.lines.items()]

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return the questions; the boxes of the lines stand in a table below."""
        return [(None, {"fields": ["reason", "extent"]})]

    def parts(self) -> list[Part]:
        """Return what is taken back of which lines."""
        typed = [(item, self.cleaned_data[f"line-{item.pk}"]) for item in self.lines]
        return [Part(item, amount) for item, amount in typed if amount]


class CreditPage(ActionPage):
    """Writes and issues a credit note."""

    name = "credit"
    label = _("Credit note")
    icon = "undo"
    template = "billing/admin/credit.html"
    is_dangerous = True
    question = _(
        "The credit note takes the next number of its own series at once and stays as it is. What was paid and is"
        " credited stays with the client; sessions and hours that are credited in full can be charged again."
    )
    note: Invoice | None = None

    def may(self, request: HttpRequest, obj: Invoice) -> bool:
        """Ask for the right to credit."""
        return request.user.has_perm(CREDIT)

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it for what asks for money and is not taken back yet."""
        return obj.is_claim and obj.status != InvoiceStatus.CREDITED and not left.taken_off_by(obj)

    def form(self, request: HttpRequest, obj: Invoice) -> CreditForm:
        """Return the form, with a box for each line of which something is left."""
        rest = left.lines_left(obj)
        items = obj.items.filter(pk__in=rest).order_by("position")[:MOST_LINES]
        lines = {item: rest[item.pk] for item in items}
        return CreditForm(request.POST if request.method == "POST" else None, lines=lines, currency=obj.currency)

    def context(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> dict[str, Any]:
        """Say what the document comes to."""
        return {"invoice": obj, "rest": obj.payable - obj.credited_total}

    def act(self, request: HttpRequest, obj: Invoice, form: Any) -> str:
        """Issue the credit note."""
        given: dict[str, Any] = {
            "invoice": obj,
            "reason": form.cleaned_data["reason"],
            "actor": actor_of(request),
            "now": timezone.now(),
        }
        if form.cleaned_data["extent"] == IN_FULL:
            self.note = credit_notes.credit_in_full(**given)
        else:
            self.note = credit_notes.credit_in_part(parts=form.parts(), **given)
        told = gettext("%(number)s is issued: %(amount)s of %(original)s are credited.")
        amount = money(self.note.payable, self.note.currency)
        return told % {"number": self.note.invoice_number, "amount": amount, "original": obj.invoice_number}

    def back(self, obj: Invoice) -> str:
        """Go to the credit note."""
        return super().back(self.note or obj)

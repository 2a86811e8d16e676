"""Taking back what was issued: a credit note over all that is left, or over parts of lines."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from billing.admin.draft_forms import text_field
from billing.admin.invoice_filters import today
from billing.admin.line_form import amount_field
from billing.models import Invoice, InvoiceItem, InvoiceStatus, SeriesKind
from billing.selectors import left
from billing.selectors.issue_preview import number_to_come
from billing.services import credit_notes
from billing.services.credit_notes import Part
from sessions_app.admin.served import actor_of
from sessions_app.forms import key_of
from studio.admin_tools import ActionForm, ActionPage
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import money

CREDIT = "billing.credit_invoice"
IN_FULL, IN_PART = "full", "part"
NOTHING = Decimal(0)
MOST = 200  # lines on one page, with a box each


class CreditForm(ActionForm):
    """How much of which line is taken back, and why.

    lines: those of which something is left, each with how much
    shown: those with a box on this page; what was typed for others goes along unseen
    """

    reason = text_field(_("Reason"), 500, help_text=_("Printed on the credit note."))
    extent = forms.ChoiceField(
        label=_("How much"),
        choices=[(IN_FULL, _("All that is left")), (IN_PART, _("Parts of lines, as typed below"))],
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )

    def __init__(
        self,
        *args: Any,
        lines: Mapping[InvoiceItem, Decimal],
        shown: Sequence[InvoiceItem],
        currency: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.shown, self.typed = shown, []
        for item, rest in lines.items():
            name, is_shown = f"line-{item.pk}", item in shown
            if is_shown or self.data.get(name) or self.initial.get(name):
                told = gettext("%(rest)s are left.") % {"rest": money(rest, currency)}
                self.fields[name] = amount_field(item.description, required=False, help_text=told)
                self.typed.append(item)
                if not is_shown:
                    self.fields[name].widget = forms.HiddenInput()

    def boxes(self) -> list[tuple[InvoiceItem, forms.BoundField]]:
        """Return each line of the page with its box."""
        return [(item, self[f"line-{item.pk}"]) for item in self.shown]

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return the questions; the boxes of the lines stand in a table below."""
        return [(None, {"fields": ["reason", "extent"]})]

    def clean(self) -> dict[str, Any]:
        """Say above the form what is wrong with a line of another page."""
        for item in self.typed:
            if item not in self.shown and (wrong := self.errors.get(f"line-{item.pk}")):
                told = gettext("Line %(position)s, %(description)s: %(wrong)s")
                said = {"position": item.position, "description": item.description, "wrong": " ".join(map(str, wrong))}
                self.add_error(None, told % said)
        if not self.errors:
            self.settle_extent(is_typed=bool(self.parts()))
        return self.cleaned_data

    def settle_extent(self, *, is_typed: bool) -> None:
        """Take what is typed for the choice of parts; all that is left and amounts together are not understood."""
        extent = self.cleaned_data["extent"] or (IN_PART if is_typed else "")
        if not extent:
            self.add_error("extent", gettext("Say how much is taken back."))
        elif extent == IN_FULL and is_typed:
            self.add_error("extent", gettext("Amounts are typed below: choose parts of lines, or empty the boxes."))
        self.cleaned_data["extent"] = extent
        self.data = {name: self.data[name] for name in self.data} | {"extent": extent}

    def chosen(self) -> list[Part] | None:
        """Return what is taken back of which lines; None: all that is left."""
        return None if self.cleaned_data["extent"] == IN_FULL else self.parts()

    def parts(self) -> list[Part]:
        """Return what is typed for which lines."""
        typed = [(item, self.cleaned_data[f"line-{item.pk}"]) for item in self.typed]
        return [Part(item, amount) for item, amount in typed if amount]


class CreditPage(ActionPage):
    """Writes and issues a credit note."""

    name = "credit"
    label = _("Credit note")
    icon = "undo"
    form_class = CreditForm
    template = "billing/admin/credit.html"
    is_dangerous = True
    question = _(
        "The credit note takes the next number of its own series and stays as it is. What was paid and is"
        " credited stays with the client; sessions and hours that are credited in full can be charged again."
    )
    note: Invoice | None = None
    look: credit_notes.Preview | None = None
    pages: Page[InvoiceItem]

    def may(self, request: HttpRequest, obj: Invoice) -> bool:
        """Ask for the right to credit."""
        return request.user.has_perm(CREDIT)

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it for what asks for money and is not taken back yet."""
        return obj.is_claim and obj.status != InvoiceStatus.CREDITED and not left.taken_off_by(obj)

    def form(self, request: HttpRequest, obj: Invoice) -> Any:
        """Return the form, with a box for each line of the page; turning to another asks nothing of what is typed."""
        rest = left.lines_left(obj)
        lines = {item: rest[item.pk] for item in obj.items.filter(pk__in=rest).order_by("position")}
        turned = key_of(request.POST.get("turn"))
        self.pages = Paginator(list(lines), MOST).get_page(turned or key_of(request.POST.get("page")) or 1)
        given: dict[str, Any] = {"lines": lines, "shown": list(self.pages), "currency": obj.currency}
        if request.method == "POST" and not turned:
            return self.form_class(request.POST, **given)
        return self.form_class(initial=request.POST.dict(), **given)

    def chosen(self, form: Any, obj: Invoice) -> Sequence[Part] | None:
        """Return what is taken back of which lines; None: all that is left."""
        parts: Sequence[Part] | None = form.chosen()
        return parts

    def preview(self, form: Any, obj: Invoice) -> credit_notes.Preview:
        """Return what the button would take back."""
        return credit_notes.preview(invoice=obj, parts=self.chosen(form, obj))

    def answer(self, request: HttpRequest, obj: Invoice) -> HttpResponse:
        """Answer the page; before a number is taken what it comes to is looked at, as it is now."""
        form: Any = self.form(request, obj)
        if self.may(request, obj) and form.is_bound and form.is_valid():
            try:
                self.look = self.preview(form, obj)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                return self.render(request, obj, form, refusal)
            if request.POST.get("seen") != self.look.mark:
                return self.render(request, obj, form, None)
        return super().answer(request, obj)

    def context(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> dict[str, Any]:
        """Say what the document comes to, which of its lines have a box here, and what is about to be issued."""
        shown: dict[str, Any] = {"invoice": obj, "rest": obj.payable - obj.credited_total, "pages": self.pages}
        if self.look is not None and not form.errors:
            profile, on = current_profile(), today()
            number = number_to_come(SeriesKind.CREDIT_NOTE, profile.credit_note_pattern, on, is_test=obj.is_test)
            shown |= {
                "look": self.look,
                "number": number,
                "still": max(obj.remaining_balance - self.look.payable, NOTHING),
                "freed": max(self.look.payable - obj.remaining_balance, NOTHING),
            }
        return shown

    def act(self, request: HttpRequest, obj: Invoice, form: Any) -> str:
        """Issue the credit note."""
        given: dict[str, Any] = {
            "invoice": obj,
            "reason": form.cleaned_data["reason"],
            "seen": request.POST["seen"],
            "actor": actor_of(request),
            "now": timezone.now(),
        }
        parts = self.chosen(form, obj)
        if parts is None:
            self.note = credit_notes.credit_in_full(**given)
        else:
            self.note = credit_notes.credit_in_part(parts=parts, **given)
        told = gettext("%(number)s is issued: %(amount)s of %(original)s are credited.")
        amount = money(self.note.payable, self.note.currency)
        return told % {"number": self.note.invoice_number, "amount": amount, "original": obj.invoice_number}

    def back(self, obj: Invoice) -> str:
        """Go to the credit note."""
        return super().back(self.note or obj)

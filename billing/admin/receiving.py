"""Money that comes in: the page that writes it down, and the fragment that proposes where it goes."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.money_forms import PART, ReceiveForm, amount_field
from billing.models import Invoice, Payment
from billing.selectors.being_paid import being_paid
from billing.selectors.credit import credit_of
from billing.selectors.instalments import next_due
from billing.selectors.payment_page import open_documents, proposed
from billing.services import payments, receipt_mails
from billing.services.payments import Receipt
from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone, key_of
from sessions_app.models import Client
from studio.admin_tools import ActionForm, ActionPage
from studio.clock import local_day
from studio.showing import money

RECEIVE, GIVE_RECEIPT = "billing.add_payment", "billing.add_paymentreceipt"
NOTHING = Decimal(0)


class ReceivePage(ActionPage):
    """Writes down money that came in."""

    name = "receive"
    label = _("Receive a payment")
    icon = "payments"
    form_class = ReceiveForm
    template = "billing/admin/receive.html"
    received: Payment | None = None

    def may(self, request: HttpRequest, obj: Payment | None) -> bool:
        """Ask for the right to take money."""
        return request.user.has_perm(RECEIVE)

    def initial(self, request: HttpRequest, obj: Payment | None) -> dict[str, Any]:
        """Begin today, with the client that the link names and what is to pay of its document, or else of all."""
        client = _client(request.GET.get("client"))
        said = {"client": client, "received_on": local_day(timezone.now(), current_zone())}
        key = key_of(request.GET.get("invoice"))
        if client and key and (meant := Invoice.objects.unpaid().filter(pk=key, client=client).first()):
            return {**said, "amount": meant.remaining_balance, "invoice": key}
        return {**said, "amount": client.balance_due if client and client.balance_due > 0 else None}

    def form(self, request: HttpRequest, obj: Payment | None) -> ActionForm:
        """Return the form; the receipt is asked for of whoever may give one."""
        form = super().form(request, obj)
        if not request.user.has_perm(GIVE_RECEIPT):
            del form.fields["mails_receipt"]
        return form

    def context(self, request: HttpRequest, obj: Payment | None, form: ActionForm) -> dict[str, Any]:
        """Say where the open documents come from, and what was typed for each."""
        if form.is_bound:
            shown = _asked_part(form.data, typed=form.data)
        else:
            said = form.initial
            shown = _open_part(said["client"], said["amount"] or NOTHING, first=said.get("invoice"))
        return {"open_url": reverse("admin:billing_payment_open"), **shown}

    def act(self, request: HttpRequest, obj: Payment | None, form: ActionForm) -> str:
        """Write it down."""
        given = form.cleaned_data
        client: Client = given["client"]
        named = {name: given[name] for name in ("amount", "method", "received_on", "reference", "form_key")}
        against = given["parts"]
        if against is None:
            against = open_documents(client, client.currency, key_of(given["invoice"]))
        receive = receipt_mails.receive_and_mail_receipt if given.get("mails_receipt") else payments.receive_payment
        self.received = receive(
            client=client,
            receipt=Receipt(currency=client.currency, **named),
            against=against,
            actor=actor_of(request),
            now=timezone.now(),
        )
        left = payments.left_of(self.received)
        told = gettext("%(amount)s of %(client)s are written down.")
        sentences = [told % {"amount": money(self.received.amount, client.currency), "client": client}]
        if left:
            told = gettext("%(left)s are put against nothing and stay with the client.")
            sentences.append(told % {"left": money(left, client.currency)})
        return " ".join(sentences)

    def back(self, obj: Payment | None) -> str:
        """Go to the payment, or to the list."""
        if self.received is None:
            return reverse("admin:billing_payment_changelist")
        return super().back(self.received)


def open_view(request: HttpRequest) -> HttpResponse:
    """Answer what the chosen client still has to pay, each with a box for its part, as a fragment."""
    return TemplateResponse(request, "billing/admin/_open_documents.html", _asked_part(request.GET))


def _asked_part(asked: Mapping[str, Any], typed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    client, amount = _client(asked.get("client")), _typed(asked.get("amount"))
    return _open_part(client, amount, first=key_of(asked.get("invoice")), typed=typed)


def _client(typed: Any) -> Client | None:
    return Client.objects.present().filter(pk=key_of(typed) or 0).first()


def _typed(text: Any) -> Decimal:
    """Return an amount as somebody is typing it; nothing while it is none."""
    with suppress(ValidationError):
        return amount_field("", required=False).clean(text) or NOTHING
    return NOTHING


def _open_part(
    client: Client | None, amount: Decimal, *, first: int | None = None, typed: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the open documents of a client, each with what was typed for it, or else what is proposed."""
    documents = open_documents(client, client.currency, first) if client else ()
    is_typed = typed is not None and any(name.startswith(PART) for name in typed)
    today = local_day(timezone.now(), current_zone())
    dues = next_due(documents, today)
    rows = [
        (
            each.invoice,
            typed.get(f"{PART}{each.invoice.pk}", "") if typed and is_typed else each.part or "",
            dues.get(each.invoice.pk),
        )
        for each in proposed(documents, amount)
    ]
    return {
        "client": client,
        "credit": credit_of(client, client.currency) if client else NOTHING,
        "rows": rows,
        "is_typed": is_typed,
        "today": today,
        "on_their_way": being_paid([document.pk for document in documents]) if documents else (),
        "together": sum((document.remaining_balance for document in documents), NOTHING),
    }

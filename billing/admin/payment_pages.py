"""What is done to money that came in: put against documents, taken off again, paid back, receipted."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.money_forms import (
    MistakeForm,
    PutForm,
    ReceiptForm,
    RefundForm,
    TakeOffForm,
)
from billing.models import Direction, Payment, PaymentKind, PaymentReceipt
from billing.selectors.payment_page import open_documents, put_against
from billing.services import mistakes, payments, receipt_mails, receipts, refunds
from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone
from studio.admin_tools import ActionForm, ActionPage
from studio.admin_tools.fields import offer_choices
from studio.clock import local_day
from studio.showing import day, money

PUT, REFUND = "billing.add_allocation", "billing.refund_payment"
CREDIT, GIVE_RECEIPT = "billing.credit_invoice", "billing.add_paymentreceipt"
LEFT, AGAIN, CREDITED = "left", "again", "credited"
NOTHING = Decimal(0)


class PutPage(ActionPage):
    """Puts what is left over of a payment against a document."""

    name = "put"
    label = _("Put against a document")
    icon = "input"
    form_class = PutForm

    def may(self, request: HttpRequest, obj: Payment) -> bool:
        """Ask for the right."""
        return request.user.has_perm(PUT)

    def is_offered(self, obj: Payment) -> bool:
        """Offer it where something is left over and something is open."""
        is_left = obj.direction == Direction.IN and payments.left_of(obj) > 0
        return is_left and bool(open_documents(obj.client, obj.currency))

    def form(self, request: HttpRequest, obj: Payment) -> ActionForm:
        """Return the form with what is open."""
        form: Any = super().form(request, obj)
        form.offer(open_documents(obj.client, obj.currency))
        return form

    def context(self, request: HttpRequest, obj: Payment, form: ActionForm) -> dict[str, Any]:
        """Say how much there is."""
        left = money(payments.left_of(obj), obj.currency)
        return {"question": gettext("%(left)s are left over.") % {"left": left}}

    def act(self, request: HttpRequest, obj: Payment, form: ActionForm) -> str:
        """Put it there."""
        given = form.cleaned_data
        invoice = given["invoice"]
        amount = given["amount"] or min(payments.left_of(obj), invoice.remaining_balance)
        put = payments.allocate_payment(
            payment=obj,
            invoice=invoice,
            amount=amount,
            form_key=given["form_key"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        told = gettext("%(amount)s are put against %(document)s.")
        return told % {"amount": money(put.amount, obj.currency), "document": invoice}


class TakeOffPage(ActionPage):
    """Takes money off a document again."""

    name = "take-off"
    label = _("Take off a document")
    icon = "output"
    form_class = TakeOffForm
    question = _("The document is to be paid again; the money stays with the client.")

    def may(self, request: HttpRequest, obj: Payment) -> bool:
        """Ask for the right."""
        return request.user.has_perm(PUT)

    def is_offered(self, obj: Payment) -> bool:
        """Offer it where something is put."""
        return bool(put_against(obj))

    def form(self, request: HttpRequest, obj: Payment) -> ActionForm:
        """Return the form with what has some of the payment."""
        form = super().form(request, obj)
        put = put_against(obj)
        offer_choices(
            form,
            "invoice",
            [(str(each.invoice.pk), f"{each.invoice}: {money(each.amount, obj.currency)}") for each in put],
        )
        return form

    def act(self, request: HttpRequest, obj: Payment, form: ActionForm) -> str:
        """Take it off."""
        given = form.cleaned_data
        there = {each.invoice.pk: each for each in put_against(obj)}[given["invoice"]]
        taken = payments.take_off_payment(
            payment=obj,
            invoice=there.invoice,
            amount=given["amount"] or there.amount,
            reason=given["reason"],
            form_key=given["form_key"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        told = gettext("%(amount)s are taken off %(document)s and stay with the client.")
        return told % {"amount": money(-taken.amount, obj.currency), "document": there.invoice}


class RefundPage(ActionPage):
    """Pays money back: what is left over, or what a document had, which is credited or to be paid again."""

    name = "refund"
    label = _("Pay back")
    icon = "undo"
    form_class = RefundForm
    is_dangerous = True

    def may(self, request: HttpRequest, obj: Payment) -> bool:
        """Ask for the right."""
        return request.user.has_perm(REFUND)

    def is_offered(self, obj: Payment) -> bool:
        """Offer it where something of the money is there."""
        return obj.direction == Direction.IN and bool(self._choices(obj, may_credit=True))

    def initial(self, request: HttpRequest, obj: Payment) -> dict[str, Any]:
        """Begin with the way it came in."""
        return {"method": obj.method, "paid_on": local_day(timezone.now(), current_zone())}

    def form(self, request: HttpRequest, obj: Payment) -> ActionForm:
        """Return the form with what can be paid back."""
        form = super().form(request, obj)
        offer_choices(form, "what", self._choices(obj, may_credit=request.user.has_perm(CREDIT)))
        return form

    def _choices(self, obj: Payment, *, may_credit: bool) -> list[tuple[str, str]]:
        left, found = payments.left_of(obj), []
        if left > 0:
            told = gettext("%(amount)s that are left over")
            found.append((LEFT, told % {"amount": money(left, obj.currency)}))
        for each in put_against(obj):
            named = {"amount": money(each.amount, obj.currency), "document": each.invoice}
            if may_credit:
                told = gettext("%(document)s: write a credit note for all of it, and pay back what was paid")
                found.append((f"{CREDITED}-{each.invoice.pk}", told % named))
            told = gettext("%(document)s: pay back of the %(amount)s, and the document is to be paid again")
            found.append((f"{AGAIN}-{each.invoice.pk}", told % named))
        return found

    def act(self, request: HttpRequest, obj: Payment, form: ActionForm) -> str:
        """Pay it back."""
        given = form.cleaned_data
        how, _dash, key = given["what"].partition("-")
        acting: dict[str, Any] = {name: given[name] for name in ("reason", "method", "paid_on", "form_key")}
        acting |= {"actor": actor_of(request), "now": timezone.now()}
        if how == LEFT:
            amount = given["amount"] or payments.left_of(obj)
            back = payments.refund_payment(payment=obj, amount=amount, **acting)
            return _told_back(back.amount, obj)
        there = {str(each.invoice.pk): each for each in put_against(obj)}[key]
        if how == AGAIN:
            amount = given["amount"] or there.amount
            back = refunds.take_off_and_refund(payment=obj, invoice=there.invoice, amount=amount, **acting)
            return _told_back(back.amount, obj)
        done = refunds.credit_and_refund(invoice=there.invoice, **acting)
        told = gettext("%(note)s takes %(document)s back.") % {"note": done.note, "document": there.invoice}
        return f"{told} {_told_back(done.amount, obj)}"


def _told_back(amount: Decimal, payment: Payment) -> str:
    return gettext("%(amount)s are paid back.") % {"amount": money(amount, payment.currency)}


class ReceiptPage(ActionPage):
    """Gives a payment its receipt."""

    name = "receipt"
    label = _("Give a receipt")
    icon = "receipt"
    question = _("The receipt gets the next number and says what the money was put against.")
    form_class = ReceiptForm
    given: PaymentReceipt | None = None

    def may(self, request: HttpRequest, obj: Payment) -> bool:
        """Ask for the right."""
        return request.user.has_perm(GIVE_RECEIPT)

    def is_offered(self, obj: Payment) -> bool:
        """Offer it for what came in and has none."""
        was_there = obj.direction == Direction.IN and not obj.returns.filter(kind=PaymentKind.MISTAKE).exists()
        return was_there and not PaymentReceipt.objects.filter(payment=obj).exists()

    def act(self, request: HttpRequest, obj: Payment, form: ActionForm) -> str:
        """Give it."""
        asked: dict[str, Any] = {"payment": obj, "actor": actor_of(request), "now": timezone.now()}
        if form.cleaned_data["mails_receipt"]:
            mail = receipt_mails.give_and_mail_receipt(**asked)
            self.given = mail.receipt
            told = gettext("%(receipt)s is given, and goes to %(recipient)s.")
            return told % {"receipt": mail.receipt, "recipient": mail.recipient}
        self.given = receipts.issue_receipt(**asked)
        return gettext("%(receipt)s is given.") % {"receipt": self.given}

    def back(self, obj: Payment) -> str:
        """Go to the receipt."""
        if self.given is None:
            return super().back(obj)
        return reverse("admin:billing_paymentreceipt_change", args=[self.given.pk])


class MistakePage(ActionPage):
    """Says that money was written down by mistake."""

    name = "mistake"
    label = _("Written down by mistake")
    submit = _("Take the payment back")
    icon = "undo"
    form_class = MistakeForm
    is_dangerous = True

    def may(self, request: HttpRequest, obj: Payment) -> bool:
        """Ask for the right to pay back: what stands in the till or at the bank becomes less."""
        return request.user.has_perm(REFUND)

    def is_offered(self, obj: Payment) -> bool:
        """Offer it for what came in, was not paid back, and whose cash was not counted."""
        try:
            mistakes.require_mistakable(obj)
        except mistakes.NoMistake:
            return False
        return True

    def context(self, request: HttpRequest, obj: Payment, form: ActionForm) -> dict[str, Any]:
        """Say what becomes of it, its documents and its receipt."""
        sentences = [
            gettext(
                "%(amount)s of %(day)s never came in as they stand here: another client, another sum, another day, or "
                "not at all. The payment stays on record, and a second movement of today takes it back."
            )
            % {"amount": money(obj.amount, obj.currency), "day": day(obj.received_on)}
        ]
        if put := put_against(obj):
            told = gettext("These are to be paid again: %(documents)s.")
            sentences.append(told % {"documents": ", ".join(str(each.invoice) for each in put)})
        if receipt := PaymentReceipt.objects.filter(payment=obj).first():
            told = gettext("%(receipt)s was given for it: ask for it back.")
            sentences.append(told % {"receipt": receipt})
        return {"question": " ".join(sentences)}

    def act(self, request: HttpRequest, obj: Payment, form: ActionForm) -> str:
        """Take it back."""
        given = form.cleaned_data
        mistakes.take_back_payment(
            payment=obj,
            reason=given["reason"],
            form_key=given["form_key"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("The payment is taken back. Write down anew what really came in.")


ACTION_PAGES = (PutPage, TakeOffPage, RefundPage, ReceiptPage, MistakePage)

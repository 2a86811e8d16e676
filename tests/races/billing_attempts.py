"""What clerks try with the same money, the same document or the same deposit."""

from datetime import UTC, date, datetime
from decimal import Decimal

from billing.models import Invoice, Payment, VatRate
from billing.models.payment import PaymentQuerySet
from billing.services import credit_notes, deposits, drafts, issuing, payments, settling
from billing.services.drafts import NewLine
from billing.services.payments import Receipt
from sessions_app.models import Client
from sessions_app.services import linked_clients, merging

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HUNDRED = Decimal(100)
REFUSALS = (payments.TooMuch, payments.NotOpen, credit_notes.NotCreditable, drafts.NotADraft)
REFUSALS += (deposits.NothingLeft, linked_clients.MergedAway, merging.NotMergeable)


def unlock():
    """Take the locks of clients and payments away."""
    settling.lock_client = lambda client: Client.objects.get(pk=client.pk)
    PaymentQuerySet.locked = lambda rows: rows.order_by("pk")


def payer_of(number):
    """Return the client of a round."""
    return Client.objects.get(name=f"Payer {number}")


def draft_for(client, kind="invoice"):
    """Return a draft over 100 and 20 of VAT."""
    line = NewLine("Mix", HUNDRED, VatRate.objects.get(rate=20))
    return drafts.create_draft(client=client, kind=kind, lines=[line], actor=None, now=NOW)


def issued_for(client, kind="invoice"):
    """Return a document over 120."""
    return issuing.issue_invoice(invoice=draft_for(client, kind), actor=None, now=NOW)


def receive(client, against=()):
    """Write down 120 that came in."""
    receipt = Receipt(amount=Decimal(120), currency="EUR", received_on=date(2030, 1, 1))
    return payments.receive_payment(client=client, receipt=receipt, against=against, actor=None, now=NOW)


def prepare(number):
    """Give the client of a round a paid-for nothing, an unpaid invoice and a deposit."""
    client = payer_of(number)
    receive(client)
    issued_for(client)
    issued_for(client, "deposit_invoice")


def of_round(number, kind="invoice"):
    return Invoice.objects.order_by("pk").filter(client=payer_of(number), kind=kind).first()


def pay_back(number, racer):
    """Pay all of the round's money back."""
    payment = Payment.objects.get(client=payer_of(number), direction="in")
    payments.refund_payment(
        payment=payment, amount=payment.amount, reason="Over", method="transfer", actor=None, now=NOW
    )


def put_or_pay_back(number, racer):
    """Pay the round's money back; every second racer puts it against the invoice."""
    if racer % 2:
        pay_back(number, racer)
        return
    payment = Payment.objects.get(client=payer_of(number), direction="in")
    payments.allocate_payment(payment=payment, invoice=of_round(number), amount=payment.amount, actor=None, now=NOW)


def credit(number, racer):
    """Credit the round's invoice in full."""
    credit_notes.credit_in_full(invoice=of_round(number), reason="Mistake", actor=None, now=NOW)


def deduct_or_credit(number, racer):
    """Take the round's deposit off a final invoice of one's own; every second racer credits it."""
    deposit = of_round(number, "deposit_invoice")
    if racer % 2:
        credit_notes.credit_in_full(invoice=deposit, reason="Mistake", actor=None, now=NOW)
        return
    final = draft_for(payer_of(number))
    deposits.deduct_deposits(invoice=final, deposits=[deposit], actor=None, now=NOW)
    issuing.issue_invoice(invoice=final, actor=None, now=NOW)


def issue_one(number, racer):
    """Issue the one draft of a round."""
    draft = Invoice.objects.get(client=payer_of(number), notes="the one")
    issuing.issue_invoice(invoice=draft, actor=None, now=NOW)


def merge_or_bill(number, racer):
    """Bill the round's client and take their money; the first racer merges them into another meanwhile."""
    client = payer_of(number)
    if racer == 0:
        merging.merge_clients(survivor=Client.objects.get(name="Survivor"), merged=client, actor=None, now=NOW)
        return
    receive(client, [issued_for(client)])


ATTEMPTS = {
    attempt.__name__: attempt
    for attempt in (pay_back, put_or_pay_back, credit, deduct_or_credit, issue_one, merge_or_bill)
}

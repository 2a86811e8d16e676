"""A payment that was written down by mistake is taken back: both movements stay, and nothing is paid by it."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from billing.models import InvoiceStatus, LedgerTransaction, Payment, PaymentKind
from billing.selectors import books
from billing.services import mistakes, payments, receipts, tills
from billing.services.payments import Receipt
from sessions_app.models import Client
from tests.billing.test_payments import balances, owed, state
from tests.billing_factories import issued, paid
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ACT = {"actor": None, "now": NOW}
TODAY = date(2026, 6, 1)


def test_it_is_taken_off_its_documents_and_posted_back_on_the_day_it_is_noticed():
    first = issued()
    second = issued(client=first.client)
    paid(first, "20")
    receipt = Receipt(amount=Decimal(250), currency="EUR", received_on=TODAY, method="cash")
    wrong = payments.receive_payment(client=first.client, receipt=receipt, against=[first, second], **ACT)
    given = {"payment": wrong, "reason": " Paid by Noor ", "form_key": uuid4(), **ACT}
    back = mistakes.take_back_payment(**given)
    assert mistakes.take_back_payment(**given) == back
    shown = (back.direction, back.kind, back.amount, back.method, back.received_on, back.reason, back.origin)
    assert shown == ("out", PaymentKind.MISTAKE, 250, "cash", TODAY, "Paid by Noor", wrong)
    assert state(first) == (InvoiceStatus.PARTIALLY_PAID, 20, 0, 100)
    assert state(second) == (InvoiceStatus.ISSUED, 0, 0, 120)
    assert (owed(first.client), balances()) == (220, {"bank": 20, "receivables": 220, "revenue": -200, "vat": -40})
    posting = LedgerTransaction.objects.get(payment=back)
    assert (posting.kind, posting.booked_on, posting.reason) == ("mistake", TODAY, "Paid by Noor")
    assert Client.objects.get(pk=first.client_id).last_paid_on == date(2026, 5, 31)
    assert list(books.findings()) == []
    for act in (
        lambda: mistakes.take_back_payment(payment=wrong, reason="Again", **ACT),
        lambda: payments.refund_payment(payment=wrong, amount=Decimal(1), reason="x", method="cash", **ACT),
        lambda: receipts.issue_receipt(payment=wrong, **ACT),
    ):
        with pytest.raises((mistakes.NoMistake, payments.TooMuch, receipts.NoReceipt)):
            act()
    tills.close_till(currency="EUR", seen=Decimal(0), counted=Decimal(0), **ACT)
    assert list(books.findings()) == []


def test_what_stands_is_not_taken_back():
    invoice = issued()
    cash, stripe, over = (
        paid(invoice, "10", **given)
        for given in ({"method": "cash"}, {"provider": "stripe", "provider_id": "pi_1"}, {"reference": "x"})
    )
    tills.close_till(currency="EUR", seen=Decimal(10), counted=Decimal(10), **ACT)
    payments.take_off_payment(payment=over, invoice=invoice, amount=Decimal(4), reason="x", **ACT)
    back = payments.refund_payment(payment=over, amount=Decimal(4), reason="x", method="transfer", **ACT)
    before = (state(invoice), balances())
    for payment, says in ((cash, "counted"), (stripe, "provider"), (over, "4.00 EUR"), (back, "went out")):
        with pytest.raises(mistakes.NoMistake, match=says):
            mistakes.take_back_payment(payment=Payment.objects.get(pk=payment.pk), reason="Mistake", **ACT)
    assert (state(invoice), balances()) == before


def test_the_table_takes_back_all_of_what_was_written_down_and_no_counted_cash():
    invoice = issued()
    cash, card = paid(invoice, "10", method="cash"), paid(invoice, "10", method="card")
    tills.close_till(currency="EUR", seen=Decimal(10), counted=Decimal(10), **ACT)
    wrong = {
        "payments_mistaken_in_whole": {"origin": card, "amount": Decimal(9), "method": "card"},
        "payments_mistake_of_the_house": {"origin": card, "method": "card", "provider": "stripe"},
        "payments_mistaken_before_closing": {"origin": cash, "method": "cash"},
    }
    for payment in (cash, card):
        payments.take_off_payment(payment=payment, invoice=invoice, amount=Decimal(10), reason="x", **ACT)
    found = {}
    for name, given in wrong.items():
        kept = {"direction": "out", "kind": "mistake", "client": invoice.client, "amount": Decimal(10), "reason": "x"}
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            Payment.objects.create(received_on=TODAY, **kept | given)
        found[name] = refusal.value.__cause__.diag.constraint_name
    assert found == {name: name for name in wrong}

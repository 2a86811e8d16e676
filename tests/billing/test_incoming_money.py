"""Money at the back office: put in parts, sent twice, taken off, paid back with and without a credit note."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import Allocation, Invoice, InvoiceStatus, LedgerTransaction, Payment
from billing.services import payments, receipts, refunds
from billing.services.payments import Part, Receipt
from sessions_app.models import Client
from sessions_app.services import facts
from tests.billing.test_payments import balances, state
from tests.billing_factories import PaymentFactory, issued, line, paid, put_in
from tests.factories import NOW, ClientFactory
from tests.trails import trail

pytestmark = pytest.mark.django_db
MONEY = {"currency": "EUR", "received_on": date(2026, 5, 31)}


def receive(client, amount, against=(), **given):
    receipt = Receipt(amount=Decimal(amount), **MONEY | given)
    return payments.receive_payment(client=client, receipt=receipt, against=against, actor=None, now=NOW)


def written():
    """Return how much of everything is written down."""
    return [model.objects.count() for model in (Payment, Allocation, LedgerTransaction, Invoice)]


def test_money_goes_where_it_is_said_and_the_rest_stays():
    first = issued()
    second = issued(client=first.client)

    payment = receive(first.client, 200, [Part(second, Decimal(50)), Part(first, Decimal(120))])

    assert (state(first)[0], state(second)[1:]) == (InvoiceStatus.PAID, (50, 0, 70))
    assert payments.left_of(payment) == 30
    client = Client.objects.get(pk=first.client_id)
    assert (client.balance_due, client.last_paid_on) == (40, date(2026, 5, 31))


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (["120.01"], payments.NotOpen),
        (["0"], payments.NotOpen),
        (["-5"], payments.NotOpen),
        (["1.001"], facts.BadFacts),
        (["100", "101"], payments.TooMuch),
    ],
)
def test_parts_that_do_not_fit_write_nothing(parts, error):
    first = issued()
    documents = [first, issued(client=first.client)]
    before = written()

    with pytest.raises(error):
        receive(first.client, 200, [Part(one, Decimal(part)) for one, part in zip(documents, parts, strict=False)])

    assert written() == before


def test_the_same_form_is_money_once_and_another_sum_by_it_is_refused():
    invoice, key = issued(), uuid4()
    first = receive(invoice.client, 50, [invoice], form_key=key)
    before = written()

    assert receive(invoice.client, 50, [invoice], form_key=key) == first
    for amount, client in (("60", invoice.client), ("50", ClientFactory())):
        with pytest.raises(payments.SentAlready):
            receive(client, amount, [], form_key=key)

    assert (written(), state(invoice)[1]) == (before, 50)


def test_putting_taking_off_and_paying_back_by_one_form_happen_once():
    invoice = issued()
    payment = PaymentFactory(client=invoice.client)
    put_in("30")
    acts = [
        (payments.allocate_payment, {"invoice": invoice, "amount": Decimal(50)}),
        (payments.take_off_payment, {"invoice": invoice, "amount": Decimal(20), "reason": "Mistaken"}),
        (payments.refund_payment, {"amount": Decimal(30), "reason": "Wanted", "method": "cash"}),
    ]
    for act, given in acts:
        key = uuid4()
        rows = [act(payment=payment, form_key=key, actor=None, now=NOW, **given) for _press in range(2)]
        assert rows[0] == rows[1]
        with pytest.raises(payments.SentAlready):
            act(payment=payment, form_key=key, actor=None, now=NOW, **given | {"amount": Decimal(1)})

    assert (state(invoice)[1], payments.left_of(payment)) == (30, 60)
    assert balances() == {
        "bank": 120,
        "transit": -30,
        "client_credit": -60,
        "receivables": 90,
        "revenue": -100,
        "vat": -20,
    }


def test_a_credit_note_and_the_money_back_are_one_act_however_often_it_is_sent():
    invoice, key = issued(), uuid4()
    first, second = paid(invoice, "100", method="cash"), paid(invoice, "50")

    done = [
        refunds.credit_and_refund(invoice=invoice, reason="Cancelled", form_key=key, actor=None, now=NOW)
        for _press in range(2)
    ]

    assert (done[0].note, done[0].amount) == (done[1].note, 120)
    backs = [(back.origin, back.amount, back.method) for back in done[0].movements]
    assert backs == [(first, 100, "cash"), (second, 20, "transfer")]
    assert (state(invoice)[0], payments.left_of(second)) == (InvoiceStatus.CREDITED, 30)
    assert balances() == {"bank": 30, "client_credit": -30}


def test_a_credit_of_a_part_pays_back_what_that_frees_and_an_unpaid_one_nothing():
    invoice = issued(lines=[line(), line("50")])
    paid(invoice, "150")
    (half,) = invoice.items.filter(unit_price=50)
    part = refunds.credit_notes.Part(half, Decimal(50))

    done = refunds.credit_and_refund(invoice=invoice, parts=[part], reason="Not held", actor=None, now=NOW)
    assert (done.amount, state(invoice)) == (30, (InvoiceStatus.PAID, 120, 60, 0))

    unpaid = refunds.credit_and_refund(invoice=issued(), reason="Mistake", actor=None, now=NOW)
    assert (unpaid.movements, unpaid.amount) == ((), 0)


def test_money_goes_back_without_a_credit_note_and_the_document_is_open_again():
    invoice = issued()
    payment = paid(invoice)

    back = refunds.take_off_and_refund(
        payment=payment, invoice=invoice, amount=Decimal(120), reason="Twice", method="transfer", actor=None, now=NOW
    )

    assert (back.amount, state(invoice)) == (120, (InvoiceStatus.ISSUED, 0, 0, 120))
    assert trail(payment) == [("receive", "", ""), ("refund", "", "Twice")]


def test_receipts_are_numbered_in_a_row_and_say_where_the_money_was_then():
    invoice = issued()
    paper = receipts.issue_receipt(payment=paid(invoice, "150"), actor=None, now=NOW)
    again = receipts.issue_receipt(payment=paper.payment, actor=None, now=NOW)
    second = receipts.issue_receipt(payment=PaymentFactory(), actor=None, now=NOW)

    assert [paper, paper.receipt_number, second.receipt_number] == [again, "REC-2026-0001", "REC-2026-0002"]
    assert (paper.previous_hash, second.previous_hash) == ("", paper.content_hash)
    documents = [(each["number"], each["paid"]) for each in paper.snapshot["documents"]]
    assert (documents, paper.snapshot["left_over"]) == ([(invoice.invoice_number, "120.00")], "30.00")
    back = payments.refund_payment(
        payment=second.payment, amount=Decimal(5), reason="Too much", method="transfer", actor=None, now=NOW
    )
    with pytest.raises(receipts.NoReceipt):
        receipts.issue_receipt(payment=back, actor=None, now=NOW)

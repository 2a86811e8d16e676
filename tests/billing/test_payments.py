"""Money that comes in and goes back, and what documents say of it."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Invoice, InvoiceStatus, LedgerEntry, Payment
from billing.services import credit_notes, payments
from billing.services.payments import Receipt
from sessions_app.models import Client
from sessions_app.services import clients, facts
from tests.billing_factories import PaymentFactory, issued, paid, put_in
from tests.factories import NOW, ClientFactory

pytestmark = pytest.mark.django_db


def state(invoice):
    """Return (status, paid, credited, still to pay) of a document as it is stored."""
    stored = Invoice.objects.get(pk=invoice.pk)
    return stored.status, stored.paid_total, stored.credited_total, stored.remaining_balance


def balances():
    """Return account -> debit less credit of all there is, those that are zero left out."""
    found = {}
    for entry in LedgerEntry.objects.all():
        found[entry.ledger_account] = found.get(entry.ledger_account, 0) + entry.debit - entry.credit
    return {account: sum_ for account, sum_ in found.items() if sum_}


def owed(client):
    return Client.objects.get(pk=client.pk).balance_due


@pytest.mark.parametrize(
    ("amount", "expected", "owes"),
    [
        ("50", (InvoiceStatus.PARTIALLY_PAID, 50, 0, 70), 70),
        ("120", (InvoiceStatus.PAID, 120, 0, 0), 0),
        ("150", (InvoiceStatus.PAID, 120, 0, 0), -30),
    ],
)
def test_part_exact_and_over(amount, expected, owes):
    invoice = issued()
    payment = paid(invoice, amount)
    assert state(invoice) == expected
    assert owed(invoice.client) == owes
    assert payments.left_of(payment) == max(Decimal(amount) - 120, 0)
    assert balances()["bank"] == Decimal(amount)


def test_one_payment_is_put_against_several_in_the_order_given():
    first = issued()
    second = issued(client=first.client)
    receipt = Receipt(amount=Decimal(200), currency="EUR", received_on=date(2026, 5, 31), method="cash")
    payments.receive_payment(client=first.client, receipt=receipt, against=[second, first], actor=None, now=NOW)
    assert state(second)[3] == 0
    assert state(first) == (InvoiceStatus.PARTIALLY_PAID, 80, 0, 40)
    assert balances() == {"cash": 200, "receivables": 40, "revenue": -200, "vat": -40}


def test_what_is_left_over_is_put_elsewhere_or_paid_back_once():
    invoice = issued()
    payment = PaymentFactory(client=invoice.client)
    payments.allocate_payment(payment=payment, invoice=invoice, amount=Decimal(100), actor=None, now=NOW)
    given = {"payment": payment, "reason": "Paid too much", "method": "transfer", "actor": None, "now": NOW}
    for on in (date(2026, 6, 2), date(2026, 5, 31)):  # a day to come, and one before it came in
        with pytest.raises(payments.NotYet):
            payments.refund_payment(amount=Decimal(20), paid_on=on, **given)
    back = payments.refund_payment(amount=Decimal(20), paid_on=date(2026, 6, 1), **given)
    assert (back.direction, back.amount, payments.left_of(payment)) == ("out", 20, 0)
    with pytest.raises(payments.TooMuch) as refusal:
        payments.refund_payment(
            payment=payment, amount=Decimal(1), reason="Again", method="transfer", actor=None, now=NOW
        )
    assert "left over" in str(refusal.value)
    assert owed(invoice.client) == 20


def test_a_payment_that_is_taken_off_opens_the_document_again():
    invoice = issued()
    payment = paid(invoice)
    payments.take_off_payment(
        payment=payment, invoice=invoice, amount=Decimal(120), reason="For another", actor=None, now=NOW
    )
    assert state(invoice) == (InvoiceStatus.ISSUED, 0, 0, 120)
    assert payments.left_of(payment) == 120
    with pytest.raises(payments.TooMuch):
        payments.take_off_payment(
            payment=payment, invoice=invoice, amount=Decimal(1), reason="More", actor=None, now=NOW
        )


def test_a_deposit_that_is_asked_is_paid_at_the_moment_it_is():
    invoice = issued(deposit_amount=Decimal(36))
    paid(invoice, "35.99")
    assert Invoice.objects.get(pk=invoice.pk).deposit_paid_at is None
    paid(invoice, "0.01")
    assert Invoice.objects.get(pk=invoice.pk).deposit_paid_at == NOW


@pytest.mark.parametrize(
    ("receipt", "error"),
    [
        ({"amount": Decimal(0)}, facts.BadFacts),
        ({"amount": Decimal(-5)}, facts.BadFacts),
        ({"amount": Decimal("1.001")}, facts.BadFacts),
        ({"amount": Decimal("1.50"), "currency": "JPY"}, facts.BadFacts),
        ({"currency": "USD"}, payments.OtherCurrency),
        ({"method": "barter"}, facts.BadFacts),
        ({"received_on": date(2026, 6, 2)}, payments.NotYet),
        ({"reference": "nul \x00"}, facts.BadFacts),
    ],
)
def test_bad_money_is_refused_and_nothing_written(receipt, error):
    invoice = issued()
    good = {"amount": Decimal(120), "currency": "EUR", "received_on": date(2026, 5, 31)}
    with pytest.raises(error):
        payments.receive_payment(
            client=invoice.client, receipt=Receipt(**good | receipt), against=[invoice], actor=None, now=NOW
        )
    assert Payment.objects.count() == 0
    assert state(invoice) == (InvoiceStatus.ISSUED, 0, 0, 120)


@pytest.mark.parametrize(
    ("method", "expected"),
    [("cash", {"clearing": 130, "cash": 5, "state": "settled"}), ("card", {"clearing": 120, "state": "pending"})],
)
def test_money_goes_back_from_where_it_is_paid_out(method, expected):
    payment = paid(issued(), "130", method="card", provider="stripe", provider_id="pi_1")
    if method == "cash":
        put_in("15")
    back = payments.refund_payment(
        payment=payment, amount=Decimal(10), reason="Too much", method=method, actor=None, now=NOW
    )
    tills = {account: sum_ for account, sum_ in balances().items() if account in ("clearing", "cash", "bank")}
    assert tills | {"state": back.state} == expected


def test_a_client_who_owes_keeps_the_currency_and_credit_comes_back_with_it():
    invoice = issued()
    payment = paid(invoice, "120")
    payments.take_off_payment(
        payment=payment, invoice=invoice, amount=Decimal(120), reason="Mistaken", actor=None, now=NOW
    )
    client = Client.objects.get(pk=invoice.client_id)
    assert client.balance_due == 0
    credit_notes.credit_in_full(invoice=invoice, reason="Mistake", actor=None, now=NOW)
    with pytest.raises(clients.OwesInCurrency):
        clients.change_client(client=client, currency="USD", actor=None, now=NOW)
    other = issued(client=client)
    clients.change_client(client=client, currency="USD", actor=None, now=NOW)
    credit_notes.credit_in_full(invoice=other, reason="Mistake", actor=None, now=NOW)
    assert owed(client) == 0
    clients.change_client(client=client, currency="EUR", actor=None, now=NOW)
    assert owed(client) == -120


def test_money_comes_in_amounts_of_its_currency():
    payment = PaymentFactory()
    for amount in ("0.001", "NaN"):
        with pytest.raises(facts.BadFacts):
            payments.allocate_payment(
                payment=payment, invoice=issued(client=payment.client), amount=Decimal(amount), actor=None, now=NOW
            )


def test_money_of_one_client_pays_nothing_of_another():
    invoice = issued()
    stranger = PaymentFactory(client=ClientFactory())
    with pytest.raises(payments.OtherCurrency):
        payments.allocate_payment(payment=stranger, invoice=invoice, amount=Decimal(1), actor=None, now=NOW)


def test_a_providers_payment_is_written_down_once():
    invoice = issued()
    paid(invoice, "10", provider="stripe", provider_id="pi_1")
    with pytest.raises(facts.BadFacts) as refusal:
        paid(invoice, "10", provider="stripe", provider_id="pi_1")
    assert str(refusal.value) == "This payment is written down already."

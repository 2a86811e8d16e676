"""The cash desk: sold, paid and receipted in one act; the day closed against what was counted."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError

from billing.models import Invoice, InvoiceStatus, LedgerTransaction, Payment, PaymentReceipt, TillClosing, TillMovement
from billing.selectors.till import open_till, takings
from billing.services import cash_desk, desk_demonstration, payments, tills
from billing.services.cash_desk import Buyer
from sessions_app.models import Client
from sessions_app.services import facts
from tests.billing.test_payments import balances
from tests.billing_factories import PaymentFactory, line, settle_seller
from tests.factories import NOW, ClientFactory
from tests.membership_factories import SubscriptionFactory
from tests.trails import trail
from training.models import Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def seller(studio):
    settle_seller()


def sell(buyer, *lines, method="cash", key=None):
    return cash_desk.sell_at_desk(
        buyer=buyer, lines=lines or [line("120")], method=method, form_key=key or uuid4(), actor=None, now=NOW
    )


def close(seen, counted, **given):
    sums = {"seen": Decimal(seen), "counted": Decimal(counted)}
    return tills.close_till(currency="EUR", actor=None, now=NOW, **sums | given)


def test_a_walk_in_pays_and_takes_invoice_and_receipt_along_however_often_it_is_sent():
    key = uuid4()
    sold = [sell(Buyer(name=" Ada "), line("12", quantity=Decimal(2)), line("5.55", "5.5"), key=key) for _ in range(2)]

    assert sold[0] == sold[1]
    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.payable, invoice.due_on) == (
        InvoiceStatus.PAID,
        Decimal("29.55"),
        invoice.issued_on,
    )
    assert (Client.objects.get().name, Client.objects.get().balance_due) == ("Ada", 0)
    assert PaymentReceipt.objects.get().receipt_number == "REC-2026-0001"
    assert balances()["cash"] == Decimal("29.55")
    with pytest.raises(cash_desk.KnownName, match="ada is a client already"):
        sell(Buyer(name="ada"))
    nameless = [sell(Buyer(is_nameless=True)).invoice.client for _ in range(2)]
    assert [each.name for each in nameless] == ["Walk-in customer"] * 2
    assert Client.objects.count() == 2


@pytest.mark.parametrize(
    ("buyer", "lines", "error"),
    [
        ({}, [("10", "20")], cash_desk.NobodyBuys),
        ({"name": "  "}, [("10", "20")], cash_desk.NobodyBuys),
        ({"name": "Ada", "is_nameless": True}, [("10", "20")], cash_desk.NobodyBuys),
        ({"name": "Ada"}, [], cash_desk.NothingSold),
        ({"name": "Ada"}, [("0", "20")], cash_desk.NothingSold),
        ({"name": "nul \x00"}, [("10", "20")], facts.BadFacts),
        ({"name": "x" * 300}, [("10", "20")], facts.BadFacts),
    ],
)
def test_what_cannot_be_sold_writes_nothing(buyer, lines, error):
    with pytest.raises(error):
        cash_desk.sell_at_desk(
            buyer=Buyer(**buyer),
            lines=[line(*each) for each in lines],
            method="cash",
            form_key=uuid4(),
            actor=None,
            now=NOW,
        )
    assert [model.objects.count() for model in (Client, Invoice, Payment, PaymentReceipt)] == [0] * 4


def test_the_price_at_the_counter_is_multiplied_to_the_cent():
    sold = sell(Buyer(name="Ada"), line("2", quantity=Decimal(4)), line("4"), line("0.10", quantity=Decimal(7)))
    assert (sold.payment.amount, sold.invoice.rounding) == (Decimal("12.70"), 0)
    many = sell(Buyer(client=sold.invoice.client), line("0.05", quantity=Decimal(3)))
    assert (many.payment.amount, many.invoice.total, many.invoice.rounding) == (
        *(Decimal("0.15"), Decimal("0.16")),
        Decimal("-0.01"),
    )


@pytest.mark.parametrize(
    ("given", "method", "is_sold"), [("119.99", "cash", False), ("120", "cash", True), ("1", "card", True)]
)
def test_cash_that_is_not_enough_pays_nothing(given, method, is_sold):
    asked = {"method": method, "form_key": uuid4(), "given": Decimal(given), "actor": None, "now": NOW}
    if is_sold:
        cash_desk.sell_at_desk(buyer=Buyer(name="Ada"), lines=[line("120")], **asked)
    else:
        with pytest.raises(cash_desk.TooLittleGiven, match=r"0\.01 EUR are missing: 120\.00 EUR are to be paid\."):
            cash_desk.sell_at_desk(buyer=Buyer(name="Ada"), lines=[line("120")], **asked)
    assert (Payment.objects.count(), Client.objects.count()) == (is_sold, is_sold)


def test_a_key_of_another_form_is_refused():
    key = uuid4()
    PaymentFactory(receipt=payments.Receipt(Decimal(5), "EUR", NOW.date(), form_key=key))
    with pytest.raises(payments.SentAlready):
        sell(Buyer(client=ClientFactory()), key=key)


def test_a_day_is_closed_against_what_was_counted_and_the_next_begins_with_what_stays():
    sell(Buyer(name="Ada"))
    card = sell(Buyer(name="Ben"), method="card")
    assert (open_till("EUR").expected, open_till("EUR").count) == (120, 2)

    first = close("120", "118.50", taken_out=Decimal(100), note="Two coins too few")
    assert (first.expected_cash, first.difference, first.sums) == (
        *(120, Decimal("-1.50")),
        {"card": ["120.00", "0"], "cash": ["120.00", "0"]},
    )
    assert trail(first) == [("close", "", "Two coins too few")]
    # What is missing and what was taken out is posted: the cash of the ledger is what the till holds.
    found = balances()
    assert {each: found[each] for each in ("cash", "cash_difference", "transit")} == {
        "cash": Decimal("18.50"),
        "cash_difference": Decimal("1.50"),
        "transit": 100,
    }
    payments.take_off_payment(
        payment=card.payment, invoice=card.invoice, amount=Decimal(120), reason="Back", actor=None, now=NOW
    )
    payments.refund_payment(
        payment=card.payment, amount=Decimal(8), reason="Too much", method="cash", actor=None, now=NOW
    )
    assert open_till("EUR").expected == Decimal("10.50")
    second = close("10.50", "10.50")
    assert (second.number, second.opening_cash, second.cash_out, second.difference) == (2, Decimal("18.50"), 8, 0)
    assert TillMovement.objects.count() == Payment.objects.count() == 3
    assert (balances()["cash"], LedgerTransaction.objects.filter(closing__isnull=False).count()) == (
        Decimal("10.50"),
        1,
    )


def test_a_difference_without_a_word_and_a_count_of_before_are_refused():
    sell(Buyer(name="Ada"))
    with pytest.raises(facts.BadFacts, match="difference"):
        close("120", "100")
    with pytest.raises(facts.BadFacts):
        close("120", "120", taken_out=Decimal(121))
    with pytest.raises(tills.MovedSince, match="120"):
        close("0", "0")
    close("120", "120")
    with pytest.raises(tills.NothingToClose):
        close("120", "120")
    missing = close("120", "119", note="Nobody knows")  # though nothing moved
    assert (TillClosing.objects.count(), missing.sums, balances()["cash_difference"]) == (2, {}, 1)


def test_a_movement_is_taken_up_once_also_by_raw_hands():
    sell(Buyer(name="Ada"))
    closing = close("120", "120")
    with pytest.raises(IntegrityError):
        TillMovement.objects.create(closing=closing, payment=Payment.objects.get())


def test_takings_by_day_and_method():
    sell(Buyer(name="Ada"))
    client = ClientFactory()
    PaymentFactory(client=client, receipt=payments.Receipt(Decimal(30), "EUR", NOW.date(), method="card"))
    early = PaymentFactory(
        client=client, receipt=payments.Receipt(Decimal(7), "EUR", NOW.date() - timedelta(days=1), method="card")
    )
    payments.refund_payment(payment=early, amount=Decimal(2), reason="Back", method="card", actor=None, now=NOW)
    PaymentFactory(client=ClientFactory(currency="USD"), receipt=payments.Receipt(Decimal(9), "USD", NOW.date()))

    found = takings(first=NOW.date() - timedelta(days=9), last=NOW.date(), currency="EUR")

    assert [(day.on, day.of("cash"), day.of("card"), day.rest) for day in found] == [
        (NOW.date(), 120, 28, 148),
        (NOW.date() - timedelta(days=1), 0, 7, 7),
    ]


def test_the_demonstration_has_money_once():
    SubscriptionFactory()
    assert desk_demonstration.fill_till(now=NOW) == "1 renewals sold, 2 walk-ins served."
    (renewal,) = Subscription.objects.exclude(renewed_from=None)
    assert (renewal.paid_amount, renewal.owed, PaymentReceipt.objects.count()) == (500, 0, 2)
    assert [each.count() for each in (Invoice.objects.filter(instalments__position=3), Payment.objects)] == [1, 3]
    assert desk_demonstration.fill_till(now=NOW) == ""

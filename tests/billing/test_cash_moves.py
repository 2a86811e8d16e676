"""Cash that is no client's: change, cash for the bank, and what expenses take out of the till."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from billing.models import CashMove, CashMoveKind, Expense, PaymentMethod
from billing.selectors import books
from billing.selectors.till import open_till
from billing.services import cash_moves, expenses, mistakes, payments, tills
from billing.services.cash_moves import NotInTheTill
from sessions_app.services.facts import BadFacts
from tests.billing.test_payments import balances
from tests.billing_factories import ExpenseFactory, issued, paid, put_in
from tests.factories import NOW
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
ACT = {"actor": None, "now": NOW}
ON = date(2026, 6, 1)


def held():
    return open_till("EUR").expected


def in_cash(expense):
    return expenses.pay_expense(expense=expense, paid_on=ON, method=PaymentMethod.CASH, **ACT)


def test_an_expense_takes_its_cash_out_of_the_till_and_brings_it_back():
    put_in("150")
    tape = in_cash(ExpenseFactory())
    assert (held(), balances()) == (30, {"cash": 30, "suppliers": 120, "transit": -150})
    tape = expenses.change_expense(expense=tape, amount=Decimal(140), **ACT)
    assert held() == 10
    with pytest.raises(NotInTheTill, match=r"Only 10\.00 EUR ought to be in the till\."):
        in_cash(ExpenseFactory())
    with pytest.raises(NotInTheTill):
        expenses.change_expense(expense=tape, amount=Decimal(151), **ACT)
    with pytest.raises(expenses.WrongState, match="currency"):
        expenses.change_expense(expense=tape, currency="USD", **ACT)
    tills.close_till(currency="EUR", seen=Decimal(10), counted=Decimal(10), **ACT)
    expenses.reopen_expense(expense=tape, reason="By card", **ACT)
    assert (held(), balances()) == (150, {"cash": 150, "transit": -150})
    moves = CashMove.objects.filter(expense=tape).order_by("pk").values_list("kind", "amount")
    assert list(moves) == [("expense", 120), ("expense", 20), ("expense_back", 140)]
    assert list(books.findings()) == []


def test_what_goes_out_in_cash_was_in_the_till_whoever_takes_it():
    put_in("10")
    over, wrong = paid(issued(), "140"), paid(issued(), "5", method="cash")
    with pytest.raises(NotInTheTill):
        payments.refund_payment(payment=over, amount=Decimal(16), reason="Over", method="cash", **ACT)
    payments.refund_payment(payment=over, amount=Decimal(15), reason="Over", method="cash", **ACT)
    for act in (
        lambda: mistakes.take_back_payment(payment=wrong, reason="By card", **ACT),
        lambda: cash_moves.move_cash(
            kind=CashMoveKind.TAKEN_OUT, amount=Decimal("0.01"), currency="EUR", reason="Bank", **ACT
        ),
    ):
        with pytest.raises(NotInTheTill):
            act()
    rows = {"amount": 1, "currency": "EUR", "moved_on": ON, "at": NOW, "reason": "x", "kind": "taken_out"}
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        CashMove.objects.create(**rows)
    assert refusal.value.__cause__.diag.constraint_name == "till_never_below_zero"
    assert (held(), list(books.findings())) == (0, [])


def test_the_till_paid_what_an_expense_says_whoever_writes_it():
    put_in("200")
    tape = in_cash(ExpenseFactory())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for wrong in ({"amount": 100}, {"payment_method": "card"}, {"currency": "USD"}):
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            Expense.objects.filter(pk=tape.pk).update(**wrong)
        assert refusal.value.__cause__.diag.constraint_name == "cash_moves_paid_as_said", wrong


def test_a_move_has_a_reason_and_a_sum_and_is_written_once(web):
    for wrong in ({"reason": " "}, {"amount": Decimal(0)}, {"amount": Decimal("0.001")}, {"amount": Decimal("NaN")}):
        given = {"kind": CashMoveKind.PUT_IN, "amount": Decimal(5), "currency": "EUR", "reason": "Change", **wrong}
        with pytest.raises(BadFacts):
            cash_moves.move_cash(**given, **ACT)
    desk, address = signed_in(web, account("front_desk")), reverse("admin:billing_cashmove_add", "studio.urls")
    form = {"kind": "put_in", "amount": "50", "reason": "From the bank", "form_key": str(uuid4())}
    pages = [desk.post(address, form, follow=True).text for _press in range(2)]
    assert (CashMove.objects.count(), held()) == (1, 50)
    assert all("50.00 EUR ought to be in the till now." in page and "From the bank" in page for page in pages)
    for other in ({"amount": "5"}, {"kind": "taken_out"}):
        refused = desk.post(address, form | other)
        assert (refused.status_code, "Open it anew." in refused.text, held()) == (409, True, 50), other
    refused = desk.post(address, form | {"kind": "taken_out", "amount": "51", "form_key": str(uuid4())})
    assert (refused.status_code, "Only 50.00 EUR" in refused.text) == (409, True)

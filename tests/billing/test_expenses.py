"""Expenses: on record with their receipts, and part of what projects cost."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.models import PaymentMethod
from billing.services import expenses
from sessions_app.services import equipment as gear
from sessions_app.services import projects
from sessions_app.services.facts import BadFacts
from tests.billing_factories import ExpenseFactory, put_in
from tests.factories import NOW, EquipmentFactory, ProjectFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 receipt"


def cost(project):
    project.refresh_from_db()
    return project.actual_cost


def changed(expense, **given):
    return expenses.change_expense(expense=expense, actor=None, now=NOW, **given)


def cancelled(expense):
    return expenses.cancel_expense(expense=expense, reason="", actor=None, now=NOW)


def paid(expense):
    given = {"paid_on": date(2026, 6, 1), "method": PaymentMethod.CARD}
    return expenses.pay_expense(expense=expense, actor=None, now=NOW, **given)


def reopened(expense):
    return expenses.reopen_expense(expense=expense, reason="Mistake", actor=None, now=NOW)


def test_days_to_come_and_payments_of_years_before_are_refused():
    for spent_on in (date(2031, 1, 1), NOW.date() + timedelta(days=1)):
        with pytest.raises(expenses.NotOnThatDay, match="not to come"):
            ExpenseFactory(spent_on=spent_on)
    tape = ExpenseFactory()
    with pytest.raises(expenses.NotOnThatDay):
        changed(tape, spent_on=date(2031, 1, 1))
    refusals = []
    for paid_on in (date(2020, 5, 5), NOW.date() + timedelta(days=1)):
        with pytest.raises(expenses.NotOnThatDay) as told:
            expenses.pay_expense(expense=tape, paid_on=paid_on, method=PaymentMethod.CASH, actor=None, now=NOW)
        refusals.append(str(told.value))
    assert refusals == [
        "The receipt is of 29 May 2026: nobody pays it more than a year before. Look at both days.",
        "What is paid was paid by today.",
    ]
    ahead = {"paid_on": date(2026, 5, 1), "method": PaymentMethod.CASH}
    put_in("120")
    assert expenses.pay_expense(expense=tape, actor=None, now=NOW, **ahead).status == "paid"


def test_a_project_costs_what_its_expenses_come_to_without_vat():
    first, second = ProjectFactory(), ProjectFactory()
    tape, heads = ExpenseFactory(project=first), ExpenseFactory(project=first, amount=Decimal(50), tax_amount=0)
    foreign = ExpenseFactory(project=first, currency="USD")
    assert (cost(first), cost(second)) == (150, 0)
    changed(tape, amount=Decimal(220))
    changed(heads, project=second)
    assert (cost(first), cost(second)) == (200, 50)
    changed(foreign, currency="EUR")
    assert cost(first) == 300
    gone = cancelled(tape)
    assert cost(first) == 100
    with pytest.raises(expenses.WrongState):
        changed(gone, amount=Decimal(1))
    reopened(gone)
    assert cost(first) == 300
    changed(heads, project=None)
    heads.refresh_from_db()
    assert (cost(second), heads.project_label) == (0, "")


def test_names_stay_when_project_or_equipment_are_deleted():
    project, microphone = ProjectFactory(name="Night Train"), EquipmentFactory(name="U 47")
    expense = ExpenseFactory(project=project, equipment=microphone)
    projects.delete_project(project=project, actor=None, now=NOW)
    gear.delete_equipment(equipment=microphone, actor=None, now=NOW)
    expense.refresh_from_db()
    kept = (expense.project, expense.project_label, expense.equipment, expense.equipment_label)
    assert kept == (None, "Night Train", None, "U 47")
    assert changed(expense, notes="x").project_label == "Night Train"


def test_an_expense_is_paid_once_and_reopened_for_a_reason():
    expense = paid(ExpenseFactory())
    assert (expense.status, expense.paid_on, expense.payment_method) == ("paid", date(2026, 6, 1), "card")
    for act in (paid, cancelled):
        with pytest.raises(expenses.WrongState):
            act(expense)
    assert (reopened(expense).status, reopened(paid(expense)).paid_on) == ("pending", None)


def test_a_receipt_is_written_down_once():
    given = {"vendor": "Thomann", "reference": "R-1"}
    first = ExpenseFactory(**given)
    with pytest.raises(BadFacts, match="written down already"):
        ExpenseFactory(vendor="THOMANN", reference="r-1")
    cancelled(first)
    ExpenseFactory(**given)
    with pytest.raises(BadFacts):
        reopened(first)


BAD = [
    {"description": ""},
    {"amount": Decimal(0)},
    {"amount": Decimal("NaN")},
    {"amount": Decimal("1e12")},
    {"tax_amount": Decimal(120)},
    {"tax_amount": Decimal(-1)},
    {"currency": "eur"},
    {"currency": "TND"},
    {"category": "x"},
    {"vendor": "a\0"},
]


@pytest.mark.parametrize("given", BAD, ids=str)
def test_nonsense_is_refused_in_a_sentence(given):
    with pytest.raises(BadFacts) as told:
        ExpenseFactory(**given)
    assert str(told.value).endswith(".")


def upload(data=PDF, name="receipt.pdf"):
    return SimpleUploadedFile(name, data)


def test_receipts_are_kept_and_seen_by_whoever_sees_expenses(web, studio):
    office = signed_in(web, account("accountant"))
    boxes = {"description": "Tape", "category": "supplies", "spent_on": "2026-05-29", "currency": "EUR"}
    added = office.post(
        "/admin/billing/expense/add/", {**boxes, "amount": "12", "tax_amount": "2", "receipt_file": upload()}
    )
    expense = expenses.Expense.objects.get()
    page = f"/admin/billing/expense/{expense.pk}/"
    receipt = office.get(f"{page}receipt/")
    kept = (
        b"".join(receipt.streaming_content),
        receipt["Content-Type"],
        "attachment" in receipt["Content-Disposition"],
    )
    assert (added.status_code, *kept) == (302, PDF, "application/pdf", True)
    on_disk = {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}
    for file, status in ((upload(b"<html>"), 400), (upload(b""), 200)):
        refused = office.post(f"{page}change/", {**boxes, "amount": "13", "tax_amount": "2", "receipt_file": file})
        assert refused.status_code == status
        expense.refresh_from_db()
        assert (expense.amount, expense.receipt.name) == (12, "receipt.pdf")
    assert {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()} == on_disk
    put_in("12")
    assert office.post(f"{page}pay/", {"paid_on": "2026-06-01", "method": "cash"}).status_code == 302
    assert office.post(f"{page}cancel/", {"reason": ""}).status_code == 409
    stranger = signed_in(web, account("front_desk"))
    assert [stranger.get(f"{page}{name}/").status_code for name in ("receipt", "change")] == [404, 403]

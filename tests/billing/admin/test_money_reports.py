"""The reports of VAT, receivables, payments and expenses, on a book that is counted by hand."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from billing.models import LedgerAccount, LedgerEntry
from billing.selectors.owed_on import owed_on
from billing.selectors.revenue import ledger_revenue, revenue_by_client, revenue_by_month, revenue_by_service
from billing.selectors.till import takings
from billing.selectors.vat import vat_by_rate
from studio.reports.periods import Period, Span
from tests.billing.known_book import page, rows_of, write_book
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
FIRST_QUARTER = {"period": "quarter", "on": "2026-02-01"}
SECOND_QUARTER = {"period": "quarter", "on": "2026-05-01"}
YEAR = Period(Span.YEAR, date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def accountant(web):
    return signed_in(web, account("accountant"))


def ledger(*accounts):
    sums = LedgerEntry.objects.filter(ledger_account__in=accounts, transaction__is_test=False)
    return sums.aggregate(sum=Sum(F("debit") - F("credit")))["sum"]


def test_vat_is_what_was_issued_less_what_was_credited_and_each_rate_has_its_documents(accountant):
    book = write_book()
    assert rows_of(accountant, "vat", **FIRST_QUARTER)[1:] == [
        ["20 %", "360.00", "72.00", "0", "0", "360.00", "72.00"],
        ["10 %", "50.00", "5.00", "0", "0", "50.00", "5.00"],
        ["In all", "410.00", "77.00", "0", "0", "410.00", "77.00"],
    ]
    assert rows_of(accountant, "vat", **SECOND_QUARTER)[1:] == [
        ["20 %", "100.00", "20.00", "30.00", "6.00", "70.00", "14.00"],
        ["In all", "100.00", "20.00", "30.00", "6.00", "70.00", "14.00"],
    ]
    assert rows_of(accountant, "vat-documents", rate="S-20.00", **SECOND_QUARTER)[1:] == [
        [book.final.invoice_number, "2026-05-15", "Ada Artist", "60.00", "12.00"],
        [book.note.invoice_number, "2026-04-08", "Ben Band", "-30.00", "-6.00"],
        [book.deposit.invoice_number, "2026-04-02", "Ada Artist", "40.00", "8.00"],
        ["In all", "", "", "70.00", "14.00"],
    ]
    figures = accountant.get(page("vat"), SECOND_QUARTER).context["report"].figures
    assert [(figure.text, figure.change_shown) for figure in figures] == [
        ("14.00 EUR", "-81.8 %"),
        ("0.00 EUR", ""),
        ("14.00 EUR", ""),
    ]


def test_receivables_are_as_old_as_they_were_on_that_day(accountant):
    write_book()
    found = {
        on: [row[1:] for row in rows_of(accountant, "receivables", period="month", on=on)[1:]]
        for on in ("2026-03-01", "2026-04-01", "2026-05-01")
    }
    assert found["2026-03-01"] == [
        ["175.00", "", "", "", "", "", "175.00"],
        ["175.00", "0", "0", "0", "0", "0", "175.00"],
    ]
    assert found["2026-04-01"] == [
        ["", "139.00", "", "", "", "85.00", "54.00"],
        ["48.00", "", "", "", "", "", "48.00"],
        ["48.00", "139.00", "0", "0", "0", "85.00", "102.00"],
    ]
    assert found["2026-05-01"] == [
        ["72.00", "48.00", "", "", "", "", "120.00"],
        ["", "", "139.00", "", "", "85.00", "54.00"],
        ["72.00", "48.00", "139.00", "0", "0", "85.00", "174.00"],
    ]


def test_payments_stand_by_day_and_method_and_expenses_by_category_with_what_is_left(accountant):
    write_book()
    assert rows_of(accountant, "payments", period="year", on="2026-01-01") == [
        ["Day", "card", "cash", "In all"],
        ["2026-04-25", "0", "-15.00", "-15.00"],
        ["2026-04-20", "0", "100.00", "100.00"],
        ["2026-03-12", "312.00", "0", "312.00"],
        ["In all", "312.00", "85.00", "397.00"],
    ]
    assert rows_of(accountant, "expenses", period="year", on="2026-01-01")[1:] == [
        ["rent", "1", "100.00", "20.00", "120.00", "62.5"],
        ["software", "1", "60.00", "0.00", "60.00", "37.5"],
        ["In all", "2", "160.00", "20.00", "180.00", "100.0"],
    ]
    assert [row[0] for row in rows_of(accountant, "expense-lines", category="rent")[1:]] == ["Rent", "In all"]
    shown = accountant.get(page("expenses"), {"period": "year", "on": "2026-01-01"})
    assert [figure.text for figure in shown.context["report"].figures] == [
        "160.00 EUR",
        "480.00 EUR",
        "320.00 EUR (66.7 %)",
    ]


def test_every_report_comes_to_what_the_ledger_comes_to(studio):
    write_book()
    revenue = -ledger(LedgerAccount.REVENUE)
    by_month = sum(sum(sums.values()) for sums in revenue_by_month(YEAR, "EUR").values())
    by_client = sum(sold.net for sold in revenue_by_client(YEAR, "EUR"))
    by_service = sum(sold.net for sold in revenue_by_service(YEAR, "EUR"))
    assert {by_month, by_client, by_service, sum(ledger_revenue(YEAR, "EUR").values())} == {revenue} == {Decimal(480)}
    lines = vat_by_rate(YEAR, "EUR")
    assert sum(line.tax for line in lines) == -ledger(LedgerAccount.VAT) == Decimal(91)
    assert sum(line.base for line in lines) == -ledger(LedgerAccount.REVENUE, LedgerAccount.DEPOSITS)
    owed = ledger(LedgerAccount.RECEIVABLES, LedgerAccount.CLIENT_CREDIT)
    assert sum(each.total for each in owed_on(YEAR.last, "EUR")) == owed == Decimal(174)
    moved = ledger(LedgerAccount.CASH, LedgerAccount.BANK, LedgerAccount.CLEARING)
    assert sum(day.rest for day in takings(first=YEAR.first, last=YEAR.last, currency="EUR")) == moved == Decimal(397)

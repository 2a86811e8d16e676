"""The export for the bookkeeper, on a book that is counted by hand; see `tests.billing.known_book`."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from billing.models import AccountNumber, LedgerTransaction
from billing.selectors.accounting import journal, trial_balance
from billing.services import posting_numbers
from sessions_app.models import Client, ClosedPeriod
from studio.office.models import StudioProfile
from studio.reports.periods import Period, Span
from studio.tenancy.context import as_owner
from tests.billing.known_book import THE_YEAR, page, rows_of, write_book
from tests.billing_factories import PaymentFactory, issued
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
YEAR = Period(Span.YEAR, date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def accountant(web):
    return signed_in(web, account("accountant"))


def fec(browser):
    answer = browser.get(reverse("admin:fec", "studio.urls"), THE_YEAR)
    return answer, b"".join(answer.streaming_content)


def test_the_accounts_are_those_of_the_hand_counted_book(accountant):
    write_book()
    assert rows_of(accountant, "accounts")[1:] == [
        ["411000", "Clients", "607.00", "348.00", "259.00"],
        ["419100", "Clients, deposits invoiced", "40.00", "40.00", "0.00"],
        ["419700", "Clients, paid ahead", "327.00", "412.00", "-85.00"],
        ["445710", "VAT collected", "14.00", "105.00", "-91.00"],
        ["512000", "Bank", "312.00", "0.00", "312.00"],
        ["530000", "Cash", "100.00", "15.00", "85.00"],
        ["706000", "Services", "30.00", "510.00", "-480.00"],
        ["In all", "", "1430.00", "1430.00", "0.00"],
    ]


def test_every_posting_balances_and_keeps_its_number_when_an_older_day_gets_another(studio):
    book = write_book()
    posting_numbers.number_postings()
    before = list(journal(YEAR, "EUR"))
    sums = defaultdict(Decimal)
    for line in before:
        sums[line.number] += line.debit - line.credit
    assert set(sums.values()) == {0}
    by_month = Counter(number[:6] for number in sums)
    assert sorted(sums) == [f"{month}{n:06}" for month in sorted(by_month) for n in range(1, by_month[month] + 1)]
    PaymentFactory(client=book.ben)  # on the first of June, written down later
    assert [line.number for line in journal(YEAR, "EUR") if line not in before] == ["", ""]
    assert (posting_numbers.number_postings(), posting_numbers.number_postings()) == (1, 0)
    after = list(journal(YEAR, "EUR"))
    assert [line for line in after if line in before] == before
    assert {line.number for line in after if line not in before} == {f"202606{by_month['202606'] + 1:06}"}
    quarter = Period(Span.QUARTER, date(2026, 4, 1), date(2026, 6, 30))
    assert list(journal(quarter, "EUR")) == [line for line in after if quarter.first <= line.booked_on <= quarter.last]
    never = pytest.raises(DatabaseError, match="Rows of ledger_transactions are never changed")
    with as_owner(connection.schema_name), never, transaction.atomic():
        LedgerTransaction.objects.filter(kind="payment").update(number=99)


def test_the_file_of_entries_has_its_18_columns_and_is_the_same_every_time(accountant):
    book = write_book()
    StudioProfile.objects.update(registration_number="RCS Paris 732 829 320")
    AccountNumber.objects.create(ledger_account="vat", vat_percent=Decimal(20), number="445711", name="VAT 20 %")
    Client.objects.filter(pk=book.ben.pk).update(name="=1+1\t|\nBen")
    answer, data = fec(accountant)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="732829320FEC20261231.txt"'
    head, *lines = [line.split("\t") for line in data.decode().removesuffix("\r\n").split("\r\n")]
    assert (head[0], head[2:6], head[-3:]) == (
        "JournalCode",
        ["EcritureNum", "EcritureDate", "CompteNum", "CompteLib"],
        ["ValidDate", "Montantdevise", "Idevise"],
    )
    assert {len(line) for line in lines} == {18}
    number, ada, first = book.first.invoice_number, f"C{book.ada.pk}", "202603000001"
    shared = [number, "20260310", f"issued {number} Ada Artist"]
    end = ["", "", "20260310", "", ""]
    assert lines[:3] == [
        ["VE", "Sales", first, "20260310", "411000", "Clients", ada, "Ada Artist", *shared, "312,00", "0,00", *end],
        ["VE", "Sales", first, "20260310", "706000", "Services", "", "", *shared, "0,00", "260,00", *end],
        ["VE", "Sales", first, "20260310", "445711", "VAT 20 %", "", "", *shared, "0,00", "52,00", *end],
    ]
    assert {line[7] for line in lines} == {"", "Ada Artist", "'=1+1 Ben"}
    assert {(line[0], line[4]) for line in lines if line[0] in {"BQ", "CA"}} == {
        *(("BQ", "512000"), ("BQ", "419700"), ("CA", "530000"), ("CA", "419700"))
    }
    money = [sum(Decimal(line[side].replace(",", ".")) for line in lines) for side in (11, 12)]
    assert money == [Decimal(1430), Decimal(1430)]
    assert fec(accountant)[1] == data
    following = {"period": "year", "on": "2027-01-01"}
    forward = b"".join(accountant.get(reverse("admin:fec", "studio.urls"), following).streaming_content)
    _head, *lines = [line.split("\t") for line in forward.decode().removesuffix("\r\n").split("\r\n")]
    assert {(line[0], line[2], line[3]) for line in lines} == {("AN", "202701000000", "20270101")}
    left = defaultdict(Decimal)
    for line in lines:
        left[line[4]] += Decimal(line[11].replace(",", ".")) - Decimal(line[12].replace(",", "."))
    balances = ["259.00", "-85.00", "-5.00", "-86.00", "312.00", "85.00", "-480.00"]
    accounts = ["411000", "419700", "445710", "445711", "512000", "530000", "120000"]
    assert left == dict(zip(accounts, map(Decimal, balances), strict=True))
    assert {line[7] for line in lines if line[4] == "411000"} == {"Ada Artist", "'=1+1 Ben"}


def test_the_file_of_entries_is_of_a_whole_year_and_the_page_says_what_is_left_out(accountant):
    book = write_book()
    issued(client=book.ben, currency="CHF", now=datetime(2026, 5, 20, 10, tzinfo=UTC))
    whole = fec(accountant)[1]
    address = reverse("admin:fec", "studio.urls")
    assert b"".join(accountant.get(address, {**THE_YEAR, "currency": "CHF"}).streaming_content) == whole
    assert b"CHF" not in whole
    year = {"period": "custom", "first": "2025-07-01", "last": "2026-06-30"}
    first_months = {"period": "custom", "first": "2026-03-01", "last": "2026-12-31"}
    assert [b"".join(accountant.get(address, asked).streaming_content) == whole for asked in (year, first_months)] == [
        *(True, True)
    ]
    shown = accountant.get(page("accounts"), THE_YEAR).content.decode()
    for asked in (
        {"period": "quarter", "on": "2026-04-01"},
        {"period": "custom", "first": "2026-04-01", "last": "2026-12-31"},
        {"period": "custom", "first": "2025-12-31", "last": "2026-12-30"},
    ):
        refused = accountant.get(address, asked, follow=True)
        assert refused.redirect_chain[0][0].startswith(f"{page('accounts')}?")
        told = "The FEC is of a financial year: choose twelve whole months, or those since the first posting."
        assert (told in refused.text, told in shown) == (True, False)
    assert "Postings in CHF that are not in the FEC: 1." in shown
    assert "Postings in CHF" not in accountant.get(page("accounts"), {"period": "year", "on": "2025-01-01"}).text


def test_who_may_take_nothing_along_gets_no_file_and_closed_months_are_named(accountant):
    write_book()
    ClosedPeriod.objects.create(
        month=date(2026, 3, 1),
        starts_at=datetime(2026, 2, 28, 23, tzinfo=UTC),
        ends_at=datetime(2026, 3, 31, 22, tzinfo=UTC),
        closed_at=datetime(2026, 4, 2, tzinfo=UTC),
    )
    shown = accountant.get(page("accounts"), THE_YEAR).content.decode()
    assert "Closed months: Mar 2026." in shown
    assert reverse("admin:fec", "studio.urls") in shown
    cash = rows_of(accountant, "journal", account="530000")
    assert [(row[3], row[9], row[10]) for row in cash[1:]] == [
        *(("530000", "100.00", ""), ("530000", "", "15.00"), ("", "100.00", "15.00"))
    ]
    reader = signed_in(accountant, account("read_only"))
    assert reader.get(reverse("admin:fec", "studio.urls")).status_code == 403
    assert reader.get(page("accounts")).status_code == 403
    assert trial_balance(Period(Span.YEAR, date(2025, 1, 1), date(2025, 12, 31)), "EUR") == []

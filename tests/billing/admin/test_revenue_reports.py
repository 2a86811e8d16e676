"""The reports of revenue, on a book that is counted by hand; see `tests.billing.known_book`."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.urls import reverse

from billing.models import LedgerEntry, LedgerTransaction
from studio.accounts import report_pages
from studio.accounts.models import AuditEvent
from tests.billing.known_book import page, rows_of, write_book
from tests.factories import NOW
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
YEAR = {"period": "year", "on": "2026-01-01"}


@pytest.fixture
def accountant(web):
    return signed_in(web, account("accountant"))


def test_revenue_is_the_ledgers_by_month_and_kind_and_each_figure_leads_to_its_lines(accountant):
    write_book()
    by_month = rows_of(accountant, "revenue")
    assert by_month[0] == ["Month", "sessions", "services", "other", "In all"]
    assert by_month[3:6] == [
        ["2026-03", "200.00", "60.00", "150.00", "410.00"],
        ["2026-04", "0", "0", "-30.00", "-30.00"],
        ["2026-05", "0", "0", "100.00", "100.00"],
    ]
    assert by_month[-1] == ["In all", "200.00", "60.00", "220.00", "480.00"]

    shown = accountant.get(page("revenue"), YEAR)
    rows = [*shown.context["rows"], shown.context["total"]]
    figures = {cell.link: cell.text for row in rows for cell in row if cell.link}
    assert len(figures) == 12
    for link, figure in figures.items():
        asked = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
        behind = rows_of(accountant, "revenue-lines", **asked)
        assert behind[-1][-1] == figure.removesuffix(" EUR")
        assert sum(float(line[-1]) for line in behind[1:-1]) == float(behind[-1][-1])


def test_what_no_line_says_stands_behind_its_figure(accountant, monkeypatch):
    book = write_book()
    facts = {"currency": "EUR", "booked_on": date(2026, 5, 20), "at": NOW}
    posting = LedgerTransaction.objects.create(kind="opening", client=book.ada, **facts)
    sides = [("receivables", {"debit": Decimal("0.01")}), ("revenue", {"credit": Decimal("0.01")})]
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=posting, ledger_account=name, **side) for name, side in sides
    )
    assert rows_of(accountant, "revenue")[5] == ["2026-05", "0", "0", "100.01", "100.01"]
    told = ["", "", "", "Stated by documents of a former system, beyond their lines", "other", "0.01"]
    for asked, lines in (({}, 7), ({"kind": "other", "service": "none"}, 5), ({"client": book.ada.pk}, 4)):
        rows = rows_of(accountant, "revenue-lines", **asked)
        assert (rows[-2], len(rows)) == (told, lines + 2)
    monkeypatch.setattr(report_pages, "MOST_ROWS", 2)
    shown = accountant.get(page("revenue-lines"), YEAR)
    assert "These are the first 2 rows; the file has all of them." in shown.text
    assert len(shown.context["rows"]) == 2
    for asked in ({"kind": "sessions"}, {"client": book.ben.pk}):
        assert told not in rows_of(accountant, "revenue-lines", **asked)


def test_revenue_by_client_and_service_comes_to_the_same(accountant):
    book = write_book()
    assert rows_of(accountant, "revenue-clients")[1:] == [
        ["Ada Artist", "2", "360.00", "75.0"],
        ["Ben Band", "2", "120.00", "25.0"],
        ["In all", "", "480.00", "100.0"],
    ]
    assert [row[:1] + row[2:] for row in rows_of(accountant, "revenue-services")[1:]] == [
        ["other", "220.00", "45.8"],
        ["sessions", "200.00", "41.7"],
        ["Mixing", "60.00", "12.5"],
        ["In all", "480.00", "100.0"],
    ]
    assert rows_of(accountant, "revenue-lines", client=book.ben.pk)[1:] == [
        [book.note.invoice_number, "2026-04-08", "Ben Band", "Recording", "other", "-30.00"],
        [book.second.invoice_number, "2026-03-20", "Ben Band", "Recording", "other", "100.00"],
        [book.second.invoice_number, "2026-03-20", "Ben Band", "Recording", "other", "50.00"],
        ["In all", "", "", "", "", "120.00"],
    ]


def test_a_report_compares_tells_what_it_shows_and_is_taken_along_with_a_trace(accountant):
    write_book()
    ages = {"period": "custom", "first": "2010-01-01", "last": "2026-12-31"}
    cut = accountant.get(page("revenue-lines"), ages).text
    assert ("1 Jan 2010 - 31 Dec 2014" in cut, "about 5 years at most" in cut) == (True, True)
    shown = accountant.get(page("revenue"), {"period": "quarter", "on": "2026-04-20"})
    assert shown.context["report"].figures[0].change_shown == "-82.9 %"  # 70 after 410
    text = shown.content.decode()
    assert '<title id="picture-title">Revenue by month</title>' in text
    assert "Quarter 2 of 2026: 70.00 EUR in all." in text
    assert "Percentages compare with Quarter 1 of 2026." in text

    answer = accountant.get(page("revenue-clients"), {**YEAR, "file": "xlsx"})
    sheet = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert [cell.value for cell in sheet[2]] == ["Ada Artist", 2, 360, 75]
    taken = AuditEvent.objects.get(verb="export")
    assert "report" not in taken.changes
    assert taken.changes["file"] == [None, "xlsx"]


def test_an_empty_report_says_what_to_do_and_strange_addresses_are_answered(accountant):
    empty = accountant.get(page("revenue")).content.decode()
    assert "Nothing was earned on these days" in empty
    assert "<svg" not in empty.partition('id="content"')[2].partition("modal-overlay")[0]
    for asked in (
        {"period": "custom", "first": "2026-12-31", "last": "2025-01-01"},
        {"period": "\u202e", "on": "9999-99-99", "currency": "'; --"},
        {"period": "year", "on": "0001-01-01", "client": "x" * 5000, "kind": "<script>", "file": "exe"},
    ):
        for name in ("revenue", "revenue-lines", "revenue-clients"):
            assert accountant.get(page(name), asked).status_code == 200


def test_the_list_has_the_reports_that_a_role_may_see(web, studio):
    listed = {}
    for role in ("accountant", "front_desk"):
        listed[role] = signed_in(web, account(role)).get(reverse("admin:reports", "studio.urls")).text
    assert {role: "Revenue by client" in text for role, text in listed.items()} == {
        "accountant": True,
        "front_desk": False,
    }
    assert "Lines behind revenue" not in listed["accountant"]
    assert "Use of the rooms" in listed["front_desk"]

"""Lists, reports and files leave behind what documents printed: it is as long as the document, in every row."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import DocumentMail, Invoice, Payment, ReminderLetter
from billing.services import receipts
from studio.accounts.report_pages import REPORTS
from tests.billing.known_book import THE_YEAR, write_book
from tests.billing_factories import sent
from tests.factories import NOW
from tests.one_of_each import make_money_at_stripe, make_reminders
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
# What is fetched, that is before the tables are named.
FETCHED = re.compile(r'"snapshot"[^()]*? FROM ')
LISTS = (
    *("invoice", "ledgertransaction", "documentmail", "payment", "paymentreceipt", "quoteversion"),
    *("reminderletter", "reminderpause", "paymentattempt", "cashmove"),
)


def status_of(answer):
    """Return the status of an answer that was read to its end."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def fetching(queries):
    """Return those of some queries that fetch what was printed."""
    return [query["sql"][:200] for query in queries if FETCHED.search(query["sql"])]


def test_no_list_report_or_file_fetches_what_was_printed(web):
    book = write_book()
    DocumentMail.objects.create(invoice=book.first, recipient="ada@example.org", asked_at=NOW)
    receipts.issue_receipt(payment=Payment.objects.filter(direction="in").first(), actor=None, now=NOW)
    sent()
    make_reminders()
    make_money_at_stripe(book.ada)
    owner = signed_in(web, account("owner"))
    addresses = {f"list of {name}": (reverse(f"admin:billing_{name}_changelist", "studio.urls"), {}) for name in LISTS}
    addresses["file of documents"] = (addresses["list of invoice"][0] + "export/csv/", {})
    addresses["ladder"] = (reverse("admin:billing-reminders", "studio.urls"), {})
    reminded = ReminderLetter.objects.get().client_id
    addresses["ladder of one"] = (reverse("admin:billing-reminder", "studio.urls", args=[reminded]), {})
    addresses["FEC"] = (reverse("admin:fec", "studio.urls"), THE_YEAR)
    for name in REPORTS:
        addresses[f"report {name}"] = (reverse(f"admin:report-{name}", "studio.urls"), THE_YEAR)
        addresses[f"file of {name}"] = (addresses[f"report {name}"][0], {**THE_YEAR, "file": "csv"})

    answers, found = {}, {}
    for what, (address, fields) in addresses.items():
        with CaptureQueriesContext(connection) as asked:
            answers[what] = status_of(owner.get(address, fields))
        found[what] = fetching(asked)

    assert set(answers.values()) == {200}
    assert {what: queries for what, queries in found.items() if queries} == {}
    with CaptureQueriesContext(connection) as asked:
        list(Invoice.objects.select_related("client"))
    assert len(fetching(asked)) == 1

"""A book whose figures are counted by hand, for the tests of reports and exports.

                            without VAT   VAT
10 Mar 2026  FAC 1  Ada     session 200 + mixing service 60 at 20 %          260.00   52.00
20 Mar 2026  FAC 2  Ben     by hand 100 at 20 %, 50 at 10 %                  150.00   25.00
 2 Apr 2026  FAC 3  Ada     deposit invoice 40 at 20 %                        40.00    8.00   no revenue
 8 Apr 2026  AV 1   Ben     takes back 30 of the first line of FAC 2          30.00    6.00
15 May 2026  FAC 4  Ada     by hand 100 at 20 %, takes the deposit off       100.00   20.00   60 + 12 to pay
16 May 2026  a draft of 500 and a document of the test mode: in no report

12 Mar Ada pays 312 for FAC 1 by card; 20 Apr Ben pays 100 in cash; 25 Apr 15 of it go back in cash
expenses: 5 Mar rent 120 with 20 VAT, 9 Apr software 60, and one of 999 that is cancelled
"""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

from django.urls import reverse

from billing.models import Invoice
from billing.services import credit_notes, deposits, drafts, expenses, issuing, payments, work_lines
from billing.services.payments import Receipt
from sessions_app.models import Client, StudioSession
from tests.billing_factories import ServiceFactory, line, settle_seller
from tests.factories import ClientFactory, SessionFactory


@dataclass(frozen=True)
class Book:
    ada: Client
    ben: Client
    first: Invoice
    second: Invoice
    deposit: Invoice
    note: Invoice
    final: Invoice


def at(month, day):
    return datetime(2026, month, day, 10, tzinfo=UTC)


def _issued(client, when, *lines, **given):
    draft = drafts.create_draft(client=client, lines=lines, actor=None, now=when, **given)
    return issuing.issue_invoice(invoice=draft, actor=None, now=when)


def _received(client, amount, on, *, method, against=()):
    receipt = Receipt(amount=Decimal(amount), currency="EUR", received_on=on, method=method)
    when = at(on.month, on.day)
    return payments.receive_payment(client=client, receipt=receipt, against=against, actor=None, now=when)


def _first(ada):
    """A session by its agreed price, and a service."""
    when = at(3, 10)
    session = SessionFactory(client=ada, starts_at=at(3, 5), ends_at=at(3, 5).replace(hour=14), now=at(3, 1))
    StudioSession.objects.filter(pk=session.pk).update(total=Decimal(200), total_source="manual")
    mixing = ServiceFactory(name="Mixing", unit_price=Decimal(60))
    draft = drafts.create_draft(client=ada, lines=[line("60", service=mixing)], actor=None, now=when)
    work_lines.charge_work(invoice=draft, sessions=[session.pk], entries=[], actor=None, now=when)
    return issuing.issue_invoice(invoice=draft, actor=None, now=when)


def _spend(amount, tax, on, category, **given):
    return expenses.add_expense(
        description=category.title(),
        amount=Decimal(amount),
        tax_amount=Decimal(tax),
        spent_on=on,
        category=category,
        actor=None,
        now=at(on.month, on.day),
        **given,
    )


def write_book():
    """Write all of it, in its order, and return who and what a test may ask for."""
    settle_seller()
    ada, ben = ClientFactory(name="Ada Artist"), ClientFactory(name="Ben Band")
    _spend(120, 20, date(2026, 3, 5), "rent")
    first = _first(ada)
    _received(ada, "312", date(2026, 3, 12), method="card", against=[first])
    second = _issued(ben, at(3, 20), line("100"), line("50", "10"))
    deposit = _issued(ada, at(4, 2), line("40"), kind="deposit_invoice")
    part = credit_notes.Part(second.items.get(position=1), Decimal(30))
    note = credit_notes.credit_in_part(invoice=second, parts=[part], reason="Late", actor=None, now=at(4, 8))
    _spend(60, 0, date(2026, 4, 9), "software")
    cash = _received(ben, "100", date(2026, 4, 20), method="cash")
    payments.refund_payment(
        payment=cash, amount=Decimal(15), reason="Too much", method="cash", actor=None, now=at(4, 25)
    )
    gone = _spend(999, 0, date(2026, 4, 26), "other")
    expenses.cancel_expense(expense=gone, reason="Twice", actor=None, now=at(4, 26))
    draft = drafts.create_draft(client=ada, lines=[line("100")], actor=None, now=at(5, 15))
    deposits.deduct_deposits(invoice=draft, deposits=[deposit], actor=None, now=at(5, 15))
    final = issuing.issue_invoice(invoice=draft, actor=None, now=at(5, 15))
    drafts.create_draft(client=ada, lines=[line("500")], actor=None, now=at(5, 16))
    _issued(ada, at(5, 16), line("700"), is_test=True)
    return Book(ada, ben, first, second, deposit, note, final)


THE_YEAR = {"period": "year", "on": "2026-01-01"}


def page(name):
    return reverse(f"admin:report-{name}", "studio.urls")


def rows_of(browser, name, **asked):
    """Return the rows of a report as its file has them, the head first."""
    answer = browser.get(page(name), {**THE_YEAR, **asked, "file": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))

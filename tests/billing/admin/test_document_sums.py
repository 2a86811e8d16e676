"""What the list of documents adds up, what each says of itself, and pages of drafts that are none any more."""

import csv
from decimal import Decimal

import pytest

from billing.models import Invoice, InvoiceKind
from billing.services import credit_notes, deposits, issuing, quote_conversions
from tests.billing.admin.test_invoice_pages import INVOICES, at, text, told
from tests.billing_factories import DraftFactory, accepted, issued, line, quote_line
from tests.factories import NOW, ClientFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(web, studio):
    return signed_in(web, account("owner"))


def final_and_its_deposit():
    """Return an invoice over 120 that takes a deposit of 36 off, that deposit, and a credit note over 12 of it."""
    client = ClientFactory()
    deposit = issued(client=client, kind=InvoiceKind.DEPOSIT, lines=[line("30")])
    draft = DraftFactory(client=client)
    deposits.deduct_deposits(invoice=draft, deposits=[deposit], actor=None, now=NOW)
    final = issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
    part = [credit_notes.Part(final.items.get(), Decimal(10))]
    note = credit_notes.credit_in_part(invoice=final, parts=part, reason="Noise", actor=None, now=NOW)
    return final, deposit, note


def test_the_vat_of_deposits_counts_once_and_what_is_credited_comes_off(office):
    final, deposit, note = final_and_its_deposit()
    shown = text(office.get(INVOICES))
    assert "108.00 EUR invoiced, 3 documents" in shown
    assert "18.00 EUR VAT in it" in shown
    assert "14.00 EUR VAT in it" in text(office.get(INVOICES, {"q": final.invoice_number}))
    assert "-12.00 EUR" in shown
    lines = b"".join(office.get(f"{INVOICES}export/csv/").streaming_content).decode("utf-8-sig").splitlines()
    rows = {row["Number"]: row for row in csv.DictReader(lines)}
    kept = ("Without VAT", "VAT", "Total", "Deposits", "VAT of deposits", "Payable")
    stated = {number: [row[head] for head in kept] for number, row in rows.items()}
    assert stated == {
        final.invoice_number: ["100.00", "20.00", "120.00", "36.00", "6.00", "84.00"],
        deposit.invoice_number: ["30.00", "6.00", "36.00", "0.00", "0.00", "36.00"],
        note.invoice_number: ["-10.00", "-2.00", "-12.00", "0.00", "0.00", "-12.00"],
    }
    credit_notes.credit_in_full(invoice=final, reason="All", actor=None, now=NOW)
    shown = text(office.get(INVOICES))
    assert "36.00 EUR invoiced, 4 documents" in shown
    assert "6.00 EUR VAT in it" in shown


def test_what_is_credited_asks_for_nothing_and_a_test_takes_no_money(office):
    gone, test = issued(), issued(is_test=True)
    credit_notes.credit_in_full(invoice=gone, reason="All", actor=None, now=NOW)
    page = text(office.get(at(gone)))
    assert ("To pay 0.00 EUR" in page, "Receive a payment" in page) == (True, False)
    assert "Receive a payment" in text(office.get(at(issued())))
    assert "Receive a payment" not in text(office.get(at(test)))


@pytest.mark.parametrize("page", ["issue", "facts", "discard", "work", "prepaid", "deduct", "deposit"])
def test_the_pages_of_drafts_lead_from_an_issued_document_to_what_can_be_done(office, page):
    document = issued()
    for answer in (office.get(at(document, page), follow=True), office.post(at(document, page), {}, follow=True)):
        assert answer.redirect_chain == [(at(document), 302)]
        assert told(answer) == ["FAC-2026-0001 is issued: it stays as it is. Write a credit note to take it back."]
    assert Invoice.objects.get() == document


def test_a_line_says_nothing_twice(office):
    quote = accepted(lines=[quote_line(description="Mixing of a title")], deposit_percent=Decimal(0))
    draft = quote_conversions.convert_to_invoice(quote=quote, actor=None, now=NOW)
    assert text(office.get(at(draft))).count("Mixing of a title") == 1

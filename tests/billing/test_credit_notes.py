"""Taking back what was issued."""

from decimal import Decimal

import pytest
from django.db import IntegrityError

from billing.models import Invoice, InvoiceStatus
from billing.services import credit_notes, deposits, drafts, issuing, payments
from billing.services.credit_notes import Part
from sessions_app.services import facts
from studio.db import constraint_name
from tests.billing.test_payments import balances, owed, state
from tests.billing_factories import DraftFactory, issued, line, paid
from tests.factories import NOW, ClientFactory, SessionFactory

pytestmark = pytest.mark.django_db
REASON = "Session fell through"


def credited(invoice, reason=REASON):
    return credit_notes.credit_in_full(invoice=invoice, reason=reason, actor=None, now=NOW)


def partly(invoice, amount, reason=REASON):
    part = Part(invoice.items.get(), Decimal(amount))
    return credit_notes.credit_in_part(invoice=invoice, parts=[part], reason=reason, actor=None, now=NOW)


def test_an_unpaid_invoice_is_credited_in_full():
    invoice = issued()
    note = credited(invoice)
    assert (note.invoice_number, note.kind, note.total) == ("AV-2026-0001", "credit_note", 120)
    assert note.snapshot["document"]["refers_to"] == {"number": "FAC-2026-0001", "issued_on": "2026-06-01"}
    assert state(invoice) == (InvoiceStatus.CREDITED, 0, 120, 0)
    assert balances() == {}
    assert owed(invoice.client) == 0


def test_what_was_paid_stays_with_the_client():
    invoice = issued()
    payment = paid(invoice)
    credited(invoice)
    assert state(invoice) == (InvoiceStatus.CREDITED, 0, 120, 0)
    assert owed(invoice.client) == -120
    assert payments.left_of(payment) == 120


def test_parts_of_a_paid_invoice_free_only_what_is_more_than_paid():
    invoice = issued()
    payment = paid(invoice, "90")
    partly(invoice, "50")
    assert state(invoice) == (InvoiceStatus.PAID, 60, 60, 0)
    assert payments.left_of(payment) == 30


def test_a_document_is_never_credited_beyond_what_it_came_to():
    invoice = issued()
    partly(invoice, "99.99")
    with pytest.raises(credit_notes.MoreThanInvoiced) as refusal:
        partly(invoice, "0.02")
    assert "0.01" in str(refusal.value)
    credited(invoice)
    with pytest.raises(credit_notes.NotCreditable):
        credited(invoice)
    assert state(invoice) == (InvoiceStatus.CREDITED, 0, 120, 0)


@pytest.mark.parametrize("mode", ["net", "gross", "gross_stated"])
def test_bit_by_bit_is_the_whole_in_each_way_of_rounding(mode):
    invoice = issued(lines=[line("0.99", "5.5")], price_mode=mode)
    for _part in range(9):
        partly(invoice, "0.11")
    stored = Invoice.objects.get(pk=invoice.pk)
    assert stored.status == InvoiceStatus.CREDITED
    notes = Invoice.objects.filter(refers_to=invoice)
    assert sum(note.tax_amount for note in notes) == invoice.tax_amount
    assert balances() == {}


def test_what_was_charged_for_can_be_charged_again():
    session = SessionFactory(client=ClientFactory())
    invoice = issued(client=session.client, lines=[line(charges=[session])])
    credited(invoice)
    session.refresh_from_db()
    assert session.invoiced_at is None
    assert DraftFactory(client=session.client, lines=[line(charges=[session])]).total == 120


def test_a_credit_note_has_a_reason():
    with pytest.raises(facts.NoReason):
        credited(issued(), reason="  ")


def test_neither_drafts_nor_credit_notes_are_credited():
    with pytest.raises(credit_notes.NotCreditable):
        credited(DraftFactory())
    with pytest.raises(credit_notes.NotCreditable):
        credited(credited(issued()))


def final_of(deposit, *lines):
    draft = drafts.create_draft(client=deposit.client, lines=lines, actor=None, now=NOW)
    deposits.deduct_deposits(invoice=draft, deposits=[deposit], actor=None, now=NOW)
    return issuing.issue_invoice(invoice=draft, actor=None, now=NOW)


def test_a_final_invoice_earns_the_deposit_and_asks_for_the_rest():
    deposit = issued(kind="deposit_invoice", lines=[line("33.33")])
    paid(deposit, "40.00")
    final = final_of(deposit, line("100"))
    assert (final.total, final.deducted_total, final.payable) == (120, 40, 80)
    assert balances() == {"bank": 40, "receivables": 80, "revenue": -100, "vat": -20}


def test_a_final_invoice_that_is_credited_gives_the_deposit_back():
    deposit = issued(kind="deposit_invoice", lines=[line("33.33")])
    final = final_of(deposit, line("100"))
    note = credited(final)
    assert (note.total, note.payable) == (120, 80)
    assert balances() == {"receivables": 40, "deposits": Decimal("-33.33"), "vat": Decimal("-6.67")}
    assert final_of(deposit, line("100")).payable == 80


def two_lines(**given):
    return issued(lines=[line("50", **given), line("100", "10")])


def in_part(invoice, *parts):
    return credit_notes.credit_in_part(invoice=invoice, parts=parts, reason=REASON, actor=None, now=NOW)


def test_parts_of_one_line_count_together():
    invoice = two_lines()
    first = invoice.items.get(position=1)
    with pytest.raises(credit_notes.MoreThanInvoiced):
        in_part(invoice, Part(first, Decimal(50)), Part(first, Decimal(50)))
    with pytest.raises(credit_notes.NotCreditable):
        in_part(invoice)
    assert Invoice.objects.count() == 1


def test_two_halves_of_a_line_let_its_session_go():
    session = SessionFactory(client=ClientFactory())
    invoice = issued(client=session.client, lines=[line(charges=[session])])
    item = invoice.items.get()
    in_part(invoice, Part(item, Decimal(60)), Part(item, Decimal(40)))
    session.refresh_from_db()
    assert session.invoiced_at is None


@pytest.mark.parametrize("position", [1, 2])
def test_a_line_that_was_taken_off_keeps_its_neighbour_to_what_was_charged(position):
    invoice = issued(lines=[line("100"), line("20", quantity=Decimal(-1))])
    item = invoice.items.get(position=position)
    with pytest.raises(credit_notes.MoreThanInvoiced):
        in_part(invoice, Part(item, item.amount))
    credited(invoice)
    assert state(invoice) == (InvoiceStatus.CREDITED, 0, 96, 0)


def test_the_tables_take_no_more_back_at_a_rate_than_it_came_to(monkeypatch):
    invoice = two_lines()
    monkeypatch.setattr(credit_notes, "_require_within", lambda *facts: None)
    monkeypatch.setattr(credit_notes, "_require_rest", lambda *facts: None)
    with pytest.raises(IntegrityError) as refusal:
        in_part(invoice, Part(invoice.items.get(position=1), Decimal(60)))
    assert constraint_name(refusal.value) == "invoices_taken_back_within"

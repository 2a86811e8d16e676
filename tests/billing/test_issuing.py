"""Drafts, issuing, and what an issued document is."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.models import Invoice, InvoiceStatus, LedgerEntry, NumberSeries, VatRate
from billing.selectors.snapshots import fingerprint
from billing.services import charging, credit_notes, drafts, issuing, payments
from sessions_app.models import Client, SessionFee, StudioSession
from sessions_app.services import billed, extras, facts, fees, linked_clients, merging, prices
from studio.office.models import StudioProfile
from tests.billing_factories import DraftFactory, PaymentFactory, issued, line, settle_seller
from tests.factories import NOW, ClientFactory, ProjectFactory, SessionFactory, TimeEntryFactory
from tests.trails import trail

pytestmark = pytest.mark.django_db


def sides(invoice):
    """Return the ledger of a document as account -> debit less credit."""
    found = {}
    for entry in LedgerEntry.objects.filter(transaction__invoice=invoice):
        found[entry.ledger_account] = found.get(entry.ledger_account, 0) + entry.debit - entry.credit
    return found


def test_a_draft_has_sums_and_no_number():
    draft = DraftFactory(lines=[line("10.05"), line("33.33", "5.5", quantity=Decimal("1.5"))])
    assert (draft.status, draft.invoice_number, draft.snapshot) == (InvoiceStatus.DRAFT, "", None)
    assert (draft.subtotal, draft.tax_amount, draft.total) == (Decimal("60.05"), Decimal("4.76"), Decimal("64.81"))
    assert list(draft.taxes.order_by("-rate").values_list("rate", "base", "tax")) == [
        (Decimal("20.00"), Decimal("10.05"), Decimal("2.01")),
        (Decimal("5.50"), Decimal("50.00"), Decimal("2.75")),
    ]


def test_issuing_gives_the_next_number_and_freezes_what_is_printed():
    first, second = issued(), issued()
    assert (first.invoice_number, second.invoice_number) == ("FAC-2026-0001", "FAC-2026-0002")
    assert (first.issued_on, first.due_on) == (date(2026, 6, 1), date(2026, 7, 1))
    assert (first.remaining_balance, first.status) == (Decimal(120), InvoiceStatus.ISSUED)
    assert (first.previous_hash, second.previous_hash) == ("", first.content_hash)
    stored = Invoice.objects.get(pk=second.pk)
    assert fingerprint(stored.snapshot, stored.previous_hash) == stored.content_hash
    assert stored.snapshot["document"]["invoice_number"] == "FAC-2026-0002"
    assert stored.snapshot["seller"]["street"] == "1 rue des Archives"
    assert sides(first) == {"receivables": 120, "revenue": -100, "vat": -20}
    assert Client.objects.get(pk=first.client_id).balance_due == 120
    assert [act for act, _by, _why in trail(first)] == ["create", "issue"]


def test_credit_notes_and_years_and_tests_are_numbered_apart():
    assert issued().invoice_number == "FAC-2026-0001"
    assert issued(now=NOW.replace(year=2027)).invoice_number == "FAC-2027-0001"
    tested = issuing.issue_invoice(invoice=DraftFactory(is_test=True), actor=None, now=NOW)
    assert tested.invoice_number == "TEST-FAC-2026-0001"
    assert Client.objects.get(pk=tested.client_id).balance_due == 0
    assert NumberSeries.objects.count() == 3


def test_a_clock_that_runs_backwards_is_held_at_the_number_before():
    first = issued(now=NOW + timedelta(hours=2))
    second = issued(now=NOW)
    assert second.issued_at == first.issued_at


def test_a_deposit_is_a_debt_until_the_final_invoice_earns_it():
    deposit = issued(kind="deposit_invoice")
    assert sides(deposit) == {"receivables": 120, "deposits": -100, "vat": -20}


def test_an_issued_document_takes_no_more_lines():
    document = issued()
    with pytest.raises(drafts.NotADraft) as refusal:
        drafts.add_lines(invoice=document, lines=[line()], actor=None, now=NOW)
    assert str(refusal.value) == "FAC-2026-0001 is issued: it stays as it is. Write a credit note to take it back."


def test_sessions_and_hours_are_invoiced_with_their_document_and_once():
    settle_seller()
    project = ProjectFactory()
    session = SessionFactory(client=project.client)
    hours = TimeEntryFactory(target=project)
    draft = DraftFactory(client=project.client, lines=[line(charges=[session]), line(charges=[hours])])
    with pytest.raises(drafts.ChargedAlready):
        DraftFactory(client=project.client, lines=[line(charges=[session])])
    issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
    session.refresh_from_db()
    hours.refresh_from_db()
    assert (session.invoiced_at, hours.lock_reason) == (NOW, "invoice")


def test_a_document_charges_for_its_own_clients_things_alone():
    project = ProjectFactory()
    session, hours = SessionFactory(client=project.client), TimeEntryFactory(target=project)
    for thing in (session, hours):
        with pytest.raises(charging.OtherClient):
            DraftFactory(lines=[line(charges=[thing])])
    assert Invoice.objects.count() == 0


def test_a_session_that_is_cancelled_or_invoiced_elsewhere_is_not_charged():
    settle_seller()
    session = SessionFactory(client=ClientFactory())
    draft = DraftFactory(client=session.client, lines=[line(charges=[session])])
    for change in ({"status": "cancelled"}, {"status": "scheduled", "invoiced_at": NOW}):
        StudioSession.objects.filter(pk=session.pk).update(**change)
        with pytest.raises(billed.NotToInvoice):
            issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
    assert NumberSeries.objects.count() == 0


def test_a_fee_on_an_invoice_is_neither_waived_nor_charged_twice():
    settle_seller()
    session = SessionFactory(client=ClientFactory())
    fee = SessionFee.objects.create(session=session, amount=50, explanation="Late", decided_at=NOW)
    extra = extras.add_extra(
        session=session, description="Tape", quantity=Decimal(1), unit_price=Decimal(9), actor=None, now=NOW
    )
    document = issued(client=session.client, lines=[line("50", charges=[fee, extra])])
    waiving = {"fee": fee, "because": "A friend", "actor": None, "now": NOW}
    with pytest.raises(prices.AlreadyInvoiced):
        fees.waive_fee(**waiving)
    with pytest.raises(prices.AlreadyInvoiced):
        extras.remove_extra(extra=extra, actor=None, now=NOW)
    credit_notes.credit_in_full(invoice=document, reason="Mistake", actor=None, now=NOW)
    draft = DraftFactory(client=session.client, lines=[line("50", charges=[fee])])
    extras.remove_extra(extra=extra, actor=None, now=NOW)
    fees.waive_fee(**waiving)
    with pytest.raises(billed.NotToInvoice):
        issuing.issue_invoice(invoice=draft, actor=None, now=NOW)


def test_one_document_gives_one_reason_of_a_kind():
    settle_seller()
    for name in ("A", "B"):
        VatRate.objects.create(name=name, rate=0, category="E", reason=f"Art. {name}")
    lines = [replace(line(), vat_rate=VatRate.objects.get(name=name)) for name in ("A", "B")]
    assert DraftFactory(lines=lines[:1]).taxes.get().reason == "Art. A"
    with pytest.raises(issuing.TwoReasons):
        issuing.issue_invoice(invoice=DraftFactory(lines=lines), actor=None, now=NOW)


def test_a_currency_of_three_decimals_is_not_billed():
    with pytest.raises(facts.BadFacts):
        DraftFactory(client=ClientFactory(currency="TND"))


def test_a_test_charges_for_nothing_real_and_is_paid_by_nobody():
    session = SessionFactory(client=ClientFactory())
    with pytest.raises(charging.TestOnly):
        DraftFactory(client=session.client, is_test=True, lines=[line(charges=[session])])
    tested = issued(client=session.client, is_test=True)
    payment = PaymentFactory(client=session.client)
    with pytest.raises(payments.NotOpen):
        payments.allocate_payment(payment=payment, invoice=tested, amount=Decimal(1), actor=None, now=NOW)
    assert not Invoice.objects.unpaid().exists()


def test_a_draft_that_a_merge_moved_is_issued_for_the_client_it_is_now():
    settle_seller()
    draft, survivor = DraftFactory(), ClientFactory()
    stale = draft.client
    merging.merge_clients(survivor=survivor, merged=stale, actor=None, now=NOW)
    document = issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
    posting = document.ledger_transactions.get()
    assert (posting.client, document.snapshot["buyer"]["name"]) == (survivor, survivor.name)
    assert [Client.objects.get(pk=each.pk).balance_due for each in (survivor, stale)] == [120, 0]
    with pytest.raises(linked_clients.MergedAway):
        DraftFactory(client=stale)
    with pytest.raises(linked_clients.MergedAway):
        PaymentFactory(client=stale)


@pytest.mark.parametrize(
    "lines",
    [
        [{"quantity": Decimal(-1)}],
        [{"unit_price": "500", "percent": "20"}, {"quantity": Decimal(-1), "percent": "10"}],
    ],
)
def test_what_is_below_zero_in_all_or_at_one_rate_is_no_invoice(lines):
    settle_seller()
    draft = DraftFactory(lines=[line(**facts) for facts in lines])
    with pytest.raises(issuing.BelowZero):
        issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
    assert NumberSeries.objects.count() == 0


def test_an_empty_draft_and_a_nameless_studio_issue_nothing():
    empty = drafts.create_draft(client=ClientFactory(), actor=None, now=NOW)
    with pytest.raises(issuing.NothingToIssue):
        issuing.issue_invoice(invoice=empty, actor=None, now=NOW)
    with pytest.raises(issuing.NoSeller) as refusal:
        issuing.issue_invoice(invoice=DraftFactory(), actor=None, now=NOW)
    assert "street" in str(refusal.value)


@pytest.mark.parametrize(
    "pattern", ["FAC", "{number}", "{year}{number:099}", "{year.__class__}{number}", "{0}{number}"]
)
def test_a_pattern_that_cannot_number_is_refused(pattern):
    settle_seller()
    with pytest.raises(IntegrityError, match="studio_profile_invoice_pattern_numbers"), transaction.atomic():
        StudioProfile.objects.update(invoice_pattern=pattern)
    with pytest.raises(IntegrityError, match="studio_profile_patterns_differ"):
        StudioProfile.objects.update(invoice_pattern="AV-{year}-{number:04}")


def test_terms_of_the_client_come_before_the_studios():
    project = ProjectFactory()
    draft = DraftFactory(client=project.client, project=project)
    assert (draft.project_label, draft.payment_term_days, draft.language) == (project.name, 30, "en")
    with pytest.raises(drafts.OtherProject):
        DraftFactory(project=project)


def test_a_country_has_its_rates():
    assert list(VatRate.objects.order_by("-rate").values_list("name", "is_default")) == [
        ("20 %", True),
        ("10 %", False),
        ("5.5 %", False),
        ("2.1 %", False),
    ]

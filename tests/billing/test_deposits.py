"""Deposits: invoiced first, taken off the final invoice, given back once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.models import InvoiceDeduction, InvoiceStatus
from billing.services import credit_notes, deposits, drafts, issuing, sums
from billing.services.credit_notes import Part
from studio.db import constraint_name
from tests.billing.test_credit_notes import credited, partly
from tests.billing.test_payments import balances, state
from tests.billing_factories import DraftFactory, issued, line, paid, settle_seller
from tests.factories import NOW, ClientFactory

pytestmark = pytest.mark.django_db


def deposit_of(unit_price="33.33", **given):
    return issued(kind="deposit_invoice", lines=[line(unit_price)], **given)


def draft_of(deposit, *lines):
    given = {"client": deposit.client, "price_mode": deposit.price_mode, "actor": None, "now": NOW}
    return drafts.create_draft(lines=lines or [line("100")], **given)


def deducted(draft, *taken):
    return deposits.deduct_deposits(invoice=draft, deposits=taken, actor=None, now=NOW)


def final_of(deposit, *lines):
    draft = deducted(draft_of(deposit, *lines), deposit)
    return issuing.issue_invoice(invoice=draft, actor=None, now=NOW)


def test_a_deposit_is_not_credited_while_a_final_invoice_takes_it_off():
    deposit = deposit_of()
    final = final_of(deposit)
    with pytest.raises(credit_notes.NotCreditable) as refusal:
        credited(deposit)
    assert str(refusal.value) == "FAC-2026-0001 is taken off FAC-2026-0002. Credit that invoice first."
    with pytest.raises(credit_notes.NotCreditable):
        partly(deposit, "1")
    credited(final)
    credited(deposit)
    assert balances() == {}


def test_what_is_left_of_a_deposit_is_taken_off_rate_by_rate():
    deposit = deposit_of("30")
    partly(deposit, "10")
    draft = deducted(draft_of(deposit), deposit)
    assert list(draft.deductions.values_list("rate", "base", "tax")) == [(20, 20, 4)]
    assert deducted(draft).deducted_total == 0


def test_a_deposit_comes_off_with_the_cent_that_kept_its_price():
    deposit = deposit_of("99.99", price_mode="gross_stated")
    assert (deposit.total, deposit.rounding) == (100, Decimal("-0.01"))
    final = final_of(deposit, line("238"))
    assert (final.deducted_total, final.payable) == (Decimal("99.99"), Decimal("138.01"))
    paid(deposit, "99.99")
    paid(final, "138.01")
    assert balances() == {"bank": 238, "revenue": Decimal("-198.33"), "vat": Decimal("-39.67")}
    credited(final)
    assert credited(deposit).payable == Decimal("99.99")
    assert balances() == {"bank": 238, "client_credit": -238}


def test_a_final_invoice_waits_when_its_deposit_was_credited_since():
    deposit = deposit_of("30")
    draft = deducted(draft_of(deposit), deposit)
    partly(deposit, "10")
    with pytest.raises(deposits.NothingLeft):
        issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
    issuing.issue_invoice(invoice=deducted(draft, deposit), actor=None, now=NOW)
    assert state(draft)[3] == Decimal("96.00")


def test_only_deposits_of_the_client_are_taken_off_and_once():
    deposit = deposit_of()
    others = [
        deposit_of(),
        issued(client=deposit.client),
        DraftFactory(client=deposit.client, kind="deposit_invoice"),
        issued(client=deposit.client, kind="deposit_invoice", is_test=True),
    ]
    for other in others:
        with pytest.raises(deposits.NotADeposit):
            deducted(draft_of(deposit), other)
    deducted(draft_of(deposit), deposit)
    with pytest.raises(deposits.NothingLeft):
        deducted(draft_of(deposit), deposit)
    gone = deposit_of()
    credited(gone)
    with pytest.raises(deposits.NothingLeft):
        deducted(draft_of(gone), gone)


def written(draft, deposit):
    """Write a deduction past the service."""
    InvoiceDeduction.objects.create(invoice=draft, deposit=deposit, rate=Decimal(20), base=Decimal(10), tax=Decimal(2))
    sums.refresh(draft)


@pytest.mark.parametrize(
    "make", [lambda client: DraftFactory(), lambda client: deposit_of(), lambda client: issued(client=client)]
)
def test_the_table_refuses_what_is_no_deposit_at_the_issue(monkeypatch, make):
    monkeypatch.setattr(deposits, "require_deductible", lambda draft: None)
    settle_seller()
    client = ClientFactory()
    draft = DraftFactory(client=client)
    written(draft, make(client))
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
    assert constraint_name(refusal.value) == "invoices_about_their_own"


def test_a_final_invoice_that_its_deposit_pays_is_credited_once():
    deposit = deposit_of("100")
    final = final_of(deposit, line("60"), line("40"))
    assert state(final) == (InvoiceStatus.PAID, 0, 0, 0)
    credited(final)
    assert state(final) == (InvoiceStatus.CREDITED, 0, 0, 0)
    with pytest.raises(credit_notes.NotCreditable):
        credited(final)


def test_lines_credited_down_to_what_is_payable_leave_the_rest_to_credit():
    deposit = deposit_of("40")
    final = final_of(deposit)
    partly(final, "60")
    assert state(final) == (InvoiceStatus.PAID, 0, 72, 0)
    with pytest.raises(credit_notes.MoreThanInvoiced):
        credit_notes.credit_in_part(
            invoice=final, parts=[Part(final.items.get(), Decimal(1))], reason="x", actor=None, now=NOW
        )
    credited(final)
    assert state(final) == (InvoiceStatus.CREDITED, 0, 72, 0)
    assert list(final.deductions.filter(released_at=None)) == []
    credited(deposit)
    assert balances() == {}

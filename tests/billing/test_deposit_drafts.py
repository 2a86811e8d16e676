"""A deposit invoice of a part of a draft."""

from decimal import Decimal

import pytest

from billing.services import deposit_drafts, deposits, issuing
from tests.billing_factories import DraftFactory, issued, line, settle_seller
from tests.factories import NOW

pytestmark = pytest.mark.django_db
BY = {"actor": None, "now": NOW}


def test_a_percentage_is_asked_at_the_rates_of_the_draft_and_taken_off_to_the_cent():
    settle_seller()
    draft = DraftFactory(lines=[line("100.01"), line("33.33", "5.5")])
    deposit = deposit_drafts.ask_percent(invoice=draft, percent=Decimal(30), **BY)
    assert deposit.payable == Decimal("46.55")  # of 155.17
    assert [item.description for item in deposit.items.all()] == ["Deposit of 30 %"] * 2
    first = issuing.issue_invoice(invoice=deposit, **BY)
    final = issuing.issue_invoice(invoice=deposits.deduct_deposits(invoice=draft, deposits=[first], **BY), **BY)
    assert first.payable + final.payable == draft.total
    assert {tax.rate for tax in first.taxes.all()} == {tax.rate for tax in final.taxes.all()}


def test_an_amount_is_asked_with_vat():
    deposit = deposit_drafts.ask_amount(invoice=DraftFactory(), amount=Decimal(50), **BY)
    assert (deposit.kind, deposit.payable, deposit.tax_amount) == ("deposit_invoice", 50, Decimal("8.33"))


@pytest.mark.parametrize("amount", ["0", "-1", "120.01"])
def test_a_deposit_lies_between_nothing_and_all_of_it(amount):
    with pytest.raises(deposit_drafts.NoDeposit):
        deposit_drafts.ask_amount(invoice=DraftFactory(), amount=Decimal(amount), **BY)
    with pytest.raises(deposit_drafts.NoDeposit):
        deposit_drafts.ask_amount(invoice=DraftFactory(kind="deposit_invoice"), amount=Decimal(1), **BY)


def test_deposits_together_are_not_more_than_the_invoice_unless_they_are_for_other_work():
    draft = DraftFactory()
    assert deposit_drafts.ask_percent(invoice=draft, percent=Decimal(80), **BY).payable == 96
    with pytest.raises(deposit_drafts.AskedAlready, match=r"96\.00 EUR .* 192\.00 EUR .* 120\.00 EUR"):
        deposit_drafts.ask_percent(invoice=draft, percent=Decimal(80), **BY)
    assert deposit_drafts.ask_amount(invoice=draft, amount=Decimal(24), **BY).payable == 24
    assert deposit_drafts.ask_amount(invoice=draft, amount=Decimal(1), is_beside=True, **BY).payable == 1


def test_a_deposit_of_what_is_issued_is_refused():
    with pytest.raises(deposit_drafts.drafts.NotADraft):
        deposit_drafts.ask_amount(invoice=issued(), amount=Decimal(1), **BY)

"""What an accepted quote becomes, and that it does so once."""

from decimal import Decimal

import pytest

from billing.models import InvoiceSource, InvoiceStatus, PriceMode
from billing.services import credit_notes, drafts, issuing, quote_conversions, vat_rates
from sessions_app.models import StudioSession
from sessions_app.services import projects
from tests.billing_factories import QuoteFactory, accepted, held, quote_line, rate, sent
from tests.factories import NOW, ClientFactory, ProjectFactory

pytestmark = pytest.mark.django_db


def project_of(quote):
    return quote_conversions.convert_to_project(quote=quote, actor=None, now=NOW)


def invoice_of(quote):
    return quote_conversions.convert_to_invoice(quote=quote, actor=None, now=NOW)


def test_a_quote_becomes_a_project_with_its_slots_and_its_budget_once():
    client = ClientFactory(email="a@example.org")
    hold = held(client)
    quote = accepted(
        client=client, lines=[quote_line("777", session=hold), quote_line("23", quantity=Decimal("1.500"))]
    )
    project = project_of(quote)
    assert (project.name, project.client, project.budget) == ("Album", client, Decimal("811.50"))
    assert project.description == "- 1 x Recording\n- 1.5 x Recording"
    assert StudioSession.objects.get(pk=hold.pk).project == project
    with pytest.raises(quote_conversions.ConvertedAlready):
        project_of(quote)
    projects.delete_project(project=project, actor=None, now=NOW)
    quote.refresh_from_db()
    assert (quote.converted_to_project, quote.converted_at) == (None, NOW)
    with pytest.raises(quote_conversions.ConvertedAlready):
        project_of(quote)


def test_nothing_becomes_of_what_is_not_accepted():
    for quote in (QuoteFactory(), sent().quote):
        for act in (project_of, invoice_of):
            with pytest.raises(quote_conversions.NotAccepted):
                act(quote)
    client = ClientFactory(email="a@example.org")
    with pytest.raises(quote_conversions.ConvertedAlready):
        project_of(accepted(client=client, project=ProjectFactory(client=client), deposit_percent=Decimal(0)))


@pytest.mark.parametrize("price_mode", list(PriceMode))
def test_deposit_and_invoice_come_to_what_was_accepted_to_the_cent(price_mode):
    client = ClientFactory(email="a@example.org", default_deposit_percent=Decimal("33.33"))
    lines = [
        quote_line("99.99", session=held(client)),
        quote_line("33.37", percent="5.5", quantity=Decimal("2.125")),
        quote_line("10.01", percent="10", discount=Decimal("0.02")),
    ]
    quote = accepted(client=client, lines=lines, price_mode=price_mode)
    deposit = quote.deposit_invoice
    asked = Decimal(quote.versions.get().snapshot["document"]["deposit_amount"])
    assert deposit.payable == asked
    draft = invoice_of(quote)
    assert (draft.total, draft.rounding) == (quote.total, quote.rounding)
    final = issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
    assert deposit.payable + final.payable == quote.total + quote.rounding
    assert StudioSession.objects.get().invoiced_at == NOW


def test_a_line_is_on_one_invoice_at_a_time():
    client = ClientFactory(email="a@example.org")
    quote = accepted(
        client=client, lines=[quote_line(session=held(client)), quote_line("5")], deposit_percent=Decimal(0)
    )
    first = invoice_of(quote)
    with pytest.raises(quote_conversions.ConvertedAlready):
        invoice_of(quote)
    drafts.remove_line(item=first.items.get(position=2), actor=None, now=NOW)
    rest = invoice_of(quote)
    assert [item.unit_price for item in rest.items.all()] == [5]
    drafts.delete_draft(invoice=first, actor=None, now=NOW)
    again = issuing.issue_invoice(invoice=invoice_of(quote), actor=None, now=NOW)
    assert InvoiceSource.objects.filter(item__invoice=again).count() == 2
    credit_notes.credit_in_full(invoice=again, reason="Mistake", actor=None, now=NOW)
    assert invoice_of(quote).items.count() == 1


def test_a_session_that_is_invoiced_by_itself_is_not_invoiced_by_its_quote():
    client = ClientFactory(email="a@example.org")
    hold = held(client)
    quote = accepted(client=client, lines=[quote_line(session=hold), quote_line("5")], deposit_percent=Decimal(0))
    line = drafts.NewLine("Session", Decimal(100), rate(), charges=[StudioSession.objects.get()])
    drafts.create_draft(client=client, lines=[line], actor=None, now=NOW)
    assert [item.unit_price for item in invoice_of(quote).items.all()] == [5]


def test_what_was_accepted_is_invoiced_at_its_rate_although_that_is_archived():
    quote = accepted(lines=[quote_line(percent="10")], deposit_percent=Decimal(0))
    vat_rates.archive_rate(rate=rate("10"), actor=None, now=NOW)
    assert issuing.issue_invoice(invoice=invoice_of(quote), actor=None, now=NOW).total == 110


def test_the_deposit_is_asked_once_and_taken_off_while_it_stands():
    quote = accepted()
    with pytest.raises(quote_conversions.ConvertedAlready):
        quote_conversions.ask_deposit(quote=quote, actor=None, now=NOW)
    with pytest.raises(quote_conversions.NoDeposit):
        quote_conversions.ask_deposit(quote=accepted(deposit_percent=Decimal(0)), actor=None, now=NOW)
    credit_notes.credit_in_full(invoice=quote.deposit_invoice, reason="Mistake", actor=None, now=NOW)
    draft = invoice_of(quote)
    assert (draft.status, draft.deducted_total, draft.total) == (InvoiceStatus.DRAFT, 0, 120)

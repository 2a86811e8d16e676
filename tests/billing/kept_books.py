"""Books of two clients in which every kind of document, of movement and of agreement occurs."""

from datetime import date, timedelta
from decimal import Decimal

from billing.models import CashMoveKind, Payment, PaymentMethod, ServiceUnit
from billing.services import (
    cash_moves,
    contracts,
    credit_notes,
    deposits,
    drafts,
    expenses,
    instalments,
    issuing,
    packages,
    payments,
    quote_sending,
    receipts,
    reminders,
    tills,
)
from billing.services.credit_notes import Part
from tests.billing_factories import (
    ContractFactory,
    DraftFactory,
    ExpenseFactory,
    PackageFactory,
    accepted,
    issued,
    line,
    paid,
    quote_line,
    sent,
)
from tests.factories import NOW, ClientFactory, SessionFactory

ACT = {"actor": None, "now": NOW}


def kept_books():
    """Write the books, and what stands beside them.

    FAC-2026-0001  of Mina: 100 for a session and 50 at 10 %; 20 credited by AV-2026-0002, 100 paid, reminded of
    FAC-2026-0002  a deposit of 40, paid; FAC-2026-0003 takes it off: 80, paid with 100, of which 20 went back in cash
    FAC-2026-0004  of Noor: 99.99 with VAT, to the cent, in three parts; 30 asked before, and paid
    FAC-2026-0005  of Noor: 12 for a session, and an hour, for a package pays three of four; credited by AV-2026-0001
    """
    mina, noor = ClientFactory(name="Mina", email="mina@example.org"), ClientFactory(name="Noor")
    sessions = [SessionFactory(client=each, title=f"Take of {each}") for each in (mina, noor)]
    first = issued(client=mina, lines=[line("100", charges=sessions[:1]), line("50", "10")])
    deposit = issued(client=mina, kind="deposit_invoice", lines=[line("33.33")])
    final = drafts.create_draft(client=mina, lines=[line("100")], **ACT)
    deposits.deduct_deposits(invoice=final, deposits=[deposit], **ACT)
    final = issuing.issue_invoice(invoice=final, **ACT)
    gross = issued(client=noor, lines=[line("99.99")], price_mode="gross_stated", deposit_amount=Decimal(30))
    parts = instalments.parts_of(gross.payable, "EUR", count=3, first=date(2026, 6, 1))
    instalments.write(invoice=gross, parts=parts)
    gone = issuing.issue_invoice(invoice=_with_hours(noor, sessions[1]), **ACT)
    credit_notes.credit_in_full(invoice=gone, reason="Fell through", **ACT)
    part = Part(first.items.get(position=1), Decimal(20))
    credit_notes.credit_in_part(invoice=first, parts=[part], reason="Late", **ACT)
    for invoice, amount in ((first, "100"), (deposit, "40"), (gross, "30")):
        paid(invoice, amount)
    for each in Payment.objects.order_by("pk"):
        receipts.issue_receipt(payment=each, **ACT)
    over = paid(final, "100", method="card", provider="stripe", provider_id="pi_1")
    cash_moves.move_cash(kind=CashMoveKind.PUT_IN, amount=Decimal(20), currency="EUR", reason="Change", **ACT)
    payments.refund_payment(payment=over, amount=Decimal(20), reason="Over", method="cash", **ACT)
    DraftFactory(client=mina)
    issued(client=mina, is_test=True)
    assert Payment.objects.count() == 5
    _closed_days()
    _agreed(mina)
    reminders.remind_now(client=mina, actor=None, now=NOW + timedelta(days=31))


def _with_hours(client, session):
    """Return a draft for a session and for four hours, of which a package pays for three."""
    hours = line("50", quantity=Decimal(4), unit=ServiceUnit.HOUR)
    draft = DraftFactory(client=client, lines=[line("10", charges=[session]), hours], purchase_order="10")
    item = draft.items.get(position=2)
    packages.draw_down(item=item, package=PackageFactory(client=client), hours=Decimal(3), **ACT)
    return draft


def _closed_days():
    """Close two days: 20 went in and out, 30 are counted and 10 taken out; 6 are spent, then 5 of 14 are missing."""
    tills.close_till(
        currency="EUR", seen=Decimal(0), counted=Decimal(30), taken_out=Decimal(10), note="Change put in", **ACT
    )
    tape = ExpenseFactory(description="Tape", amount=Decimal(6), tax_amount=Decimal(1))
    expenses.pay_expense(expense=tape, paid_on=date(2026, 6, 1), method=PaymentMethod.CASH, **ACT)
    tills.close_till(currency="EUR", seen=Decimal(14), counted=Decimal(9), note="Nobody knows", **ACT)


def _agreed(client):
    """DEV-2026-0001 is accepted, DEV-2026-0002 was sent twice; CTR-2026-0001 is signed, CTR-2026-0002 sent."""
    accepted(client=client, deposit_percent=Decimal(0), lines=[quote_line("100"), quote_line("9.99")])
    quote = sent(client=client).quote
    quote_sending.send_quote(quote=quote_sending.take_back(quote=quote, **ACT), **ACT)
    first, _second = (
        contracts.send_contract(contract=ContractFactory(client=client, title=title), **ACT)
        for title in ("Recording agreement", "Distribution")
    )
    contracts.sign_contract(contract=first, signer_name="Mina", signed_on=date(2026, 6, 1), signed_copy=None, **ACT)

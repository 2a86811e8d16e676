"""Factories of documents and money; as in `tests.factories`."""

from datetime import date, timedelta
from decimal import Decimal

import factory

from billing.models import (
    CashMoveKind,
    Contract,
    Expense,
    Interval,
    Invoice,
    Package,
    Payment,
    Quote,
    RecurringInvoice,
    Service,
    VatRate,
)
from billing.services import (
    cash_moves,
    contracts,
    drafts,
    expenses,
    issuing,
    packages,
    payments,
    quote_answers,
    quote_sending,
    quotes,
    recurring_invoices,
)
from billing.services.drafts import NewLine
from billing.services.payments import Receipt
from billing.services.quote_answers import Signer
from billing.services.quotes import QuoteLine
from billing.services.written_lines import Line
from studio.office.models import StudioProfile
from tests.factories import NOW, ByService, ClientFactory, HoldFactory

SELLER = {"street": "1 rue des Archives", "postal_code": "75003", "city": "Paris"}


def settle_seller():
    """Fill in what an invoice needs of the studio."""
    StudioProfile.objects.update(**SELLER)


def rate(percent="20"):
    """Return one of the rates a studio opens with, by what it is in percent."""
    return VatRate.objects.get(rate=Decimal(percent))


def line(unit_price="100", percent="20", **given):
    """Return a line to be written."""
    return NewLine(given.pop("description", "Recording"), Decimal(unit_price), rate(percent), **given)


class ServiceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Service

    name = factory.Sequence(lambda n: f"Service {n}")
    unit_price = Decimal(60)
    vat_rate = factory.LazyFunction(rate)


class DraftFactory(ByService):
    """A draft of one line: 100 without VAT, 120 with it."""

    _service = staticmethod(drafts.create_draft)

    class Meta:
        model = Invoice

    client = factory.SubFactory(ClientFactory)
    lines = factory.LazyFunction(lambda: [line()])


def issued(*, lines=None, now=NOW, **given):
    """Return a document that is issued: 120 with VAT unless other lines are given."""
    settle_seller()
    draft = DraftFactory(lines=lines or [line()], **given)
    return issuing.issue_invoice(invoice=draft, actor=None, now=now)


class PaymentFactory(ByService):
    """120 by transfer, put against nothing."""

    _service = staticmethod(payments.receive_payment)

    class Meta:
        model = Payment

    client = factory.SubFactory(ClientFactory)
    receipt = Receipt(amount=Decimal(120), currency="EUR", received_on=date(2026, 6, 1))
    against = ()


def paid(invoice, amount="120", **given):
    """Return money that came in for a document."""
    receipt = Receipt(amount=Decimal(amount), currency=invoice.currency, received_on=date(2026, 5, 31), **given)
    return payments.receive_payment(client=invoice.client, receipt=receipt, against=[invoice], actor=None, now=NOW)


def put_in(amount, now=NOW):
    """Return change that was put into the till."""
    given = {"amount": Decimal(amount), "currency": "EUR", "reason": "Change", "actor": None, "now": now}
    return cash_moves.move_cash(kind=CashMoveKind.PUT_IN, **given)


def quote_line(unit_price="100", percent="20", **given):
    """Return a line of a quote to be written."""
    return QuoteLine(given.pop("description", "Recording"), Decimal(unit_price), rate(percent), **given)


class QuoteFactory(ByService):
    """A draft of one line, 100 without VAT, that asks 30 % first."""

    _service = staticmethod(quotes.create_quote)

    class Meta:
        model = Quote

    client = factory.SubFactory(ClientFactory, email="artist@example.org")
    title = "Album"
    lines = factory.LazyFunction(lambda: [quote_line()])


def held(client, *, days=3, now=NOW, **given):
    """Return a slot of four hours around noon that is on hold for a client until the next day."""
    noon, until = now.replace(hour=10, minute=0, second=0, microsecond=0), now + timedelta(days=1)
    starts = noon + timedelta(days=days)
    ends = starts + timedelta(hours=4)
    return HoldFactory(client=client, starts_at=starts, ends_at=ends, expires_at=until, now=now, **given)


def sent(quote=None, *, now=NOW, **given):
    """Return the version that a quote is sent as."""
    settle_seller()
    return quote_sending.send_quote(quote=quote or QuoteFactory(now=now, **given), actor=None, now=now)


def accepted(version=None, *, now=NOW, name="Ada Artist", **given):
    """Return the quote whose version is accepted."""
    version = version or sent(**given)
    return quote_answers.accept_quote(
        version=version, fingerprint=version.content_hash, signer=Signer(name), actor=None, now=now
    )


class PackageFactory(ByService):
    """Ten hours, bought for 400 without VAT."""

    _service = staticmethod(packages.add_package)

    class Meta:
        model = Package

    client = factory.SubFactory(ClientFactory)
    name = "Ten hours"
    hours = Decimal(10)
    price = Decimal(400)


class ExpenseFactory(ByService):
    """120 with 20 of VAT in it, to be paid."""

    _service = staticmethod(expenses.add_expense)

    class Meta:
        model = Expense

    description = "Tape"
    spent_on = date(2026, 5, 29)
    amount = Decimal(120)
    tax_amount = Decimal(20)


class ContractFactory(ByService):
    """A draft with a text."""

    _service = staticmethod(contracts.create_contract)

    class Meta:
        model = Contract

    client = factory.SubFactory(ClientFactory)
    title = "Recording agreement"
    terms = "The studio records, the client pays."


class RecurringFactory(ByService):
    """50 without VAT every month from June 2026 on."""

    _service = staticmethod(recurring_invoices.arrange)

    class Meta:
        model = RecurringInvoice

    client = factory.SubFactory(ClientFactory)
    title = "Rehearsal room"
    starts_on = date(2026, 6, 1)
    interval = Interval.MONTH
    lines = factory.LazyFunction(lambda: [Line("Room 3", Decimal(50), rate())])

"""Factories of documents and money; as in `tests.factories`."""

from datetime import date
from decimal import Decimal

import factory

from billing.models import Invoice, Payment, Service, VatRate
from billing.services import drafts, issuing, payments
from billing.services.drafts import NewLine
from billing.services.payments import Receipt
from studio.office.models import StudioProfile
from tests.factories import NOW, ByService, ClientFactory

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
    receipt = Receipt(amount=Decimal(amount), currency=invoice.currency, received_on=date(2026, 6, 2), **given)
    return payments.receive_payment(client=invoice.client, receipt=receipt, against=[invoice], actor=None, now=NOW)

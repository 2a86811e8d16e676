"""What sessions learn of their documents."""

from decimal import Decimal

import pytest

from billing.services import credit_notes, payments
from sessions_app.models import StudioSession
from tests.billing_factories import issued, line, paid
from tests.factories import NOW, ClientFactory, SessionFactory
from tests.trails import trail

pytestmark = pytest.mark.django_db


def told(session):
    """Return what a session says of its payment, as it is stored."""
    stored = StudioSession.objects.get(pk=session.pk)
    return stored.payment_status, stored.deposit_paid


@pytest.fixture
def session(studio):
    booked = SessionFactory(client=ClientFactory())
    StudioSession.objects.filter(pk=booked.pk).update(total=100, deposit_amount=30)
    booked.refresh_from_db()
    return booked


def test_a_session_follows_its_invoice_from_unpaid_to_paid_and_back(session):
    invoice = issued(client=session.client, lines=[line(charges=[session])], deposit_amount=Decimal(36))
    found = [told(session)]
    for amount in ("20", "16", "84"):
        payment = paid(invoice, amount)
        found.append(told(session))
    payments.take_off_payment(
        payment=payment, invoice=invoice, amount=Decimal(84), reason="Mistaken", actor=None, now=NOW
    )
    found.append(told(session))
    credit_notes.credit_in_full(invoice=invoice, reason="Cancelled", actor=None, now=NOW)

    assert found == [("unpaid", False), ("partial", False), ("partial", True), ("paid", True), ("partial", True)]
    assert told(session)[0] == "refunded"
    assert ("change", "", "") in trail(session)


def test_a_session_on_two_documents_is_paid_when_both_are(session):
    other = SessionFactory(client=session.client)
    first = issued(client=session.client, lines=[line(charges=[session]), line(charges=[other])])
    paid(first, "100")
    assert [told(each)[0] for each in (session, other)] == ["partial", "partial"]
    paid(first, "140")
    assert [told(each)[0] for each in (session, other)] == ["paid", "paid"]

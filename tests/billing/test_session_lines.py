"""Training sessions that no plan pays for: completed, they stand on the draft of their member."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.models import Invoice, InvoiceItem, Service
from billing.services import drafts, issuing
from tests.billing_factories import ServiceFactory, line, settle_seller
from tests.factories import NOW
from tests.training_factories import MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import SessionType, TrainerPay
from training.services import completion

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def complete(session, **given):
    times = {"actual_start": session.scheduled_start, "actual_end": session.scheduled_end}
    return completion.complete_session(
        session=session, **{"trainer": None, "actor": None, "now": session.scheduled_end} | times | given
    )


def on_drafts():
    """Return (draft, description, price) of every line, in order."""
    return list(InvoiceItem.objects.order_by("invoice", "position").values_list("invoice", "description", "unit_price"))


@pytest.fixture
def priced(studio):
    """A single session costs 25."""
    kind = SessionType.objects.get(code="member")
    SessionType.objects.filter(pk=kind.pk).update(takes_credit=True)
    return ServiceFactory(name="Single session", unit_price=Decimal(25), session_type=kind)


def test_a_finished_session_is_pay_and_a_line_of_the_members_one_draft(priced):
    ada, trainer = MemberFactory(), TrainerFactory(session_rate=Decimal(20))
    sessions = [TrainingSessionFactory(member=ada, scheduled_start=NOW + days * DAY) for days in (1, 2)]
    drafts.create_draft(client=ada.client, lines=[line()], actor=None, now=NOW)  # somebody's own: left alone
    for session in sessions:
        complete(session, trainer=trainer)

    found = [row for row in on_drafts() if row[1].startswith("Single session, ")]
    assert [price for _draft, _text, price in found] == [25, 25]
    assert len({draft for draft, _text, _price in found}) == 1
    assert TrainerPay.objects.count() == 2


def test_what_is_taken_back_leaves_the_draft_and_an_empty_one_goes(priced):
    session = TrainingSessionFactory()
    completed = complete(session)
    assert len(on_drafts()) == 1
    completion.reopen_session(session=completed, reason="Slip", actor=None, now=NOW)
    assert Invoice.objects.count() == 0
    complete(session)
    settle_seller()
    invoice = issuing.issue_invoice(invoice=Invoice.objects.get(), actor=None, now=NOW)
    completion.reopen_session(session=session, reason="Slip", actor=None, now=NOW)
    complete(session)
    assert list(Invoice.objects.all()) == [invoice]


def test_without_a_price_or_a_member_a_session_is_completed_and_waits(priced):
    Service.objects.update(is_active=False)
    complete(TrainingSessionFactory())
    assert on_drafts() == []

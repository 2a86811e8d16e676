"""A session that changes hands: in which currency it is charged, and at which price."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sessions_app.models import SessionExtra, StudioSession
from sessions_app.services import sessions
from studio.accounts.models import AuditEvent
from tests.factories import NOW, ClientFactory, RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def abroad():
    return ClientFactory(name="Lee", currency="USD")


@pytest.fixture
def session(client_):
    return SessionFactory(client=client_, starts_at=TEN, total=Decimal(100))


def hand(session, client, **given):
    return sessions.change_session(session=session, client=client, actor=None, now=NOW, **given)


def extra(session):
    SessionExtra.objects.create(session=session, description="Tape", quantity=1, unit_price=5, amount=5, added_at=NOW)


@pytest.mark.parametrize("money", ["total", "deposit_amount", "extra"])
def test_money_in_another_currency_keeps_the_client(session, client_, abroad, money):
    kept = {"total": None, "deposit_amount": None} | ({money: Decimal(5)} if money != "extra" else {})
    StudioSession.objects.filter(pk=session.pk).update(**kept)
    if money == "extra":
        extra(session)

    with pytest.raises(sessions.MoneyInAnotherCurrency, match="is in EUR, and Lee is charged in USD"):
        hand(session, abroad)

    session.refresh_from_db()
    assert (session.client, session.currency) == (client_, "EUR")


def test_without_money_the_currency_follows_the_client(session, abroad):
    changed = hand(session, abroad, total=None, deposit_amount=None)

    changed.refresh_from_db()
    assert (changed.client, changed.currency, changed.total) == (abroad, "USD", None)
    assert changed.price_lines.count() == 0
    told = AuditEvent.objects.filter(object_id=str(session.pk), verb="change").latest("pk").changes
    assert told["currency"] == ["EUR", "USD"]


def test_in_the_same_currency_the_price_stays_as_agreed(session):
    changed = hand(session, ClientFactory(currency="EUR"))

    assert (changed.total, changed.currency) == (Decimal(100), "EUR")


def test_the_first_client_of_an_in_house_session_pays_the_list(client_):
    session = SessionFactory(client=None, room=RoomFactory(hourly_rate=Decimal(60)), starts_at=TEN)
    assert session.total is None

    changed = hand(session, client_)

    changed.refresh_from_db()
    hours = (session.ends_at - session.starts_at).seconds // 3600
    assert (changed.total, changed.total_source) == (60 * hours, "rules")
    assert [line.amount for line in changed.price_lines.all()] == [changed.total]
    told = AuditEvent.objects.filter(object_id=str(session.pk), verb="change").latest("pk").changes
    assert told["total"] == [None, str(changed.total)]


def test_a_total_that_comes_along_with_the_first_client_is_agreed(client_):
    session = SessionFactory(client=None, room=RoomFactory(hourly_rate=Decimal(60)), starts_at=TEN)

    changed = hand(session, client_, total=Decimal(25))

    assert (changed.total, changed.total_source) == (25, "manual")

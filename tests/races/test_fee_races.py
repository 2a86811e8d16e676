"""Eight clerks cancel one session, or waive one fee: it is decided once."""

from collections import Counter
from decimal import Decimal

import pytest

from sessions_app.models import SessionFee, StudioSession
from studio.tenancy.context import inside
from tests.factories import ClientFactory, RoomFactory, SessionFactory
from tests.fleet import environment, fleet
from tests.price_factories import PolicyFactory
from tests.races.racing import HOUR, NOW, Race, outcomes_of, slot_of

pytestmark = pytest.mark.django_db(transaction=True)
CLERKS = 8
LONG = pytest.param(200, id="long", marks=pytest.mark.long)


@pytest.fixture
def track(monkeypatch):
    """Return a studio with terms, for this race alone."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with fleet(1) as (studio,):
        with inside(studio):
            PolicyFactory(now=NOW)
        yield studio


@pytest.mark.parametrize("rounds", [pytest.param(5, id="gate"), LONG])
def test_many_cancel_and_one_fee_is_decided_and_waived_once(track, rounds):
    with inside(track):
        room, client = RoomFactory(now=NOW), ClientFactory(now=NOW)
        for number in range(rounds):
            SessionFactory(
                room=room,
                client=client,
                starts_at=slot_of(number),
                ends_at=slot_of(number) + HOUR,
                total=Decimal(80),
                now=NOW,
            )

    cancelled = outcomes_of(Race(track.schema_name, "call_off", rounds, racers=CLERKS))
    waived = outcomes_of(Race(track.schema_name, "let_off", rounds, racers=CLERKS))

    assert cancelled == [Counter({"won": CLERKS})] * rounds  # twice is once
    assert waived == [Counter({"won": 1, "taken": CLERKS - 1})] * rounds
    with inside(track):
        assert list(SessionFee.objects.values_list("amount", flat=True)) == [Decimal(80)] * rounds
        assert StudioSession.objects.filter(status="cancelled").count() == rounds

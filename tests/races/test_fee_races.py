"""Eight clerks cancel one session, or waive one fee: it is decided once."""

from decimal import Decimal

import pytest

from sessions_app.models import SessionFee, StudioSession
from studio.tenancy.context import inside
from tests.factories import ClientFactory, RoomFactory, SessionFactory
from tests.price_factories import PolicyFactory
from tests.races.figures import in_rounds
from tests.races.racing import Race, all_had_their_way, outcomes_of, so_many_won
from tests.races.recording_attempts import HOUR, NOW, slot_of

pytestmark = pytest.mark.django_db(transaction=True)
CLERKS = 8


@pytest.fixture
def track(course):
    """Return a studio with terms, for this race alone."""
    with inside(course):
        PolicyFactory(now=NOW)
    return course


@in_rounds(5)
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

    assert all_had_their_way(cancelled)  # twice is once
    assert so_many_won(waived)
    with inside(track):
        assert list(SessionFee.objects.values_list("amount", flat=True)) == [Decimal(80)] * rounds
        assert StudioSession.objects.filter(status="cancelled").count() == rounds

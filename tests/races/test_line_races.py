"""Who is next in line, when many act at once: a slot has one taker, and an entry of the waitlist one slot."""

from collections import Counter

import pytest
from django.db import connection

from sessions_app.models import HoldChallenge, Room, StudioSession, WaitlistEntry, WaitlistOffer
from sessions_app.services import challenges, sweeping, waitlist
from studio.tenancy.context import inside
from tests.factories import ClientFactory, HoldFactory, RoomFactory, SessionFactory
from tests.fleet import environment, fleet
from tests.races.racing import HOUR, NOW, RACERS, Race, outcomes_of, slot_of
from tests.races.test_booking_races import DOUBLE_BOOKED

# Three seconds for a lock are not enough for sixteen on a crowded machine; nobody is told worse than to try again.
EXPECTED = {"won", "taken", "asked to try again"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def track(monkeypatch):
    """Return a studio with two rooms, for this race alone."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with fleet(1) as (studio,):
        with inside(studio):
            RoomFactory(name="Contested", now=NOW)
            RoomFactory(name="Other", now=NOW)
        yield studio


def double_bookings():
    with connection.cursor() as cursor:
        cursor.execute(DOUBLE_BOOKED + " AND a.status = 'scheduled' AND b.status = 'scheduled'")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("challenged", [False, True], ids=["expiry", "challenge"])
def test_a_hold_is_confirmed_or_lost_and_the_next_moves_up_only_when_it_is_lost(track, challenged):
    rounds = 5
    with inside(track):
        room = Room.objects.order_by("pk")[0]
        for number in range(rounds):
            start = slot_of(number)
            slot = {"room": room, "starts_at": start, "ends_at": start + HOUR, "now": NOW}
            # Those of earlier rounds end earlier: a sweep of one round leaves the next alone.
            ends = NOW + (number + 1) * HOUR
            first = HoldFactory(title=f"First {number}", expires_at=ends, **slot)
            second = HoldFactory(title=f"Second {number}", expires_at=start, **slot)
            if challenged:
                challenges.challenge_hold(
                    hold=first, challenger=second, ends_at=ends, is_firm=True, actor=None, now=NOW
                )

    outcomes = outcomes_of(Race(track.schema_name, "sweep_or_confirm", rounds))

    assert {name for outcome in outcomes for name in outcome} <= EXPECTED
    with inside(track):
        sweeping.sweep(now=NOW + rounds * HOUR)  # what a crowded round left to the next
        ends_as = {row.title: (row.status, row.hold_rank) for row in StudioSession.objects.all()}
        promoted = ("scheduled", None) if challenged else ("hold", 1)
        for number in range(rounds):
            pair = (ends_as[f"First {number}"][0], ends_as[f"Second {number}"])
            assert pair in {("scheduled", ("hold", 2)), ("expired", promoted)}
        assert double_bookings() == 0
        assert not HoldChallenge.objects.filter(outcome="open").exists()


def test_many_freed_slots_and_one_entry_that_gets_one_of_them(track):
    rounds = 3
    with inside(track):
        for number in range(rounds):
            start = slot_of(number)
            for racer in range(RACERS):
                SessionFactory(
                    title=f"Racer {racer} of {number}",
                    room=RoomFactory(name=f"Room {racer} of {number}", now=NOW),
                    starts_at=start,
                    ends_at=start + HOUR,
                    now=NOW,
                )
            for name in ("One", "Two"):
                waitlist.add_entry(
                    client=ClientFactory(now=NOW),
                    title=f"{name} of {number}",
                    wanted_from=start,
                    wanted_to=start + HOUR,
                    length_minutes=60,
                    actor=None,
                    now=NOW,
                )

    outcomes = outcomes_of(Race(track.schema_name, "free", rounds))

    assert {name for outcome in outcomes for name in outcome} <= EXPECTED - {"taken"}
    with inside(track):
        offered = Counter(WaitlistOffer.objects.values_list("entry__title", flat=True))
        assert offered == Counter(WaitlistEntry.objects.values_list("title", flat=True))
        assert StudioSession.objects.filter(status="hold", hold_rank=1).count() == 2 * rounds


def test_one_visitor_gets_two_open_requests(track):
    rounds = 5

    outcomes = outcomes_of(Race(track.schema_name, "ask", rounds))

    assert [outcome["won"] for outcome in outcomes] == [2] * rounds
    assert {name for outcome in outcomes for name in outcome} <= EXPECTED

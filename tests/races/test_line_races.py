"""Who is next in line, when many act at once: a slot has one taker, and an entry of the waitlist one slot."""

from collections import Counter

import pytest
from django.db import connection

from sessions_app.models import HoldChallenge, Room, StudioSession, WaitlistEntry, WaitlistOffer
from sessions_app.services import challenges, sweeping, waitlist
from studio.tenancy.context import inside
from tests.factories import ClientFactory, HoldFactory, RequestFactory, RoomFactory
from tests.races.figures import in_rounds
from tests.races.racing import AGAIN, Race, outcomes_of
from tests.races.recording_attempts import HOUR, NOW, end_of, put_down, slot_of
from tests.races.test_booking_races import DOUBLE_BOOKED

# Three seconds for a lock are not enough for sixteen on a crowded machine; nobody is told worse than to try again.
EXPECTED = {"won", "taken", AGAIN}
AT_ONCE = 10
FEWER = 8

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def track(course):
    """Return a studio with two rooms, for this race alone."""
    with inside(course):
        RoomFactory(name="Contested", now=NOW)
        RoomFactory(name="Other", now=NOW)
    return course


def double_bookings():
    with connection.cursor() as cursor:
        cursor.execute(DOUBLE_BOOKED + " AND a.status = 'scheduled' AND b.status = 'scheduled'")
        return cursor.fetchone()[0]


def put_in_line(numbers, *, challenged):
    """Let two hold the slot of each round, where those of the rounds before wait no longer: a sweep looks at all."""
    StudioSession.objects.filter(status="hold").update(status="expired")
    room = Room.objects.order_by("pk")[0]
    for number in numbers:
        start, ends = slot_of(number), end_of(number)
        slot = {"room": room, "starts_at": start, "ends_at": start + HOUR, "now": NOW}
        first = HoldFactory(title=f"First {number}", expires_at=ends, **slot)
        second = HoldFactory(title=f"Second {number}", expires_at=start, **slot)
        if challenged:
            challenges.challenge_hold(hold=first, challenger=second, ends_at=ends, is_firm=True, actor=None, now=NOW)


def how_the_pairs_ended(numbers):
    """Return how the first of each round ended, and status and rank of the second."""
    sweeping.sweep(now=end_of(numbers[-1]))  # what a crowded round left to the next
    ended = {row.title: row for row in StudioSession.objects.all()}
    pairs = [(ended[f"First {number}"], ended[f"Second {number}"]) for number in numbers]
    return [(first.status, (second.status, second.hold_rank)) for first, second in pairs]


@in_rounds(5)
@pytest.mark.parametrize("challenged", [False, True], ids=["expiry", "challenge"])
def test_a_hold_is_confirmed_or_lost_and_the_next_moves_up_only_when_it_is_lost(track, challenged, rounds):
    pairs = []

    def prepare(numbers):
        with inside(track):
            if numbers[0]:
                pairs.extend(how_the_pairs_ended(range(numbers[0] - AT_ONCE, numbers[0])))
            put_in_line(numbers, challenged=challenged)

    outcomes = outcomes_of(Race(track.schema_name, "sweep_or_confirm", rounds), prepare=prepare, at_once=AT_ONCE)

    assert {name for outcome in outcomes for name in outcome} <= EXPECTED
    with inside(track):
        pairs.extend(how_the_pairs_ended(range(len(pairs), rounds)))
        promoted = ("scheduled", None) if challenged else ("hold", 1)
        assert len(pairs) == rounds
        assert set(pairs) <= {("scheduled", ("hold", 2)), ("expired", promoted)}
        assert double_bookings() == 0
        assert not HoldChallenge.objects.filter(outcome="open").exists()


@in_rounds(5)
def test_a_request_that_is_paid_declined_moved_and_overdue_at_once_is_one_of_them(track, rounds):
    with inside(track):
        room = Room.objects.order_by("pk")[0]
        for number in range(rounds):
            times = {"starts_at": slot_of(number), "ends_at": slot_of(number) + HOUR, "expires_at": end_of(number)}
            RequestFactory(title=f"Asked {number}", room=room, awaits="payment", now=NOW, **times)

    outcomes = outcomes_of(Race(track.schema_name, "decide", rounds, racers=FEWER))

    assert {name for outcome in outcomes for name in outcome} <= EXPECTED | {"confirmed", "already", "refund"}
    with inside(track):
        ends_as = dict(StudioSession.objects.values_list("title", "status"))
        assert len(ends_as) == StudioSession.objects.count() == rounds
        assert double_bookings() == 0
    for number, outcome in enumerate(outcomes):
        is_booked = ends_as[f"Asked {number}"] == "scheduled"
        # Charged and booked, or given back, never both and never neither: money that comes twice is told so.
        assert (outcome["confirmed"], outcome["refund"] and is_booked) == (int(is_booked), 0)
        assert is_booked or outcome["refund"] or outcome[AGAIN]


@in_rounds(3)
def test_many_freed_slots_and_one_entry_that_gets_one_of_them(track, rounds):
    with inside(track):
        rooms = [RoomFactory(name=f"Room {racer}", now=NOW) for racer in range(FEWER)]
        for number in range(rounds):
            start = slot_of(number)
            put_down((f"Racer {racer} of {number}", room, start) for racer, room in enumerate(rooms))
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

    outcomes = outcomes_of(Race(track.schema_name, "free", rounds, racers=FEWER))

    assert {name for outcome in outcomes for name in outcome} <= EXPECTED - {"taken"}
    with inside(track):
        offered = Counter(WaitlistOffer.objects.values_list("entry__title", flat=True))
        assert offered == Counter(WaitlistEntry.objects.values_list("title", flat=True))
        assert StudioSession.objects.filter(status="hold", hold_rank=1).count() == 2 * rounds


@in_rounds(5)
def test_one_visitor_gets_two_open_requests(track, rounds):
    outcomes = outcomes_of(Race(track.schema_name, "ask", rounds))

    assert [outcome["won"] for outcome in outcomes] == [2] * rounds
    assert {name for outcome in outcomes for name in outcome} <= EXPECTED

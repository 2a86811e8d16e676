"""One slot, sixteen processes: one of them gets it, and nobody sees a deadlock."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from sessions_app.models import Room, StudioSession
from studio.tenancy.context import as_owner, inside
from tests.factories import RoomFactory, SessionFactory
from tests.fleet import environment, fleet
from tests.races.racing import HOUR, NOW, RACERS, Race, all_had_their_way, outcomes_of, slot_of

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 64
LONG = pytest.param(500, id="long", marks=pytest.mark.long)
DOUBLE_BOOKED = """
    SELECT count(*) FROM sessions a JOIN sessions b ON a.id < b.id AND a.room_id = b.room_id
    AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
"""


def one_winner(racers=RACERS):
    """Return how a round of one slot ends."""
    return Counter({"won": 1, "taken": racers - 1})


@pytest.fixture
def track(monkeypatch):
    """Return a studio with one room, for this race alone."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with fleet(1) as (studio,):
        with inside(studio):
            RoomFactory(name="Contested", now=NOW)
        yield studio


def double_bookings(studio):
    """Return how many pairs of sessions overlap in a room."""
    with inside(studio), connection.cursor() as cursor:
        cursor.execute(DOUBLE_BOOKED)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("racers", [2, RACERS])
@pytest.mark.parametrize("rounds", [pytest.param(20, id="gate"), LONG])
def test_one_of_many_gets_the_slot(track, rounds, racers):
    outcomes = outcomes_of(Race(track.schema_name, "book", rounds, racers=racers))

    assert outcomes == [one_winner(racers)] * rounds
    with inside(track):
        assert StudioSession.objects.count() == rounds
    assert double_bookings(track) == 0


@pytest.mark.parametrize("rounds", [pytest.param(5, id="gate"), LONG])
def test_one_of_a_crowd_gets_the_slot(track, rounds):
    outcomes = outcomes_of(Race(track.schema_name, "book", rounds, racers=CROWD))

    # On a slow machine the last of a crowd may be asked to try again: nobody waits longer than three seconds.
    assert [outcome["won"] for outcome in outcomes] == [1] * rounds
    assert {name for outcome in outcomes for name in outcome} <= {"won", "taken", "asked to try again"}
    assert double_bookings(track) == 0


def test_without_lock_and_constraint_the_same_race_double_books(track):
    with as_owner(track.schema_name), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sessions DROP CONSTRAINT sessions_room_free_before")
        cursor.execute("ALTER TABLE sessions DROP CONSTRAINT sessions_room_free_after")

    outcomes = outcomes_of(Race(track.schema_name, "book", 20, locked=False))

    assert max(outcome["won"] for outcome in outcomes) > 1
    assert double_bookings(track) > 0


def test_without_the_lock_the_constraint_alone_lets_nobody_double_book(track):
    outcomes = outcomes_of(Race(track.schema_name, "book", 5, locked=False))

    assert outcomes == [one_winner()] * 5
    assert double_bookings(track) == 0


def test_one_of_many_moves_into_the_slot(track):
    with inside(track):
        room = Room.objects.get()
        for racer in range(RACERS):
            # Each waits on a day of its own, before the rounds.
            SessionFactory(title=f"Racer {racer}", room=room, starts_at=slot_of(-1 - racer), now=NOW)

    outcomes = outcomes_of(Race(track.schema_name, "move", 5))

    # A winner of an earlier round that moves on leaves its slot behind.
    assert [outcome["won"] for outcome in outcomes] == [1] * 5
    assert {name for outcome in outcomes for name in outcome} == {"won", "taken"}
    assert double_bookings(track) == 0
    with inside(track):
        assert StudioSession.objects.count() == RACERS


def test_swapping_rooms_in_both_directions_never_deadlocks(track):
    with inside(track):
        rooms = [Room.objects.get(), RoomFactory(name="Second", now=NOW)]
        for racer in range(RACERS):
            start = slot_of(racer)
            SessionFactory(
                title=f"Racer {racer}", room=rooms[racer % 2], starts_at=start, ends_at=start + HOUR, now=NOW
            )

    outcomes = outcomes_of(Race(track.schema_name, "swap", 10))

    assert all_had_their_way(outcomes)
    with inside(track):
        assert StudioSession.objects.filter(ends_at__gt=NOW + timedelta(days=1)).count() == RACERS


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "without the lock"])
def test_one_of_many_is_started_in_a_room(track, locked):
    rounds = 10
    with inside(track):
        for number in range(rounds):
            room = RoomFactory(name=f"Room {number}", now=NOW)
            for racer in range(RACERS):
                SessionFactory(title=f"Racer {racer}", room=room, starts_at=slot_of(racer), now=NOW)

    outcomes = outcomes_of(Race(track.schema_name, "begin", rounds, locked=locked))

    assert (outcomes == [one_winner()] * rounds) == locked
    with inside(track):
        assert StudioSession.objects.filter(status="in_progress").count() == sum(each["won"] for each in outcomes)

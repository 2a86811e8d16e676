"""One slot, sixteen processes: one of them gets it, and nobody sees a deadlock."""

from datetime import timedelta

import pytest
from django.db import connection

from sessions_app.models import Room, StudioSession
from studio.accounts.services import users
from studio.tenancy.context import as_owner, inside
from tests.factories import RoomFactory, SessionFactory
from tests.races.figures import LONG, in_rounds
from tests.races.racing import Race, all_had_their_way, outcomes_of, so_many_won
from tests.races.recording_attempts import HOUR, NOW, RACERS, put_down, slot_of

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 64
DOUBLE_BOOKED = """
    SELECT count(*) FROM sessions a JOIN sessions b ON a.id < b.id AND a.room_id = b.room_id
    AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
"""


@pytest.fixture
def track(course):
    """Return a studio with one room, for this race alone."""
    with inside(course):
        RoomFactory(name="Contested", now=NOW)
    return course


def double_bookings(studio):
    """Return how many pairs of sessions overlap in a room."""
    with inside(studio), connection.cursor() as cursor:
        cursor.execute(DOUBLE_BOOKED)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("racers", [2, RACERS])
@in_rounds(20)
def test_one_of_many_gets_the_slot(track, rounds, racers):
    outcomes = outcomes_of(Race(track.schema_name, "book", rounds, racers=racers))

    assert so_many_won(outcomes)
    with inside(track):
        assert StudioSession.objects.count() == rounds
    assert double_bookings(track) == 0


@in_rounds(5)
def test_one_of_a_crowd_gets_the_slot(track, rounds):
    outcomes = outcomes_of(Race(track.schema_name, "book", rounds, racers=CROWD))

    assert so_many_won(outcomes)
    assert double_bookings(track) == 0


def test_of_many_who_come_through_every_door_one_gets_the_slot(track):
    with inside(track):
        users.create_account(email="owner@example.org", name="Owner", role="owner", actor=None, now=NOW)

    outcomes = outcomes_of(Race(track.schema_name, "enter", 5, racers=8))

    assert so_many_won(outcomes)
    assert double_bookings(track) == 0


@pytest.mark.usefixtures("own_rules")
def test_without_lock_and_constraint_the_same_race_double_books(track):
    with as_owner(track.schema_name), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sessions DROP CONSTRAINT sessions_room_free_before")
        cursor.execute("ALTER TABLE sessions DROP CONSTRAINT sessions_room_free_after")

    outcomes = outcomes_of(Race(track.schema_name, "book", 20, locked=False))

    assert max(outcome["won"] for outcome in outcomes) > 1
    assert double_bookings(track) > 0


def test_without_the_lock_the_constraint_alone_lets_nobody_double_book(track):
    outcomes = outcomes_of(Race(track.schema_name, "book", 5, locked=False))

    assert so_many_won(outcomes)
    assert double_bookings(track) == 0


@in_rounds(5)
def test_one_of_many_moves_into_the_slot(track, rounds):
    with inside(track):
        room = Room.objects.get()
        for racer in range(RACERS):
            # Each waits on a day of its own, before the rounds.
            SessionFactory(title=f"Racer {racer}", room=room, starts_at=slot_of(-1 - racer), now=NOW)

    outcomes = outcomes_of(Race(track.schema_name, "move", rounds))

    # A winner of an earlier round that moves on leaves its slot behind.
    assert so_many_won(outcomes)
    assert double_bookings(track) == 0
    with inside(track):
        assert StudioSession.objects.count() == RACERS


@in_rounds(10)
def test_swapping_rooms_in_both_directions_never_deadlocks(track, rounds):
    with inside(track):
        rooms = [Room.objects.get(), RoomFactory(name="Second", now=NOW)]
        for racer in range(RACERS):
            start = slot_of(racer)
            SessionFactory(
                title=f"Racer {racer}", room=rooms[racer % 2], starts_at=start, ends_at=start + HOUR, now=NOW
            )

    outcomes = outcomes_of(Race(track.schema_name, "swap", rounds))

    assert all_had_their_way(outcomes)
    with inside(track):
        assert StudioSession.objects.filter(ends_at__gt=NOW + timedelta(days=1)).count() == RACERS


@pytest.mark.parametrize(
    ("rounds", "locked"),
    [
        pytest.param(10, True, id="gate"),
        pytest.param(10, False, id="without the lock"),
        pytest.param(LONG, True, id="long", marks=pytest.mark.long),
    ],
)
def test_one_of_many_is_started_in_a_room(track, rounds, locked):
    with inside(track):
        rooms = [RoomFactory(name=f"Room {number}", now=NOW) for number in range(rounds)]
        put_down((f"Racer {racer}", room, slot_of(racer)) for room in rooms for racer in range(RACERS))

    outcomes = outcomes_of(Race(track.schema_name, "begin", rounds, locked=locked))

    assert so_many_won(outcomes) == locked
    with inside(track):
        assert StudioSession.objects.filter(status="in_progress").count() == sum(each["won"] for each in outcomes)

"""One engineer and one microphone, many clerks: one of them gets both, and nobody sees a deadlock."""

import pytest
from django.db import connection

from sessions_app.models import Absence, AssignmentKind, Room, SessionAssignment, StudioSession
from studio.tenancy.context import as_owner, inside
from tests.factories import EquipmentFactory, RoomFactory, UserFactory
from tests.races.figures import in_rounds
from tests.races.racing import Race, outcomes_of, so_many_won
from tests.races.recording_attempts import NOW, RACERS, put_down, slot_of

pytestmark = pytest.mark.django_db(transaction=True)
DOUBLE_BOOKED = """
    SELECT count(*) FROM session_assignments a JOIN session_assignments b ON a.id < b.id
    AND (a.engineer_id = b.engineer_id OR a.equipment_id = b.equipment_id) AND a.occupying AND b.occupying
    AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
"""


@pytest.fixture
def house(course):
    """Return a studio with a room for each racer, for this race alone."""
    with inside(course):
        for number in range(RACERS):
            RoomFactory(name=f"Room {number:02}", now=NOW)
    return course


def double_bookings(studio):
    """Return how many pairs of overlapping sessions share a person or a thing."""
    with inside(studio), connection.cursor() as cursor:
        cursor.execute(DOUBLE_BOOKED)
        return cursor.fetchone()[0]


def unlock_the_table(studio):
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        for kind in AssignmentKind.values:
            cursor.execute(f"ALTER TABLE session_assignments DROP CONSTRAINT session_assignments_{kind}_free")


@in_rounds(20)
def test_one_of_many_gets_the_crew(house, rounds):
    with inside(house):
        UserFactory(), UserFactory(), EquipmentFactory(now=NOW)

    outcomes = outcomes_of(Race(house.schema_name, "book_crew", rounds))

    assert so_many_won(outcomes)
    assert double_bookings(house) == 0
    with inside(house):
        assert (StudioSession.objects.count(), SessionAssignment.objects.count()) == (rounds, 3 * rounds)


@pytest.mark.usefixtures("own_rules")
def test_without_lock_and_constraint_the_same_race_double_books(house):
    with inside(house):
        UserFactory(), EquipmentFactory(now=NOW)
    unlock_the_table(house)

    outcomes = outcomes_of(Race(house.schema_name, "book_crew", 10, locked=False))

    assert max(outcome["won"] for outcome in outcomes) > 1
    assert double_bookings(house) > 0


def test_without_the_lock_the_constraint_alone_lets_nobody_double_book(house):
    with inside(house):
        UserFactory()

    outcomes = outcomes_of(Race(house.schema_name, "book_crew", 5, locked=False))

    assert so_many_won(outcomes)
    assert double_bookings(house) == 0


def give_sessions(house, rounds):
    """Give each racer a session of its own in each round, and all of them one engineer."""
    with inside(house):
        UserFactory()
        rooms = list(Room.objects.order_by("pk"))
        put_down(
            (f"Racer {racer}", room, slot_of(number)) for racer, room in enumerate(rooms) for number in range(rounds)
        )


@in_rounds(10)
def test_one_of_many_puts_the_engineer_on_their_session(house, rounds):
    give_sessions(house, rounds)

    outcomes = outcomes_of(Race(house.schema_name, "put_on", rounds))

    assert so_many_won(outcomes)
    assert double_bookings(house) == 0


@in_rounds(10)
def test_the_engineer_works_or_is_away_and_never_both(house, rounds):
    give_sessions(house, rounds)

    outcomes = outcomes_of(Race(house.schema_name, "work_or_leave", rounds))

    assert so_many_won(outcomes)
    with inside(house):
        assert Absence.objects.count() + SessionAssignment.objects.count() == rounds

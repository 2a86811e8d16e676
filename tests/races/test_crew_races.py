"""One engineer and one microphone, many clerks: one of them gets both, and nobody sees a deadlock."""

from collections import Counter

import pytest
from django.db import connection

from sessions_app.models import Absence, AssignmentKind, SessionAssignment, StudioSession
from studio.tenancy.context import as_owner, inside
from tests.factories import EquipmentFactory, RoomFactory, SessionFactory, UserFactory
from tests.fleet import environment, fleet
from tests.races.racing import HOUR, NOW, RACERS, Race, outcomes_of, slot_of

pytestmark = pytest.mark.django_db(transaction=True)
ONE_WINNER = Counter({"won": 1, "taken": RACERS - 1})
DOUBLE_BOOKED = """
    SELECT count(*) FROM session_assignments a JOIN session_assignments b ON a.id < b.id
    AND (a.engineer_id = b.engineer_id OR a.equipment_id = b.equipment_id) AND a.occupying AND b.occupying
    AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
"""


@pytest.fixture
def house(monkeypatch):
    """Return a studio with a room for each racer, for this race alone."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with fleet(1) as (studio,):
        with inside(studio):
            for number in range(RACERS):
                RoomFactory(name=f"Room {number:02}", now=NOW)
        yield studio


def double_bookings(studio):
    """Return how many pairs of overlapping sessions share a person or a thing."""
    with inside(studio), connection.cursor() as cursor:
        cursor.execute(DOUBLE_BOOKED)
        return cursor.fetchone()[0]


def unlock_the_table(studio):
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        for kind in AssignmentKind.values:
            cursor.execute(f"ALTER TABLE session_assignments DROP CONSTRAINT session_assignments_{kind}_free")


@pytest.mark.parametrize("rounds", [pytest.param(20, id="gate"), pytest.param(500, id="long", marks=pytest.mark.long)])
def test_one_of_many_gets_the_crew(house, rounds):
    with inside(house):
        UserFactory(), UserFactory(), EquipmentFactory(now=NOW)

    outcomes = outcomes_of(Race(house.schema_name, "book_crew", rounds))

    assert outcomes == [ONE_WINNER] * rounds
    assert double_bookings(house) == 0
    with inside(house):
        assert (StudioSession.objects.count(), SessionAssignment.objects.count()) == (rounds, 3 * rounds)


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

    assert outcomes == [ONE_WINNER] * 5
    assert double_bookings(house) == 0


@pytest.fixture
def own_sessions(house):
    """Give each racer a session of its own in each round."""
    with inside(house):
        UserFactory()
        for racer in range(RACERS):
            room = RoomFactory(now=NOW)
            for number in range(10):
                SessionFactory(
                    title=f"Racer {racer}",
                    room=room,
                    starts_at=slot_of(number),
                    ends_at=slot_of(number) + HOUR,
                    now=NOW,
                )
    return house


def test_one_of_many_puts_the_engineer_on_their_session(own_sessions):
    outcomes = outcomes_of(Race(own_sessions.schema_name, "put_on", 10))

    assert outcomes == [ONE_WINNER] * 10
    assert double_bookings(own_sessions) == 0


def test_the_engineer_works_or_is_away_and_never_both(own_sessions):
    outcomes = outcomes_of(Race(own_sessions.schema_name, "work_or_leave", 10))

    assert outcomes == [ONE_WINNER] * 10
    with inside(own_sessions):
        assert Absence.objects.count() + SessionAssignment.objects.count() == 10

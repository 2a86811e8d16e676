"""Hours and sixteen processes: one clock a person, and nothing slips into a month that is being closed."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from sessions_app.models import ClosedPeriod, TimeEntry
from studio.accounts.models import User
from studio.tenancy.context import as_owner, inside
from tests.factories import ProjectFactory
from tests.races.figures import in_rounds
from tests.races.racing import Race, outcomes_of, so_many_won
from tests.races.recording_attempts import RACERS

pytestmark = pytest.mark.django_db(transaction=True)
THEN = datetime(2029, 12, 31, tzinfo=UTC)
SLIPPED_IN = """
    SELECT count(*) FROM time_entries t
    JOIN closed_periods p ON p.starts_at <= t.started_at AND t.started_at < p.ends_at
    WHERE t.locked_at IS NULL
"""


@pytest.fixture
def house(course):
    """A studio with a project for each racer, for this race alone."""
    with inside(course):
        for _racer in range(RACERS):
            ProjectFactory(now=THEN)
    return course


def workers(studio, count):
    """Give each round a person."""
    with inside(studio):
        for number in range(count):
            User.objects.create_user(email=f"worker{number}@example.org", name=f"Worker {number}")


def slipped_in():
    """Return how many entries of closed months are not locked."""
    with connection.cursor() as cursor:
        cursor.execute(SLIPPED_IN)
        return cursor.fetchone()[0]


@in_rounds(10)
def test_of_many_starts_at_once_one_clock_runs(house, rounds):
    workers(house, rounds)

    outcomes = outcomes_of(Race(house.schema_name, "start_clock", rounds))

    assert so_many_won(outcomes)
    with inside(house):
        assert (TimeEntry.objects.count(), TimeEntry.objects.running().count()) == (rounds, rounds)


@in_rounds(10)
def test_of_many_switches_at_once_one_clock_runs_and_the_first_is_stopped(house, rounds):
    workers(house, rounds)
    outcomes_of(Race(house.schema_name, "start_clock", rounds))

    outcomes = outcomes_of(Race(house.schema_name, "switch_clock", rounds))

    assert {outcome["won"] for outcome in outcomes} == {1}
    with inside(house):
        assert TimeEntry.objects.running().count() == rounds
        assert TimeEntry.objects.finished().count() == rounds


@in_rounds(10)
def test_nothing_slips_into_a_month_that_is_being_closed(house, rounds):
    workers(house, 1)

    outcomes = outcomes_of(Race(house.schema_name, "close_or_add", rounds))

    assert {kind for outcome in outcomes for kind in outcome} <= {"won", "taken"}
    with inside(house):
        assert (ClosedPeriod.objects.count(), slipped_in()) == (rounds, 0)


@pytest.mark.usefixtures("own_rules")
def test_without_the_triggers_the_same_race_lets_hours_slip_in(house):
    workers(house, 1)
    with as_owner(house.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER time_entries_guarded ON time_entries")
        cursor.execute("DROP TRIGGER closed_periods_guarded ON closed_periods")

    outcomes_of(Race(house.schema_name, "close_or_add", 20))

    with inside(house):
        assert slipped_in() > 0

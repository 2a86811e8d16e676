"""One slot on a machine, one member, one place in the week: of many processes one gets it."""

from collections import Counter

import pytest
from django.db import connection

from studio.office.models import StudioProfile
from studio.tenancy.context import as_owner, inside
from tests.fleet import environment, fleet
from tests.races.racing import Race, all_had_their_way, outcomes_of
from tests.races.training_attempts import MACHINES, NOW, WEEK
from tests.training_factories import MachineFactory, MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import Machine, Member

pytestmark = pytest.mark.django_db(transaction=True)
RACERS, ROUNDS = 8, 5
DOUBLE_BOOKED = """
    SELECT count(*) FROM training_sessions a JOIN training_sessions b ON a.id < b.id
    AND (a.machine_id = b.machine_id OR a.trainer_id = b.trainer_id OR a.member_id = b.member_id)
    AND tstzrange(a.scheduled_start, a.scheduled_end) && tstzrange(b.scheduled_start, b.scheduled_end)
"""
ONE_WINNER = Counter({"won": 1, "taken": RACERS - 1})


@pytest.fixture
def gym(monkeypatch):
    """Return a studio with machines, a trainer and a member for each racer, for this race alone."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with fleet(1) as (studio,):
        with inside(studio):
            for number in range(MACHINES):
                MachineFactory(machine_number=number + 1, now=NOW)
            TrainerFactory()
            for racer in range(RACERS):
                MemberFactory(first_name=f"Racer {racer}")
        yield studio


def race(studio, attempt, rounds=ROUNDS, **given):
    return outcomes_of(Race(studio.schema_name, attempt, rounds, racers=RACERS, **given))


def asked(studio, sql):
    with inside(studio), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("attempt", ["train", "train_everywhere", "train_in_full_week"])
def test_one_of_many_gets_it(gym, attempt):
    if attempt == "train_in_full_week":
        with inside(gym):
            StudioProfile.objects.update(weekly_session_cap=1)

    assert race(gym, attempt) == [ONE_WINNER] * ROUNDS

    assert asked(gym, DOUBLE_BOOKED) == 0
    assert asked(gym, "SELECT count(*) FROM training_sessions") == ROUNDS


def test_without_lock_and_constraint_the_same_race_double_books(gym):
    with as_owner(gym.schema_name), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE training_sessions DROP CONSTRAINT training_sessions_machine_free")

    assert max(outcome["won"] for outcome in race(gym, "train", locked=False)) > 1

    assert asked(gym, DOUBLE_BOOKED) > 0


def test_without_the_lock_the_week_takes_too_many(gym):
    with inside(gym):
        StudioProfile.objects.update(weekly_session_cap=1)

    assert max(outcome["won"] for outcome in race(gym, "train_in_full_week", locked=False)) > 1


def test_machines_swapped_at_once_lock_nobody_out(gym):
    with inside(gym):
        for member in Member.objects.all():
            start = NOW + int(member.first_name.split()[1]) * WEEK + WEEK
            TrainingSessionFactory(
                machine=Machine.objects.order_by("machine_number")[0], member=member, scheduled_start=start
            )

    assert all_had_their_way(race(gym, "swap_machines"))

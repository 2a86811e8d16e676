"""One slot on a machine, one member, one place in the week: of many processes one gets it."""

import pytest
from django.db import connection
from django.db.models import F, Sum

from studio.office.models import StudioProfile
from studio.tenancy.context import as_owner, inside
from tests.factories import UserFactory
from tests.races.figures import in_rounds
from tests.races.racing import AGAIN, Race, all_had_their_way, outcomes_of, so_many_won
from tests.races.training_attempts import HALF_HOUR, MACHINES, NOW, WEEK, start_of
from tests.training_factories import (
    MachineFactory,
    MemberFactory,
    OutageFactory,
    TrainerFactory,
    TrainingSessionFactory,
)
from training.models import (
    Machine,
    MachineOutage,
    Member,
    OutageCase,
    OutageDecision,
    SessionType,
    Trainer,
    TrainingSession,
)
from training.services.outage_cases import Choice

pytestmark = pytest.mark.django_db(transaction=True)
RACERS, ROUNDS = 8, 5
DOUBLE_BOOKED = """
    SELECT count(*) FROM training_sessions a JOIN training_sessions b ON a.id < b.id
    AND (a.machine_id = b.machine_id OR a.trainer_id = b.trainer_id OR a.member_id = b.member_id)
    AND tstzrange(a.scheduled_start, a.scheduled_end) && tstzrange(b.scheduled_start, b.scheduled_end)
"""


@pytest.fixture
def gym(course):
    """Return a studio with machines, a trainer and a member for each racer, for this race alone."""
    with inside(course):
        Machine.objects.all().delete()  # those a studio opens with
        for number in range(MACHINES):
            MachineFactory(machine_number=number + 1, now=NOW)
        TrainerFactory()
        for racer in range(RACERS):
            MemberFactory(first_name=f"Racer {racer}")
        SessionType.objects.update(takes_credit=False)  # who pays is another race
    return course


def race(studio, attempt, rounds=ROUNDS, **given):
    return outcomes_of(Race(studio.schema_name, attempt, rounds, racers=RACERS, **given))


def asked(studio, sql):
    with inside(studio), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def who_works_in_both(studio):
    with inside(studio):
        Trainer.objects.update(user=UserFactory())


def set_cap(studio, cap):
    with inside(studio):
        StudioProfile.objects.update(weekly_session_cap=cap)


@in_rounds(5)
def test_one_of_many_gets_it_and_nobody_is_locked_out(gym, rounds):
    assert so_many_won(race(gym, "train", rounds))
    assert so_many_won(race(gym, "train_everywhere", rounds))
    who_works_in_both(gym)
    assert so_many_won(race(gym, "train_or_record", rounds))
    set_cap(gym, 1)
    assert so_many_won(race(gym, "train_in_full_week", rounds))
    set_cap(gym, 250)
    counts = "SELECT (SELECT count(*) FROM training_sessions) + (SELECT count(*) FROM sessions)"
    assert asked(gym, counts) == 4 * rounds
    with inside(gym):
        first = Machine.objects.order_by("machine_number")[0]
        TrainingSession.objects.all().delete()
        for number, member in enumerate(Member.objects.order_by("pk"), start=1):
            TrainingSessionFactory(machine=first, member=member, scheduled_start=NOW + number * WEEK)

    assert all_had_their_way(race(gym, "swap_machines", rounds))

    assert asked(gym, DOUBLE_BOOKED) == 0


@pytest.mark.usefixtures("own_rules")
def test_without_lock_and_constraint_the_same_races_double_book_and_overfill(gym):
    with as_owner(gym.schema_name), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE training_sessions DROP CONSTRAINT training_sessions_machine_free")

    assert max(outcome["won"] for outcome in race(gym, "train", locked=False)) > 1

    assert asked(gym, DOUBLE_BOOKED) > 0
    who_works_in_both(gym)
    assert max(outcome["won"] for outcome in race(gym, "train_or_record", locked=False)) > 1
    set_cap(gym, 1)
    assert max(outcome["won"] for outcome in race(gym, "train_in_full_week", locked=False)) > 1


@in_rounds(5)
def test_somebody_who_never_had_a_session_gets_one_trial(gym, rounds):
    with inside(gym):
        for number in range(rounds):
            email = f"round{number}@example.org"
            MemberFactory(first_name="Orphan", email=email, member_type="trial", status="pending", now=NOW)

    assert so_many_won(race(gym, "try_out", rounds))
    with inside(gym):
        tried = Member.objects.filter(email__startswith="round")
        assert list(tried.values_list("sessions__status", flat=True)) == ["scheduled"] * rounds


def test_outage_is_planned_or_the_slot_is_booked_and_planners_are_in_nobodys_way(gym):
    assert so_many_won(race(gym, "train_or_break"))
    assert all_had_their_way(race(gym, "break_own"))

    assert asked(gym, DOUBLE_BOOKED) == 0
    with inside(gym):
        outages = MachineOutage.objects.count()
        assert TrainingSession.objects.filter(outage__isnull=False).count() == outages
        assert OutageCase.objects.filter(session__machine=F("outage__machine")).count() == 0


def test_outage_is_prolonged_or_the_slot_is_booked_and_no_gap_is_left_where_it_ends(gym):
    with inside(gym):
        first, member = Machine.objects.order_by("machine_number")[0], MemberFactory(first_name="Left")
        for number in range(ROUNDS):
            start = start_of(number, after=90)
            OutageFactory(machine=first, starts_at=start, ends_at=start + HALF_HOUR, now=NOW)
            start = start_of(number, after=100)
            left = TrainingSessionFactory(machine=first, member=member, scheduled_start=start + HALF_HOUR / 2)
            choice = Choice(left.pk, left.updated_at, OutageDecision.LEFT, reason="It can still run.")
            ends_at = start + 4 * HALF_HOUR
            OutageFactory(machine=first, starts_at=start, ends_at=ends_at, choices=[choice], now=NOW)

    assert so_many_won(race(gym, "prolong_or_train"))
    assert asked(gym, DOUBLE_BOOKED) == 0
    ended = race(gym, "end_or_cancel")

    assert {outcome for each in ended for outcome in each} <= {"won", "taken", AGAIN}
    with inside(gym):
        both = MachineOutage.objects.filter(starts_at__gte=start_of(0, after=100))
        blocked = Sum(F("blocks__scheduled_end") - F("blocks__scheduled_start"))
        assert list(both.annotate(blocked=blocked).values_list("blocked", flat=True)) == [2 * HALF_HOUR] * ROUNDS

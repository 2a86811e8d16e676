"""Eight clerks spend the last credit of a plan, or sell one plan each to one member: one of them does."""

from datetime import date

import pytest
from django.db import connection

from studio.tenancy.context import as_owner, inside
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.races.figures import in_rounds
from tests.races.racing import AGAIN, Race, outcomes_of, so_many_won
from tests.races.training_attempts import MACHINES, NOW, book, machine_of, member_of, start_of
from tests.training_factories import MachineFactory, MemberFactory
from training.models import Machine, Plan, Subscription, TrainingSession
from training.selectors.credits import breakdowns, broken_lots
from training.services.session_types import seed_session_types

pytestmark = pytest.mark.django_db(transaction=True)
CLERKS = 8


@pytest.fixture
def track(course):
    """Return a studio with a plan of one session, for this race alone."""
    with inside(course):
        Machine.objects.all().delete()  # those a studio opens with
        seed_session_types()
        for _each in range(MACHINES):
            MachineFactory(now=NOW)
        PlanFactory(sessions_count=1, months=60, now=NOW)
    return course


def members(rounds):
    return [MemberFactory(first_name=f"Racer {number}", now=NOW) for number in range(rounds)]


def sold(rounds):
    plan = Plan.objects.get()
    return [
        SubscriptionFactory(member=member, plan=plan, starts_on=date(2030, 1, 1), now=NOW) for member in members(rounds)
    ]


@in_rounds(5)
def test_one_of_many_books_with_the_last_credit(track, rounds):
    with inside(track):
        lots = sold(rounds)

    outcomes = outcomes_of(Race(track.schema_name, "spend", rounds, racers=CLERKS))

    assert so_many_won(outcomes)
    with inside(track):
        assert [(each.scheduled, each.remaining) for each in breakdowns(lots)] == [(1, 0)] * rounds
        assert broken_lots() == []


def test_what_many_cancel_and_delete_at_once_gives_its_credit_back_once(track):
    with inside(track):
        lots = sold(5)
        for number in range(5):
            book(machine_of(0), member_of(number), start_of(number))

    outcomes = outcomes_of(Race(track.schema_name, "undo", 5, racers=CLERKS))

    assert {said for outcome in outcomes for said in outcome} <= {"won", "taken", AGAIN}
    with inside(track):
        assert TrainingSession.objects.count() == 0
        assert [each.remaining for each in breakdowns(lots)] == [1] * 5
        assert broken_lots() == []


def test_the_table_alone_lets_one_of_many_take_the_last_credit(track):
    with inside(track):
        lots = sold(5)

    assert so_many_won(outcomes_of(Race(track.schema_name, "spend_by_hand", 5, racers=CLERKS)))
    with inside(track):
        assert [each.remaining for each in breakdowns(lots)] == [0] * 5


@pytest.mark.usefixtures("own_rules")
def test_without_the_trigger_the_same_race_overspends(track):
    with inside(track):
        sold(5)
    with as_owner(track.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER credit_entries_balance ON credit_entries")

    outcomes = outcomes_of(Race(track.schema_name, "spend_by_hand", 5, racers=CLERKS))

    assert max(outcome["won"] for outcome in outcomes) > 1
    with inside(track):
        assert min(each.remaining for each in breakdowns(list(Subscription.objects.all()))) < 0


@in_rounds(5)
def test_a_member_gets_one_plan_of_many(track, rounds):
    with inside(track):
        members(rounds)

    assert so_many_won(outcomes_of(Race(track.schema_name, "sell", rounds, racers=CLERKS)))
    with inside(track):
        assert Subscription.objects.current().count() == rounds

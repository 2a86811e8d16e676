"""Two halves of one circle of referrals, and one e-mail address for several members, at the same moment."""

import pytest

from studio.tenancy.context import inside
from tests.races.figures import in_rounds
from tests.races.racing import Race, outcomes_of, so_many_won
from tests.training_factories import MemberFactory
from training.models import Member

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 4


@in_rounds(5)
def test_a_circle_of_referrals_is_never_closed(course, rounds):
    with inside(course):
        for number in range(rounds):
            for name in ("Left", "Right"):
                MemberFactory(first_name=name, last_name=f"of {number}")

    outcomes = outcomes_of(Race(course.schema_name, "refer", rounds, racers=RACERS))

    assert so_many_won(outcomes, 2)
    with inside(course):
        assert Member.objects.filter(referred_by_member__isnull=False).count() == rounds


@in_rounds(5)
def test_an_address_becomes_one_member_and_the_others_are_told_whose_it_is(course, rounds):
    outcomes = outcomes_of(Race(course.schema_name, "join", rounds, racers=RACERS))

    assert so_many_won(outcomes)
    with inside(course):
        assert (Member.objects.count(), len(set(Member.objects.values_list("client", flat=True)))) == (rounds, rounds)

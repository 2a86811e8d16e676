"""One engineer, sixteen clerks who drag a session to them: one gets them, and nobody sees a deadlock."""

import pytest

from sessions_app.models import SessionAssignment
from studio.accounts.models import User
from studio.accounts.services import users
from studio.tenancy.context import inside
from tests.factories import SessionFactory
from tests.races.figures import in_rounds
from tests.races.racing import Race, all_had_their_way, outcomes_of, so_many_won
from tests.races.recording_attempts import HOUR, NOW, RACERS, put_down, slot_of

pytestmark = pytest.mark.django_db(transaction=True)
FEW = 6  # all want the same two locks, and nobody waits longer than three seconds


@pytest.fixture
def crew(course):
    """Return a studio with two engineers, for this race alone."""
    with inside(course):
        for name in ("Wanted", "Other"):
            account = {"email": f"{name.lower()}@example.org", "name": name, "email_verified": True}
            users.create_account(**account, role="engineer", actor=None, now=NOW)
    return course


@in_rounds(5)
def test_one_of_many_gets_the_engineer(crew, rounds):
    with inside(crew):
        put_down(
            (f"Racer {racer} of {number}", None, slot_of(number)) for number in range(rounds) for racer in range(RACERS)
        )

    outcomes = outcomes_of(Race(crew.schema_name, "hand_over", rounds))

    assert so_many_won(outcomes)
    with inside(crew):
        assert SessionAssignment.objects.count() == rounds


@in_rounds(5)
def test_passing_on_in_both_directions_never_deadlocks(crew, rounds):
    with inside(crew):
        engineers = list(User.objects.filter(name__in=["Wanted", "Other"]).order_by("name"))
        for racer in range(FEW):
            start, has = slot_of(racer), engineers[racer % 2]
            SessionFactory(
                title=f"Racer {racer}", room=None, starts_at=start, ends_at=start + HOUR, engineers=[has], now=NOW
            )

    outcomes = outcomes_of(Race(crew.schema_name, "pass_on", rounds, racers=FEW))

    assert all_had_their_way(outcomes)

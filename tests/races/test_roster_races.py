"""One engineer, sixteen clerks who drag a session to them: one gets them, and nobody sees a deadlock."""

from collections import Counter

import pytest

from sessions_app.models import SessionAssignment
from studio.accounts.models import User
from studio.accounts.services import users
from studio.tenancy.context import inside
from tests.factories import SessionFactory
from tests.fleet import environment, fleet
from tests.races.racing import HOUR, NOW, RACERS, Race, all_had_their_way, outcomes_of, slot_of

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5
FEW = 6  # all want the same two locks, and nobody waits longer than three seconds


@pytest.fixture
def crew(monkeypatch):
    """Return a studio with two engineers, for this race alone."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with fleet(1) as (studio,):
        with inside(studio):
            for name in ("Wanted", "Other"):
                account = {"email": f"{name.lower()}@example.org", "name": name, "email_verified": True}
                users.create_account(**account, role="engineer", actor=None, now=NOW)
        yield studio


def booked(title, number, **facts):
    start = slot_of(number)
    return SessionFactory(title=title, room=None, starts_at=start, ends_at=start + HOUR, now=NOW, **facts)


def test_one_of_many_gets_the_engineer(crew):
    with inside(crew):
        for number in range(ROUNDS):
            for racer in range(RACERS):
                booked(f"Racer {racer} of {number}", number)

    outcomes = outcomes_of(Race(crew.schema_name, "hand_over", ROUNDS))

    assert outcomes == [Counter({"won": 1, "taken": RACERS - 1})] * ROUNDS
    with inside(crew):
        assert SessionAssignment.objects.count() == ROUNDS


def test_passing_on_in_both_directions_never_deadlocks(crew):
    with inside(crew):
        engineers = list(User.objects.filter(name__in=["Wanted", "Other"]).order_by("name"))
        for racer in range(FEW):
            booked(f"Racer {racer}", racer, engineers=[engineers[racer % 2]])

    outcomes = outcomes_of(Race(crew.schema_name, "pass_on", ROUNDS, racers=FEW))

    assert all_had_their_way(outcomes)

"""The same two clients merged, the same list taken in, by several people at the same moment."""

import pytest

from sessions_app.models import Client, ClientMerge, Project, StudioSession
from sessions_app.services import client_imports
from studio.tenancy.context import inside
from tests.factories import ClientFactory, ProjectFactory
from tests.races.figures import in_rounds
from tests.races.racing import Race, all_had_their_way, outcomes_of, so_many_won
from tests.races.recording_attempts import NOW

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 4


def sent(name, number):
    made = client_imports.start_import(name=name, data=f"Name\nListed {number}\n".encode(), actor=None, now=NOW)
    client_imports.name_columns(client_import=made, fields=["name"], actor=None, now=NOW)


@in_rounds(10)
def test_a_pair_is_merged_once_whoever_is_kept(course, rounds):
    with inside(course):
        for number in range(rounds):
            for _side in range(2):
                ProjectFactory(client=ClientFactory(name=f"Twin {number}"))

    outcomes = outcomes_of(Race(course.schema_name, "merge", rounds, racers=RACERS))

    assert so_many_won(outcomes)
    with inside(course):
        assert ClientMerge.objects.count() == rounds
        kept = Client.objects.present().filter(name__startswith="Twin")
        assert {client.projects.count() for client in kept} == {2}


@in_rounds(10)
def test_what_is_written_during_a_merge_is_kept_or_refused(course, rounds):
    with inside(course):
        for number in range(rounds):
            for _side in range(2):
                ClientFactory(name=f"Twin {number}")

    outcomes = outcomes_of(Race(course.schema_name, "merge_or_write", rounds, racers=RACERS))

    written = sum(outcome["won"] for outcome in outcomes) - rounds
    assert {name for outcome in outcomes for name in outcome} <= {"won", "taken"}
    with inside(course):
        assert ClientMerge.objects.count() == rounds
        gone = Client.objects.filter(merged_into__isnull=False)
        assert not StudioSession.objects.filter(client__in=gone).exists()
        assert not Project.objects.filter(client__in=gone).exists()
        assert StudioSession.objects.count() + Project.objects.count() == written


@in_rounds(10)
def test_a_list_is_imported_once(course, rounds):
    with inside(course):
        for number in range(rounds):
            sent(f"list {number}", number)

    outcomes = outcomes_of(Race(course.schema_name, "import_once", rounds, racers=RACERS))

    assert so_many_won(outcomes)
    with inside(course):
        assert Client.objects.count() == rounds


@pytest.mark.parametrize(("locked", "doubled"), [(True, False), (False, True)], ids=["locked", "without the lock"])
def test_two_lists_of_the_same_people_make_nobody_twice(course, locked, doubled):
    rounds = 10
    with inside(course):
        for number in range(rounds):
            for racer in range(RACERS):
                sent(f"list {number} of {racer}", number)

    outcomes = outcomes_of(Race(course.schema_name, "import_own", rounds, locked=locked, racers=RACERS))

    assert all_had_their_way(outcomes)
    with inside(course):
        assert (Client.objects.count() > rounds) is doubled

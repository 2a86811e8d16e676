"""What the tables of outages themselves allow, asked past every service."""

import importlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.exceptions import IrreversibleError
from django.db.models import F

from studio.db import constraint_name
from tests.factories import NOW
from tests.training_factories import OutageFactory, TrainingSessionFactory
from training.models import MachineOutage, OutageCase, TrainingSession

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def outage(machine):
    return OutageFactory(machine=machine)


def refused(save):
    """Return the constraint that refuses it."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        save()
    return constraint_name(error.value)


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"ends_at": NOW + 3 * DAY}, "machine_outages_length"),
        ({"ends_at": NOW + 96 * DAY}, "machine_outages_length"),
        ({"reason": ""}, "machine_outages_reason_given"),
    ],
)
def test_outage_is_refused(outage, given, constraint):
    assert refused(lambda: MachineOutage.objects.filter(pk=outage.pk).update(**given)) == constraint


def test_machine_is_out_once_at_a_time_unless_called_off(outage, other):
    twin = {"starts_at": outage.starts_at, "ends_at": outage.ends_at, "reason": "Twin"}

    assert refused(lambda: MachineOutage.objects.create(machine=outage.machine, **twin)) == (
        "machine_outages_one_at_a_time"
    )
    MachineOutage.objects.create(machine=outage.machine, called_off_at=NOW, **twin)
    MachineOutage.objects.create(machine=other, **twin)


@pytest.mark.parametrize("given", [{"session_type": "member"}, {"session_type": "non_bookable"}])
def test_only_an_outage_blocks_for_an_outage(outage, given):
    block = TrainingSession.objects.filter(outage=outage)

    assert refused(lambda: block.update(**given)) == "training_sessions_outage_blocks"
    held = TrainingSessionFactory(machine=outage.machine)
    assert refused(lambda: TrainingSession.objects.filter(pk=held.pk).update(outage=outage)) == (
        "training_sessions_outage_blocks"
    )


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"decision": "lost"}, "outage_cases_decision_known"),
        ({"telling": "fax"}, "outage_cases_telling_known"),
        ({"session_label": ""}, "outage_cases_session_named"),
        ({"was_ends_at": NOW}, "outage_cases_ends_after_start"),
        ({"decision": "left"}, "outage_cases_left_for_a_reason"),
        ({"decision": "moved", "reason": "x"}, "outage_cases_left_for_a_reason"),
        ({"telling": "mail"}, "outage_cases_letter_when_mailed"),
        ({"letter": "x"}, "outage_cases_letter_when_mailed"),
        ({"telling": "nobody", "phoned_at": NOW}, "outage_cases_phoned_where_asked"),
        ({"decision": "returned"}, "outage_cases_returned_takes_back"),
        ({"takes_back": F("pk")}, "outage_cases_returned_takes_back"),
    ],
)
def test_case_is_refused(outage, given, constraint):
    case = OutageCase.objects.create(
        outage=outage,
        session=TrainingSessionFactory(),
        session_label="Ada",
        was_starts_at=NOW + DAY,
        was_ends_at=NOW + 2 * DAY,
        decision="settled",
    )

    assert refused(lambda: OutageCase.objects.filter(pk=case.pk).update(**given)) == constraint


def test_case_outlives_its_session(outage):
    session = TrainingSessionFactory()
    times = {"was_starts_at": NOW + DAY, "was_ends_at": NOW + 2 * DAY}
    case = OutageCase.objects.create(outage=outage, session=session, session_label="Ada", decision="settled", **times)
    session.delete()
    case.refresh_from_db()

    assert (case.session, str(case)) == (None, "Ada")


@pytest.mark.parametrize(
    ("migration", "also", "told"),
    [
        ("0021_displaced_again", {}, "displaced twice: 1"),
        ("0022_calls_after_lost_mails", {"telling": "mail", "letter": "x", "phoned_at": NOW}, "lost mails: 2"),
    ],
)
def test_what_the_former_tables_have_no_place_for_stops_the_way_back(outage, migration, also, told):
    refuse = importlib.import_module(f"training.migrations.{migration}").refuse_to_lose
    times = {"was_starts_at": NOW + DAY, "was_ends_at": NOW + 2 * DAY}
    given = {"outage": outage, "session": TrainingSessionFactory(), "session_label": "Ada", "decision": "settled"}
    refuse(None, connection.schema_editor())

    for _time in range(2):
        OutageCase.objects.create(**given, **times, **also)

    with pytest.raises(IrreversibleError, match=told):
        refuse(None, connection.schema_editor())


def test_what_came_back_takes_back_one_case_once_and_stops_the_way_back(outage):
    refuse = importlib.import_module("training.migrations.0024_displaced_and_back").refuse_to_lose
    times = {"was_starts_at": NOW + DAY, "was_ends_at": NOW + 2 * DAY}
    first = OutageCase.objects.create(outage=outage, session_label="Ada", decision="settled", **times)
    refuse(None, connection.schema_editor())

    def bring_back():
        OutageCase.objects.create(outage=outage, session_label="Ada", decision="returned", takes_back=first, **times)

    bring_back()

    assert refused(bring_back) == "outage_cases_takes_back_id_key"
    with pytest.raises(IrreversibleError, match="sessions that came back: 1"):
        refuse(None, connection.schema_editor())

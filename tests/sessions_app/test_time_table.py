"""What the tables of hours refuse, whoever writes to them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import ClosedPeriod, TimeEntry
from sessions_app.services import closed_periods
from studio.accounts.models import User
from studio.db import constraint_name
from studio.tenancy.context import as_owner
from tests.factories import (
    NOW,
    ProjectFactory,
    SessionFactory,
    TaskTypeFactory,
    TimeEntryFactory,
    TimerFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

LAST_MONTH = NOW - timedelta(days=20)
INSERT = """
    INSERT INTO time_entries
        (person_id, session_id, project_id, track_id, task_type_id, started_at, ended_at, hourly_rate)
    VALUES (%(person)s, %(session)s, %(project)s, %(track)s, %(task)s, %(start)s, %(end)s, %(rate)s)
"""


def run(statement, **values):
    """Run plain SQL in a savepoint of its own; return the constraint it broke, or the rows it touched."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            touched = cursor.rowcount
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return touched
    except IntegrityError as exc:
        return constraint_name(exc)


def inserted(**changed):
    given = {
        "person": None,
        "session": None,
        "project": None,
        "track": None,
        "task": TaskTypeFactory().pk,
        "start": NOW - timedelta(hours=2),
        "end": NOW - timedelta(hours=1),
        "rate": 60,
    }
    return run(INSERT, **given | changed)


@pytest.fixture
def old_entry():
    return TimeEntryFactory(started_at=LAST_MONTH)


@pytest.fixture
def may(old_entry):
    """The month before NOW, closed over one entry."""
    return closed_periods.close_month(month=LAST_MONTH.date(), actor=None, now=NOW)


def test_a_plain_row_is_taken():
    assert inserted() == 1


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"end": NOW - timedelta(hours=3)}, "time_entries_ends_after_start"),
        ({"end": NOW - timedelta(hours=2)}, "time_entries_ends_after_start"),
        ({"rate": -1}, "time_entries_rate_not_negative"),
    ],
    ids=["ends before it starts", "has no length", "negative rate"],
)
def test_nonsense_is_refused(changed, constraint):
    assert inserted(**changed) == constraint


@pytest.mark.parametrize("two", ["session project", "session track", "project track"])
def test_two_targets_are_refused(two):
    made = {"session": SessionFactory, "project": ProjectFactory, "track": TrackFactory}

    assert inserted(**{name: made[name]().pk for name in two.split()}) == "time_entries_one_target"


def test_a_second_running_timer_of_a_person_is_refused_and_a_finished_one_is_not():
    timer = TimerFactory()

    assert inserted(person=timer.person_id, end=None) == "time_entries_one_running"
    assert inserted(person=timer.person_id) == 1


def test_running_entries_whose_people_are_gone_may_be_many():
    assert [inserted(end=None), inserted(end=None)] == [1, 1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE time_entries SET locked_at = now()",
        "UPDATE time_entries SET lock_reason = 'invoice'",
        "UPDATE time_entries SET locked_at = now(), lock_reason = 'invoice', ended_at = NULL",
    ],
    ids=["a lock without a reason", "a reason without a lock", "a locked timer"],
)
def test_a_lock_has_a_reason_and_is_never_on_a_running_entry(statement):
    TimeEntryFactory()

    assert run(statement) == "time_entries_locked_for_a_reason"


STATEMENTS = {
    "a new end": "UPDATE time_entries SET ended_at = ended_at + interval '1 minute'",
    "a new rate": "UPDATE time_entries SET hourly_rate = 1",
    "a new note": "UPDATE time_entries SET note = 'x'",
    "nobody's any more": "UPDATE time_entries SET person_id = NULL",
    "for nothing any more": "UPDATE time_entries SET project_id = NULL",
    "moved out of the month": "UPDATE time_entries SET started_at = started_at + interval '40 days', ended_at = NULL",
    "deleted": "DELETE FROM time_entries",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_plain_sql_changes_no_entry_of_a_closed_month(may, statement):
    assert run(statement) == "time_entries_locked"


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_plain_sql_that_takes_the_lock_off_still_meets_the_closed_month(may, statement):
    run("UPDATE time_entries SET locked_at = NULL, lock_reason = ''")

    assert run(statement) == "time_entries_month_closed"


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_the_same_sql_changes_an_entry_of_an_open_month(old_entry, statement):
    assert run(statement) == 1


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_without_the_trigger_the_same_sql_would_change_a_closed_month(may, studio, statement):
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER time_entries_guarded ON time_entries")
        cursor.execute("UPDATE time_entries SET locked_at = NULL, lock_reason = ''")

    assert run(statement) == 1


def test_nothing_is_added_to_or_moved_into_a_closed_month(may):
    recent = TimeEntryFactory()

    assert inserted(start=may.starts_at, end=NOW) == "time_entries_month_closed"
    assert inserted(start=may.ends_at, end=NOW + timedelta(hours=1)) == 1
    moved = run("UPDATE time_entries SET started_at = %(at)s WHERE id = %(id)s", at=LAST_MONTH, id=recent.pk)
    assert moved == "time_entries_month_closed"


def test_an_invoiced_entry_stays_also_in_an_open_month(old_entry):
    run("UPDATE time_entries SET locked_at = now(), lock_reason = 'invoice'")

    assert run("UPDATE time_entries SET note = 'x'") == "time_entries_locked"
    assert run("DELETE FROM time_entries") == "time_entries_locked"


def test_deleting_the_person_and_the_project_empties_the_links_of_a_closed_month(may, old_entry):
    assert run("DELETE FROM projects") == 1
    assert run("DELETE FROM users WHERE id = %(id)s", id=old_entry.person_id) == 1

    kept = TimeEntry.objects.get()
    assert (kept.person_id, kept.project_id) == (None, None)
    assert (kept.person_label, kept.target_label) == (old_entry.person_label, old_entry.target_label)
    assert kept.lock_reason == "period"


def test_deleting_a_session_and_a_running_person_orphans_their_time():
    session = SessionFactory(title="Drums")
    timer = TimerFactory(target=session)

    assert run("DELETE FROM sessions") == 1
    assert run("DELETE FROM users WHERE id = %(id)s", id=timer.person_id) == 1

    orphan = TimeEntry.objects.get()
    assert (orphan.session_id, orphan.person_id, orphan.ended_at) == (None, None, None)
    assert (orphan.target_label, orphan.person_label) == ("Drums", timer.person_label)


def test_a_task_type_in_use_cannot_be_deleted(old_entry):
    broken = run("DELETE FROM task_types WHERE id = %(id)s", id=old_entry.task_type_id)

    assert str(broken).startswith("time_entries_task_type_id")


MONTH = """
    INSERT INTO closed_periods (month, starts_at, ends_at, closed_at, reopened_at)
    VALUES (%(month)s, %(start)s, %(end)s, %(closed)s, %(reopened)s)
"""


def month_inserted(**changed):
    given = {
        "month": "2026-04-01",
        "start": "2026-04-01 00:00+02",
        "end": "2026-05-01 00:00+02",
        "closed": NOW,
        "reopened": None,
    }
    return run(MONTH, **given | changed)


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        ({}, 1),
        ({"month": "2026-04-02"}, "closed_periods_month_from_first"),
        ({"end": "2026-04-01 00:00+02"}, "closed_periods_ends_after_start"),
        ({"closed": "2026-04-30 23:59+02"}, "closed_periods_over"),
        ({"reopened": NOW}, "closed_periods_reopened_with_reason"),
        ({"end": "2026-05-01 00:01+02"}, "closed_periods_once"),
    ],
    ids=["april", "not from the first", "no length", "not over", "reopened without a reason", "overlaps may"],
)
def test_a_month_is_closed_once_and_when_it_is_over(may, changed, result):
    assert month_inserted(**changed) == result


def test_a_month_is_not_closed_over_a_running_timer():
    TimerFactory(now=LAST_MONTH)

    assert month_inserted() == 1
    edges = {"start": "2026-05-01 00:00+02", "end": "2026-06-01 00:00+02"}
    assert month_inserted(month="2026-05-01", **edges) == "closed_periods_nobody_works"


def test_a_closed_month_is_never_deleted(may):
    assert run("DELETE FROM closed_periods") == "closed_periods_kept"
    assert ClosedPeriod.objects.count() == 1


def test_people_who_closed_a_month_may_be_deleted():
    manager = UserFactory(name="Milo")
    closed_periods.close_month(month=LAST_MONTH.date(), actor=manager, now=NOW)

    User.objects.filter(pk=manager.pk).delete()

    kept = ClosedPeriod.objects.get()
    assert (kept.closed_by_id, kept.closed_by_label) == (None, manager.label)

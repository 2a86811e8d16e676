"""Former task types and hours arrive whole; what says nothing about hours is set aside with a reason."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import TaskType, TimeEntry
from sessions_app.services import closed_periods, task_types
from studio.office.models import AdoptionLink, AdoptionRow
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
TABLES = """
CREATE TABLE clients (id integer PRIMARY KEY, name text);
CREATE TABLE projects (id integer PRIMARY KEY, client_id integer, name text);
CREATE TABLE sessions (id integer PRIMARY KEY, title text, start_time timestamp, end_time timestamp);
CREATE TABLE task_types (id integer PRIMARY KEY, name text, hourly_rate text, category text, color text,
    sort_order integer, is_active boolean, created_at timestamp);
CREATE TABLE time_entries (id integer PRIMARY KEY, task_type_id integer, session_id integer, project_id integer,
    track_id integer, start_time timestamp, end_time timestamp, duration_minutes integer, hourly_rate_snapshot numeric,
    manually_adjusted boolean, billable boolean, invoice_id integer, notes text, created_by integer);
INSERT INTO clients VALUES (1, 'Ada');
INSERT INTO projects VALUES (1, 1, 'Album');
INSERT INTO sessions VALUES (1, 'Drums', '2026-01-05 10:00', '2026-01-05 12:00'),
    (2, 'Broken', '2026-01-05 12:00', '2026-01-05 10:00');
INSERT INTO task_types (id, name, hourly_rate, category) VALUES (1, 'Editing', '66.50', 'billable'),
    (2, 'break', '0', 'non-billable');
"""


@pytest.fixture(autouse=True)
def _seeded(studio):
    """The seeds that every studio opens with."""
    task_types.seed_task_types()


@pytest.fixture
def take_over(studio, tmp_path):
    def from_sql(sql="", shift=timedelta()):
        path = tmp_path / "former.sql"
        path.write_text(TABLES + sql)
        with opened(str(path)) as source:
            return adopt(source=source, studio=studio, now=NOW, shift=shift)

    return from_sql


def entry_sql(number=1, start="2026-01-05 10:00", end="2026-01-05 11:30", **others):
    facts = {"id": str(number), "task_type_id": "1", "start_time": f"'{start}'", "hourly_rate_snapshot": "60"}
    facts |= {"end_time": f"'{end}'"} if end else {}
    facts |= others
    return f"INSERT INTO time_entries ({', '.join(facts)}) VALUES ({', '.join(facts.values())});"


def became(table, row):
    return AdoptionLink.objects.get(table_name=table, row_id=str(row)).object_id


def why(report, table="time_entries"):
    return report.tables[table].reasons


def counted(report, table):
    found = report.tables[table]
    return found.read, found.created, found.existing, found.set_aside


def test_a_task_type_arrives_and_one_that_is_there_is_linked_to(take_over):
    report = take_over(
        "INSERT INTO task_types (id, name, hourly_rate, color) VALUES (3, 'Cutting', '1 234,50', 'red');"
    )

    assert counted(report, "task_types") == (3, 2, 1, 0)
    cutting = TaskType.objects.get(pk=became("task_types", 3))
    assert (cutting.name, cutting.hourly_rate, cutting.billable, cutting.colour) == (
        "Cutting", Decimal("1234.50"), True, "#3498db",
    )  # fmt: skip
    assert became("task_types", 2) == str(TaskType.objects.get(name="Break").pk)


def test_another_rate_of_a_task_that_is_there_is_kept_beside_it(take_over):
    report = take_over("INSERT INTO task_types (id, name, hourly_rate) VALUES (3, 'MIXING', '70');")

    assert [note.what for note in report.notes] == ["Mixing is there already at 60.00; it was 70.00."]
    assert AdoptionRow.objects.get(table_name="task_types", row_id="3").content == {"hourly_rate": "70"}
    assert TaskType.objects.get(name="Mixing").hourly_rate == Decimal(60)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("(3, ' ', '1', NULL)", "It has no name."),
        ("(3, 'A', '-1', NULL)", "hourly_rate is negative: -1."),
        ("(3, 'A', '1', 'perhaps')", 'category is unknown: "perhaps".'),
    ],
    ids=["no name", "negative rate", "unknown category"],
)
def test_a_task_type_nobody_can_use_is_set_aside_and_its_hours_wait(take_over, values, sentence):
    report = take_over(
        f"INSERT INTO task_types (id, name, hourly_rate, category) VALUES {values};" + entry_sql(task_type_id="3")
    )

    assert why(report, "task_types") == [(3, sentence)]
    assert why(report) == [(1, "It belongs to row 3 of task_types, which was set aside.")]


def test_an_entry_arrives_at_its_wall_time_with_its_own_rate(take_over):
    take_over(entry_sql(session_id="1", notes="'=1+1'", manually_adjusted="true", created_by="7"))

    entry = TimeEntry.objects.get()
    assert (entry.started_at, entry.ended_at) == (
        datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        datetime(2026, 1, 5, 10, 30, tzinfo=UTC),
    )
    assert (entry.hourly_rate, entry.currency, entry.billable, entry.is_manual) == (Decimal(60), "EUR", True, True)
    assert (entry.person, entry.person_label, entry.note) == (None, "former user 7", "=1+1")
    assert (entry.session.title, entry.target_label, entry.task_type.name) == ("Drums", "Drums", "Editing")


def test_what_is_not_said_comes_from_the_task_type(take_over):
    take_over(entry_sql(task_type_id="2", hourly_rate_snapshot="NULL", project_id="1"))

    entry = TimeEntry.objects.get()
    assert (entry.hourly_rate, entry.billable, entry.target_label) == (Decimal(0), False, "Album")


FAULTS = {
    "ends before it starts": (
        entry_sql(end="2026-01-05 09:55", duration_minutes="95"),
        "It does not end after it starts: 2026-01-05T10:00:00 to 2026-01-05T09:55:00.",
    ),
    "never stopped": (entry_sql(end=""), "It was never stopped: nobody knows how long it took."),
    "negative rate": (entry_sql(hourly_rate_snapshot="-1"), "hourly_rate_snapshot is negative: -1."),
    "unknown task": (entry_sql(task_type_id="99"), "task_type_id names no row of task_types: 99."),
    "of a session that was set aside": (
        entry_sql(session_id="2"),
        "It belongs to row 2 of sessions, which was set aside.",
    ),
}


@pytest.mark.parametrize(("sql", "reason"), FAULTS.values(), ids=FAULTS)
def test_an_entry_that_says_nothing_is_set_aside_with_its_content(take_over, sql, reason):
    report = take_over(sql)

    assert why(report) == [(1, reason)]
    assert TimeEntry.objects.count() == 0
    assert AdoptionRow.objects.get(table_name="time_entries").content["id"] == 1


def test_faults_that_do_no_harm_are_repaired_and_noted(take_over):
    report = take_over(
        entry_sql(1, project_id="1", session_id="1")
        + entry_sql(2, project_id="99")
        + entry_sql(3, duration_minutes="20")
        + entry_sql(4, invoice_id="5")
    )

    assert [(note.row, note.what) for note in report.notes if note.table == "time_entries"] == [
        (1, "It was for several things; the first is taken."),
        (2, "Row 99 of projects does not exist; left empty."),
        (3, "It said 20 minutes; its times hold."),
        (4, "It was invoiced, so it is locked."),
    ]
    orphan, locked = (TimeEntry.objects.get(pk=became("time_entries", row)) for row in (2, 4))
    assert (orphan.project, orphan.target_label) == (None, "")
    assert (locked.lock_reason, locked.locked_at) == ("invoice", NOW)


def test_hours_are_shifted_with_the_bookings(take_over):
    take_over(entry_sql(), shift=timedelta(weeks=26))

    assert TimeEntry.objects.get().started_at == datetime(2026, 7, 6, 8, 0, tzinfo=UTC)  # 10:00 in summer


def test_hours_of_a_month_that_is_closed_here_wait(take_over):
    closed_periods.close_month(month=datetime(2026, 1, 1, tzinfo=UTC).date(), actor=None, now=NOW)

    report = take_over(entry_sql())

    assert counted(report, "time_entries") == (1, 0, 0, 1)

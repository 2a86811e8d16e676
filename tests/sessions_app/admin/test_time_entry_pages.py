"""Hours by the staff's forms: written down, corrected, deleted and closed, each with a reason."""

import csv
import html
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.contrib.messages import get_messages
from openpyxl import load_workbook

from sessions_app.admin import time_entries
from sessions_app.models import ClosedPeriod, TaskType, TimeEntry
from sessions_app.services import closed_periods
from tests.factories import (
    NOW,
    ProjectFactory,
    TimeEntryFactory,
    TimerFactory,
    TrackFactory,
    UserFactory,
)
from tests.staff import account, signed_in

LIST = "/admin/sessions_app/timeentry/"
MONTHS = "/admin/sessions_app/closedperiod/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(engineer, editing, album):
    return TimeEntryFactory(
        person=engineer,
        task_type=editing,
        target=album,
        started_at=datetime(2026, 5, 27, 8, 0, 37, tzinfo=UTC),
        ended_at=datetime(2026, 5, 27, 10, 0, 11, tzinfo=UTC),
        note="Verse",
    )


def typed(person, task, target=None, **changed):
    """What a person types: 10:00 to 12:00 in Paris."""
    given = {
        "person": person.pk,
        "day": "2026-05-27",
        "start": "10:00",
        "end": "12:00",
        "last_day": "",
        "session": "",
        "project": target.pk if target else "",
        "track": "",
        "task_type": task.pk,
        "note": "Verse",
        "reason": "No timer at hand.",
    }
    return given | changed


def text(response):
    return html.unescape(response.content.decode())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# Writing down -----------------------------------------------------------------------------------------


def test_hours_are_written_down_on_the_studios_clock(desk_of, engineer, editing, album):
    response = desk_of.post(f"{LIST}add/", typed(engineer, editing, album))

    entry = TimeEntry.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{LIST}{entry.pk}/change/")
    assert (entry.started_at, entry.ended_at) == (
        datetime(2026, 5, 27, 8, 0, tzinfo=UTC),
        datetime(2026, 5, 27, 10, 0, tzinfo=UTC),
    )
    assert (entry.person, entry.project, entry.note, entry.is_manual) == (engineer, album, "Verse", True)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reason": ""}, "This field is required."),
        ({"day": "2090-05-27"}, "this lies in the future"),
        ({"end": "10:00", "last_day": "2026-05-29"}, "An entry lasts 24 hours at most."),
        ({"end": "09:00", "last_day": "2026-05-27"}, "An entry must end after it starts."),
        ({"day": "2026-03-29", "start": "02:30"}, "does not exist in Europe/Paris"),
        ({"project": ""}, "Say what the hours were for"),
        ({"project": "7" * 30}, "Select a valid choice"),
        ({"task_type": "x"}, "Select a valid choice"),
        ({"note": "x" * 2001}, "at most 2000 characters"),
        ({"day": "-1"}, "Enter a valid date."),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(desk_of, engineer, editing, album, changed, sentence):
    response = desk_of.post(f"{LIST}add/", typed(engineer, editing, album, **changed))

    assert (response.status_code, TimeEntry.objects.count()) == (400, 0)
    assert sentence in text(response)
    assert 'value="10:00"' in text(response) or "start" in changed


def test_hours_for_two_things_are_refused(desk_of, engineer, editing, album, entry):
    response = desk_of.post(f"{LIST}add/", typed(engineer, editing, album, track=TrackFactory().pk))

    assert (response.status_code, TimeEntry.objects.count()) == (400, 1)
    assert "one of them" in text(response)


def test_an_engineer_writes_down_own_hours_only(desk_of, engineer, editing, album):
    desk_of.post(f"{LIST}add/", typed(UserFactory(), editing, album))

    assert TimeEntry.objects.get().person == engineer


def test_a_manager_writes_down_anybodys(web, editing, album, engineer):
    manager = signed_in(web, account("manager"))

    manager.post(f"{LIST}add/", typed(engineer, editing, album))

    assert TimeEntry.objects.get().person == engineer


def test_overlapping_hours_are_asked_about_once(desk_of, engineer, editing, album, entry):
    given = typed(engineer, editing, album, start="11:00")
    asked = desk_of.post(f"{LIST}add/", given)

    assert (asked.status_code, TimeEntry.objects.count()) == (409, 1)
    assert "overlap others of the same person: " in text(asked)
    assert 'name="may_overlap"' in text(asked)
    assert 'name="may_overlap"' not in text(desk_of.get(f"{LIST}add/"))

    saved = desk_of.post(f"{LIST}add/", given | {"may_overlap": "on"})

    assert (told(saved), TimeEntry.objects.count()) == (["The hours are written down."], 2)
    beside = desk_of.post(f"{LIST}add/", typed(engineer, editing, album, start="12:00", end="13:00"))
    assert told(beside)[-1:] == ["The hours are written down."]  # back to back is no overlap


def test_a_correction_into_other_hours_is_asked_about(desk_of, engineer, editing, album, entry):
    later = TimeEntryFactory(
        person=engineer, task_type=editing, target=album, started_at=datetime(2026, 5, 27, 11, 0, tzinfo=UTC)
    )
    page, given = f"{LIST}{later.pk}/correct/", corrected(later, start="11:30", end="14:00")

    assert desk_of.post(page, given).status_code == 409
    later.refresh_from_db()
    assert later.started_at == datetime(2026, 5, 27, 11, 0, tzinfo=UTC)
    assert desk_of.post(page, given | {"may_overlap": "on"}).status_code == 302
    assert desk_of.post(page, corrected(later, start="11:30", end="14:00", note="Hook")).status_code == 302


# Correcting -------------------------------------------------------------------------------------------


def corrected(entry, **changed):
    shown = {"start": "10:00", "end": "12:00", "reason": "Forgot to stop.", "hourly_rate": "60.00", "billable": "on"}
    return typed(entry.person, entry.task_type, entry.project, **shown | changed)


def test_a_boundary_that_is_not_touched_keeps_its_seconds(desk_of, entry):
    desk_of.post(f"{LIST}{entry.pk}/correct/", corrected(entry, end="12:30"))

    entry.refresh_from_db()
    assert entry.started_at == datetime(2026, 5, 27, 8, 0, 37, tzinfo=UTC)
    assert entry.ended_at == datetime(2026, 5, 27, 10, 30, tzinfo=UTC)


def test_the_page_shows_the_old_value_and_the_reason(desk_of, entry):
    desk_of.post(f"{LIST}{entry.pk}/correct/", corrected(entry, note="Chorus"))

    page = text(desk_of.get(f"{LIST}{entry.pk}/change/"))

    assert "Forgot to stop." in page
    assert "Verse" in page
    assert "Chorus" in page


def test_an_engineer_cannot_send_a_rate_and_a_manager_can(web, desk_of, entry):
    desk_of.post(f"{LIST}{entry.pk}/correct/", corrected(entry, hourly_rate="999", billable=""))
    entry.refresh_from_db()
    assert (entry.hourly_rate, entry.billable) == (Decimal(60), True)

    signed_in(web, account("manager")).post(
        f"{LIST}{entry.pk}/correct/", corrected(entry, hourly_rate="70", billable="")
    )
    entry.refresh_from_db()
    assert (entry.hourly_rate, entry.billable) == (Decimal(70), False)


@pytest.mark.parametrize("page", ["change", "correct", "remove", "stop", "history"])
def test_somebody_elses_hours_do_not_exist_for_an_engineer(desk_of, page):
    other = TimeEntryFactory()

    assert desk_of.get(f"{LIST}{other.pk}/{page}/").status_code in {302, 404}
    assert desk_of.post(f"{LIST}{other.pk}/{page}/", {"reason": "x"}).status_code in {302, 404, 405}
    assert TimeEntry.objects.filter(pk=other.pk, updated_at=other.updated_at).exists()


def test_a_running_timer_is_ended_where_the_work_ended(desk_of, engineer, editing, album):
    timer = TimerFactory(person=engineer, task_type=editing, target=album, now=datetime(2026, 5, 27, 8, 0, tzinfo=UTC))

    desk_of.post(f"{LIST}{timer.pk}/correct/", corrected(timer, end="13:15"))

    timer.refresh_from_db()
    assert timer.ended_at == datetime(2026, 5, 27, 11, 15, tzinfo=UTC)


def test_hours_are_deleted_with_a_reason_and_are_then_gone_from_the_list(desk_of, entry):
    asked = desk_of.post(f"{LIST}{entry.pk}/remove/", {"reason": ""})
    done = desk_of.post(f"{LIST}{entry.pk}/remove/", {"reason": "Written down twice."})

    assert (asked.status_code, done.status_code, done["Location"]) == (400, 302, LIST)
    assert TimeEntry.objects.count() == 0


def test_the_stock_page_of_deleting_leads_to_the_one_that_asks_why(desk_of, entry):
    assert desk_of.get(f"{LIST}{entry.pk}/delete/")["Location"] == f"{LIST}{entry.pk}/remove/"
    assert desk_of.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"})["Location"] == f"{LIST}{entry.pk}/remove/"
    assert TimeEntry.objects.count() == 1


def test_a_plain_save_of_the_page_changes_nothing(desk_of, entry):
    desk_of.post(f"{LIST}{entry.pk}/change/", {"note": "x", "hourly_rate": "1", "_save": ""})

    entry.refresh_from_db()
    assert (entry.note, entry.hourly_rate) == ("Verse", Decimal(60))


# Lists and files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ({"state": "running"}, 1),
        ({"state": "forgotten"}, 1),
        ({"state": "manual"}, 1),
        ({"state": "overlapping"}, 0),
        ({"state": "uninvoiced"}, 1),
        ({"state": "locked"}, 0),
        ({"worked": "today"}, 0),
        ({"worked": "last_month"}, 0),
        ({"billable__exact": "1"}, 2),
        ({"who": "nobody"}, 0),
        ({"q": "album"}, 1),
    ],
    ids=str,
)
def test_hours_are_filtered(office, entry, question, count):
    TimerFactory(now=NOW)

    assert office.get(LIST, question).context["cl"].result_count == count


@pytest.fixture
def hostile(engineer):
    return TimeEntryFactory(
        person=engineer,
        target=ProjectFactory(name='=HYPERLINK("x")'),
        note="@SUM(1)\x0b",
        started_at=NOW - timedelta(hours=3),
    )


def test_the_list_is_taken_along_as_csv_with_its_filters(desk_of, entry, hostile):
    TimeEntryFactory()

    file = desk_of.get(f"{LIST}export/csv/", {"q": "album"})

    head, row = csv.reader(StringIO(file.getvalue().decode("utf-8-sig")))
    assert (len(head), row[:4], row[6]) == (16, ["2026-05-27", "10:00:37", "12:00:11", "1.99"], "Album")
    everything = list(csv.reader(StringIO(desk_of.get(f"{LIST}export/csv/").getvalue().decode("utf-8-sig"))))
    assert [line[5] for line in everything[1:]] == ['\'=HYPERLINK("x")', "Album"]


def test_the_list_is_taken_along_as_a_workbook_without_formulas(desk_of, hostile):
    file = desk_of.get(f"{LIST}export/xlsx/")

    _head, row = load_workbook(BytesIO(file.getvalue())).active.iter_rows()
    assert [row[3].value, row[5].value, row[11].value, row[15].value] == [1, '=HYPERLINK("x")', 60, "@SUM(1)"]
    assert {cell.data_type for cell in row} <= {"s", "n", "inlineStr"}


def test_no_other_file_is_made(desk_of):
    assert desk_of.get(f"{LIST}export/exe/").status_code == 404


# Months -----------------------------------------------------------------------------------------------


def test_a_month_is_closed_and_opened_again_by_a_manager(web, entry):
    manager = signed_in(web, account("manager"))

    manager.post(f"{MONTHS}add/", {"month": "2026-05-17"})
    period = ClosedPeriod.objects.get()
    assert (period.month, period.closed_by.name) == (date(2026, 5, 1), "Manager")

    refused = manager.post(f"{LIST}{entry.pk}/correct/", corrected(entry, note="x"))
    assert (refused.status_code, "stays as it is" in text(refused)) == (409, True)
    assert manager.post(f"{MONTHS}{period.pk}/reopen/", {"reason": ""}).status_code == 400
    manager.post(f"{MONTHS}{period.pk}/reopen/", {"reason": "A late sheet."})
    assert manager.post(f"{LIST}{entry.pk}/correct/", corrected(entry, note="x")).status_code == 302


@pytest.mark.parametrize("month", ["2999-12-31", "1899-12-31", "9999-12-31", "x", ""])
def test_a_month_that_cannot_be_closed_is_refused(office, month):
    assert office.post(f"{MONTHS}add/", {"month": month}).status_code == 400
    assert ClosedPeriod.objects.count() == 0


def test_an_engineer_closes_nothing_and_an_accountant_looks(web, desk_of):
    closed_periods.close_month(month=date(2026, 4, 1), actor=None, now=NOW)
    period = ClosedPeriod.objects.get()

    assert {desk_of.get(f"{MONTHS}{page}").status_code for page in ("", "add/", f"{period.pk}/reopen/")} == {403}
    accountant = signed_in(web, account("accountant"))
    assert [accountant.get(f"{MONTHS}{page}").status_code for page in ("", "add/", f"{period.pk}/reopen/")] == [
        200,
        403,
        403,
    ]


def test_task_types_are_kept_by_managers_and_one_in_use_is_not_deleted(office, entry):
    tasks = "/admin/sessions_app/tasktype/"
    facts = {"name": "Transfer", "hourly_rate": "40", "colour": "#123456", "position": "9", "billable": "on"}

    office.post(f"{tasks}add/", {**facts, "is_active": "on", "description": ""})
    twice = office.post(f"{tasks}add/", {**facts, "name": "TRANSFER"})
    office.post(f"{tasks}{entry.task_type_id}/delete/", {"post": "yes"})

    assert TaskType.objects.get(name="Transfer").hourly_rate == Decimal(40)
    assert "There is a task type of that name already." in text(twice)
    assert TaskType.objects.filter(pk=entry.task_type_id).exists()


def test_more_hours_than_a_file_holds_are_refused_instead_of_cut_off(desk_of, engineer, monkeypatch):
    TimeEntryFactory(person=engineer)
    monkeypatch.setattr(time_entries, "MOST_EXPORTED", 0)

    answer = desk_of.get(f"{LIST}export/csv/", {"worked": "", "q": ""}, follow=True)

    assert "A file holds 0 entries at most; these are 1." in answer.text

"""The clock, the week and the totals: what is shown to whom, and what a press of a button does."""

import csv
import html
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.utils import timezone

from sessions_app.models import TimeEntry
from tests.factories import (
    ProjectFactory,
    SessionFactory,
    TimeEntryFactory,
    TimerFactory,
    TrackFactory,
)
from tests.staff import account, signed_in

HTMX = {"HX-Request": "true"}
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def text(response):
    return html.unescape(response.content.decode())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def of(target, kind):
    return f"/admin/time/of/{kind}/{target.pk}/"


def running():
    return [(entry.person.name, entry.target_label) for entry in TimeEntry.objects.running().order_by("pk")]


# The clock --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "make", "name"),
    [("session", SessionFactory, "title"), ("project", ProjectFactory, "name"), ("track", TrackFactory, "title")],
)
def test_the_clock_is_started_beside_what_it_runs_for(desk_of, engineer, editing, kind, make, name):
    target = make()

    response = desk_of.post(of(target, kind), {"start": "", "task_type": editing.pk, "note": "Take one"})

    assert (response.status_code, told(response)) == (302, ["The clock runs."])
    entry = TimeEntry.objects.get()
    assert (entry.person, entry.note, entry.target_label) == (engineer, "Take one", getattr(target, name))


def test_with_htmx_the_panel_comes_back_and_the_header_is_told(desk_of, album, editing):
    response = desk_of.post(of(album, "project"), {"start": "", "task_type": editing.pk}, headers=HTMX)

    assert (response.status_code, response["HX-Trigger"]) == (200, "time-clock-changed")
    assert "Switch the task" in text(response)
    assert "<html" not in text(response)


def test_a_second_start_is_refused_with_a_sentence_and_switching_is_offered(desk_of, engineer, album, editing):
    TimerFactory(person=engineer, target=ProjectFactory(name="EP"))

    refused = desk_of.post(of(album, "project"), {"start": "", "task_type": editing.pk})

    assert refused.status_code == 409
    assert "A timer for EP has been running since" in text(refused)
    assert "Your clock runs for EP; switching stops it there." in text(refused)
    desk_of.post(of(album, "project"), {"switch": "", "task_type": editing.pk})
    assert running() == [("Engineer", "Album")]


def test_a_task_that_does_not_exist_is_refused_beside_its_box(desk_of, album):
    response = desk_of.post(of(album, "project"), {"start": "", "task_type": "999999999999999999999"})

    assert (response.status_code, TimeEntry.objects.count()) == (200, 0)
    assert "Select a valid choice" in text(response)


def test_the_header_shows_what_runs_and_stops_it(desk_of, engineer, now):
    timer = TimerFactory(person=engineer, target=ProjectFactory(name="EP"), now=now - HOUR)

    shown = desk_of.get("/admin/time/clock/", headers=HTMX)
    stopped = desk_of.post(f"/admin/time/stop/{timer.pk}/", headers=HTMX)

    assert "1:00" in text(shown)
    assert "Stop the timer for EP" in text(shown)
    assert (stopped["HX-Trigger"], running()) == ("time-panel-changed", [])
    assert "No timer runs" in text(stopped)


def test_a_forgotten_timer_is_marked_in_the_header(desk_of, engineer, now):
    TimerFactory(person=engineer, now=now - 13 * HOUR)

    assert "Running for more than 12 hours: was it forgotten?" in text(desk_of.get("/admin/time/clock/", headers=HTMX))


def test_every_page_has_the_header_and_asks_nothing_for_it(desk_of, django_assert_num_queries):
    desk_of.get("/admin/time/")

    with django_assert_num_queries(6):  # the sign-in with its account, its rights, the person, the week, what runs
        page = text(desk_of.get("/admin/time/"))

    assert 'hx-get="/admin/time/clock/"' in page


def test_stopping_without_scripts_goes_back_to_where_one_was_and_nowhere_else(desk_of, engineer):
    timer = TimerFactory(person=engineer)
    first = desk_of.post(f"/admin/time/stop/{timer.pk}/", {"next": "/admin/calendar/"})
    twice = desk_of.post(f"/admin/time/stop/{timer.pk}/", {"next": "https://elsewhere.example/"})

    assert (first["Location"], told(first)) == ("/admin/calendar/", ["The timer is stopped."])
    assert twice["Location"] == "/admin/time/"
    assert "This timer was stopped on" in told(twice)[-1]


def test_an_engineer_neither_sees_nor_stops_somebody_elses_timer_and_a_manager_does(studio, desk_of, album):
    other = TimerFactory(target=album)

    assert desk_of.post(f"/admin/time/stop/{other.pk}/").status_code == 404
    assert other.person.get_full_name() not in text(desk_of.get(of(album, "project")))
    manager = signed_in(Browser(headers={"host": "harbour.localhost"}), account("manager"))
    assert other.person.get_full_name() in text(manager.get(of(album, "project")))
    assert manager.post(f"/admin/time/stop/{other.pk}/").status_code == 302
    assert running() == []


@pytest.mark.parametrize("address", ["/admin/time/of/session/999/", "/admin/time/of/room/1/"])
def test_hours_of_nothing_are_not_found(desk_of, address):
    assert desk_of.get(address).status_code == 404


def test_a_project_shows_what_its_sessions_and_tracks_took(desk_of, engineer, album):
    drums = SessionFactory(title="Drums", client=album.client, project=album)
    TimeEntryFactory(person=engineer, target=drums)
    TimeEntryFactory(person=engineer, target=TrackFactory(project=album, title="Intro"))

    page = text(desk_of.get(of(album, "project")))

    assert ", Drums" in page
    assert ", Intro" in page
    assert "<b>2:00</b> worked" in page


@pytest.mark.parametrize("page", ["studiosession", "project"])
def test_session_and_project_lead_to_their_hours(desk_of, album, page):
    drums = SessionFactory(client=album.client, project=album)
    target, kind = (drums, "session") if page == "studiosession" else (album, "project")

    shown = text(desk_of.get(f"/admin/sessions_app/{page}/{target.pk}/change/"))

    assert f'hx-get="{of(target, kind)}"' in shown
    assert f'href="{of(target, kind)}"' in shown


# The week ---------------------------------------------------------------------------------------------


def test_a_week_shows_days_totals_and_overlaps(desk_of, engineer, album):
    start = timezone.now().replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=7)
    TimeEntryFactory(person=engineer, target=album, started_at=start, ended_at=start + 2 * HOUR, now=start + 5 * HOUR)
    TimeEntryFactory(person=engineer, started_at=start + HOUR, ended_at=start + 3 * HOUR, now=start + 5 * HOUR)
    TimeEntryFactory(started_at=start, now=start + 5 * HOUR)

    page = text(desk_of.get("/admin/time/", {"day": f"{start:%Y-%m-%d}"}))

    assert "4:00 hours, 4:00 of them billable." in page
    assert page.count(">overlaps<") == 2


@pytest.mark.parametrize("question", [{"day": "9999-12-31"}, {"day": "x"}, {"person": "nobody"}])
def test_a_strange_question_is_answered_with_ones_own_week(desk_of, question):
    response = desk_of.get("/admin/time/", question)

    assert (response.status_code, response.context["person"].name) == (200, "Engineer")


def test_a_manager_looks_at_anybodys_week_and_an_engineer_at_no_other(studio, web, desk_of):
    other = account("front_desk")

    assert desk_of.get("/admin/time/", {"person": other.pk}).context["person"].name == "Engineer"
    manager = signed_in(web, account("manager"))
    assert manager.get("/admin/time/", {"person": other.pk}).context["person"] == other


# Totals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["person", "task", "project", "client", "day", "week", "nonsense"])
def test_totals_are_shown_by_whatever_is_asked(desk_of, engineer, album, by):
    TimeEntryFactory(person=engineer, target=album)

    question = {"by": by, "first": "2026-05-01", "last": "2026-06-30"}
    page = text(desk_of.get("/admin/time/report/", question))

    assert "<b>1:00</b> hours" in page
    assert "<b>60.00 EUR</b> billable worth" in page
    assert page.count("<rect") == 1


def test_totals_are_ones_own_for_an_engineer_and_everybodys_for_a_manager(desk_of, web, engineer):
    TimeEntryFactory(person=engineer)
    TimeEntryFactory()
    days = {"first": "2026-05-01", "last": "2026-06-30"}

    own = desk_of.get("/admin/time/report/", days)
    everybodys = signed_in(web, account("manager")).get("/admin/time/report/", days)

    assert ([row.label for row in own.context["rows"]], len(everybodys.context["rows"])) == ([engineer.label], 2)


def test_totals_are_taken_along_as_a_harmless_file(desk_of, engineer):
    TimeEntryFactory(person=engineer, target=ProjectFactory(name="=1+1"))

    file = desk_of.get(
        "/admin/time/report/", {"by": "project", "first": "2026-05-01", "last": "2026-06-30", "file": "csv"}
    )

    head, row = csv.reader(StringIO(file.getvalue().decode("utf-8-sig")))
    assert head == ["Project", "Hours", "Billable hours", "Worth", "Billable worth", "Currency"]
    assert row == ["'=1+1", "1.00", "1.00", "60.00", "60.00", "EUR"]


@pytest.mark.parametrize("question", [{"first": "2026-06-30", "last": "2026-01-01"}, {"first": "0000-00-00"}])
def test_strange_days_are_no_error(desk_of, question):
    assert desk_of.get("/admin/time/report/", question).status_code == 200


def test_a_trainer_has_no_clock_and_no_hours(web, studio):
    trainer = signed_in(web, account("trainer"))

    addresses = ("/admin/time/", "/admin/time/report/", "/admin/time/clock/", "/admin/time/of/session/1/")
    assert {trainer.get(address).status_code for address in addresses} == {403}
    assert "time/clock" not in text(trainer.get("/admin/"))

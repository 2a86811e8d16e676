"""Hours and closures in a studio's back office."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.admin.opening_hours import stretch_of
from sessions_app.services.opening_hours import Stretch
from studio.accounts.models import AuditEvent
from studio.accounts.services import users
from studio.office.models import Closure, OpeningHours
from tests.factories import SessionFactory
from tests.staff import studio_day

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-passphrase-1"


@pytest.fixture
def at_desk(studio):
    """The owner's browser."""
    users.create_account(
        email="owner@studio.example",
        password=PASSWORD,
        email_verified=True,
        role="owner",
        actor=None,
        now=timezone.now(),
    )
    client = Client(headers={"host": "harbour.localhost"})
    client.post("/accounts/login/", {"login": "owner@studio.example", "password": PASSWORD})
    return client


def next_monday():
    """A Monday at least a week away."""
    today = studio_day()
    return today + timedelta(days=14 - today.weekday())


def booked(day):
    """A session from 20:00 to 22:00 on the studio's wall clock."""
    starts_at = datetime.combine(day, time(20), ZoneInfo("Europe/Paris"))
    return SessionFactory(title="Late mix", starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))


@pytest.mark.parametrize(
    ("line", "stretch"),
    [
        ("09:00-24:00", Stretch(540, 1440)),
        ("9:30 - 13:00", Stretch(570, 780)),
        ("20:00-02:00", Stretch(1200, 1560)),
        ("00:00-00:00", Stretch(0, 1440)),
    ],
)
def test_stretch_of_reads_a_line(line, stretch):
    assert stretch_of(line) == stretch


@pytest.mark.parametrize("line", ["9-5", "24:00-25:00", "09:60-10:00", "aa:bb-cc:dd", "25:00-26:00"])
def test_stretch_of_refuses_what_is_no_time(at_desk, line):
    sent = {"weekday": "0", "effective_from": next_monday(), "stretches": line}

    answer = at_desk.post("/admin/office/openinghours/add/", sent)

    assert (answer.status_code, "09:00-24:00" in answer.content.decode()) == (400, True)
    assert OpeningHours.objects.count() == 7


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_end_of_the_calendar_are_refused(at_desk, day):
    hours = at_desk.post("/admin/office/openinghours/add/", {"weekday": "0", "effective_from": day, "stretches": ""})
    closure = at_desk.post("/admin/office/closure/add/", {"starts_on": day, "ends_on": day, "reason": ""})

    assert (hours.status_code, closure.status_code) == (400, 400)
    assert (OpeningHours.objects.count(), Closure.objects.count()) == (7, 0)


def test_new_hours_take_over_from_their_date_and_the_old_ones_stay(at_desk):
    monday = next_monday()
    sent = {"weekday": "0", "effective_from": monday, "stretches": "10:00-13:00\n14:00-20:00"}

    answer = at_desk.post("/admin/office/openinghours/add/", sent)

    assert answer.status_code == 302
    rows = OpeningHours.objects.filter(weekday=0).order_by("effective_from", "opens")
    assert [(row.opens, row.closes, row.effective_from) for row in rows] == [
        (540, 1440, date(2000, 1, 1)),
        (600, 780, monday),
        (840, 1200, monday),
    ]
    assert AuditEvent.objects.filter(object_type="office.openinghours").count() == 2


def test_hours_that_would_leave_a_session_outside_are_refused_and_name_it(at_desk):
    monday = next_monday()
    booked(monday)

    sent = {"weekday": "0", "effective_from": monday, "stretches": "09:00-21:00"}
    answer = at_desk.post("/admin/office/openinghours/add/", sent)

    assert (answer.status_code, "Late mix" in answer.content.decode()) == (409, True)
    assert OpeningHours.objects.count() == 7
    later = {**sent, "stretches": "09:00-22:00"}
    assert at_desk.post("/admin/office/openinghours/add/", later).status_code == 302


def test_a_closure_is_refused_on_a_day_with_a_session_and_taken_back_by_deleting(at_desk):
    monday = next_monday()
    booked(monday)
    sent = {"starts_on": monday, "ends_on": monday, "reason": "stocktaking"}

    refused = at_desk.post("/admin/office/closure/add/", sent)
    tuesday = monday + timedelta(days=1)
    taken = at_desk.post("/admin/office/closure/add/", {**sent, "starts_on": tuesday, "ends_on": tuesday})

    assert (refused.status_code, "Late mix" in refused.content.decode(), taken.status_code) == (409, True, 302)
    closure = Closure.objects.get()
    assert at_desk.post(f"/admin/office/closure/{closure.pk}/change/", {"reason": "x"}).status_code == 403
    assert at_desk.post(f"/admin/office/closure/{closure.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Closure.objects.exists()
    verbs = AuditEvent.objects.filter(object_type="office.closure").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["create", "delete"]


def test_every_session_in_the_way_is_linked_to(at_desk):
    monday = next_monday()
    sessions = [booked(monday + timedelta(weeks=week)) for week in range(12)]

    hours = at_desk.post(
        "/admin/office/openinghours/add/", {"weekday": "0", "effective_from": monday, "stretches": "09:00-21:00"}
    )
    closure = at_desk.post(
        "/admin/office/closure/add/", {"starts_on": monday, "ends_on": monday + timedelta(weeks=12), "reason": ""}
    )

    for answer in (hours, closure):
        page = answer.content.decode()
        links = [f'<a href="/admin/sessions_app/studiosession/{each.pk}/change/">Late mix, ' for each in sessions]
        assert [page.count(link) for link in links] == [1] * 12
        assert "12 sessions would lie outside the opening hours. Move or cancel them first:</p>" in page


def test_a_closure_that_ends_before_it_starts_is_a_sentence(at_desk):
    monday = next_monday()

    sent = {"starts_on": monday, "ends_on": monday - timedelta(days=1)}
    answer = at_desk.post("/admin/office/closure/add/", sent)

    assert (answer.status_code, "may not come before" in answer.content.decode()) == (400, True)

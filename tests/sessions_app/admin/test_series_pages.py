"""The back office of series: each date is answered before the save, and edits are about all or those from one on."""

import html
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.messages import get_messages

from sessions_app.models import SessionSeries, StudioSession
from studio.office.models import StudioProfile
from tests.factories import RoomFactory, SeriesFactory, SessionFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
LIST = "/admin/sessions_app/sessionseries/"
TUESDAY = date(2090, 6, 6)
AT_THREE = datetime(2090, 6, 20, 13, 0, tzinfo=UTC)


def text(response):
    return html.unescape(response.content.decode())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def typed(room, **changed):
    return {
        "title": "Rehearsal",
        "room": room.pk,
        "day": TUESDAY.isoformat(),
        "start": "15:00",
        "end": "17:00",
        "kind": "studio",
        "booking_type": "hourly",
        "client": "",
        "project": "",
        "notes": "",
        "repeat": "WEEKLY",
        "interval": "1",
        "monthly": "date",
        "count": "4",
        "until": "",
    } | changed


@pytest.fixture
def taken(room):
    return SessionFactory(title="Strings", room=room, starts_at=AT_THREE)


@pytest.fixture
def made():
    return SeriesFactory(title="Rehearsal", starts_on=TUESDAY)


def page(made, name):
    return f"{LIST}{made.pk}/{name}/"


def days(made):
    return [f"{s.starts_at:%d %H}" for s in made.sessions.order_by("occurs_on")]


def test_the_live_answer_names_each_date(office, room, taken):
    answer = text(office.post(f"{LIST}preview/", typed(room, title="")))

    assert "Every week on Tuesday, 4 times. 3 dates can be booked." in answer
    assert "1 date needs a choice." in answer
    assert "Studio A is taken at that time. Strings" in answer
    assert answer.count("<select") == 4


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"count": "10000"}, "less than or equal to 366"),
        ({"count": "", "until": "2090-01-01"}, "A series ends after it begins"),
        ({"count": "", "until": "2999-12-31"}, "within 10 years"),
        ({"day": "2090-03-26", "start": "02:30", "end": "04:00"}, "the clocks go forward over it"),
        ({"interval": "0"}, "greater than or equal to 1"),
        ({"count": "3", "until": "2090-07-01"}, "how many dates, or until when"),
    ],
    ids=["10000", "until before", "until far", "skipped hour", "interval", "both"],
)
def test_bad_rules_are_refused_with_a_sentence_and_book_nothing(office, room, changed, sentence):
    assert sentence in text(office.post(f"{LIST}preview/", typed(room, **changed)))

    refused = office.post(f"{LIST}add/", typed(room, **changed))

    assert (refused.status_code, sentence in text(refused)) == (400, True)
    assert (SessionSeries.objects.count(), StudioSession.objects.count()) == (0, 0)


def test_a_date_that_is_not_free_is_named_and_what_was_typed_stays(office, room, taken):
    refused = office.post(f"{LIST}add/", typed(room, notes="Bring the red amplifier"))

    assert refused.status_code == 409
    assert "Tue 20 Jun 2090, 15:00-17:00: Studio A is taken" in text(refused)
    assert "Bring the red amplifier" in text(refused)
    assert SessionSeries.objects.count() == 0


def test_dates_are_skipped_or_put_elsewhere_all_at_once(office, room, taken):
    RoomFactory(name="Studio B")

    skipped = text(office.post(f"{LIST}add/", typed(room, resolve="skip")))
    moved = text(office.post(f"{LIST}add/", typed(room, resolve="first")))

    assert (SessionSeries.objects.count(), "3 dates can be booked." in skipped) == (0, True)
    assert '<option value="2090-06-20|skip" selected>' in skipped
    assert "4 dates can be booked." in moved


def test_the_choices_are_booked(office, room, taken):
    other = RoomFactory(name="Studio B")
    elsewhere = f"2090-06-20|{other.pk}|2090-06-20T13:00:00+00:00|2090-06-20T15:00:00+00:00"

    booked = office.post(f"{LIST}add/", typed(room, choice=["2090-06-13|skip", elsewhere, "", "x|y|z|w"]))

    made = SessionSeries.objects.get()
    assert (booked.status_code, told(booked)) == (302, ["3 sessions are booked."])
    found = [(s.occurs_on.day, s.room.name) for s in made.sessions.order_by("occurs_on")]
    assert found == [(6, "Studio A"), (20, "Studio B"), (27, "Studio A")]
    assert made.skipped_on == [date(2090, 6, 13)]


def test_a_single_booking_is_taken_over_into_the_form(office, room):
    form = text(office.post(f"{LIST}add/", typed(room, repeat_this="1")))

    assert 'value="Rehearsal"' in form
    assert StudioSession.objects.count() == 0


@pytest.mark.parametrize(
    ("monthly", "rule"),
    [("date", "FREQ=MONTHLY;COUNT=4"), ("weekday", "FREQ=MONTHLY;BYDAY=1TU;COUNT=4"), ("last", "BYDAY=-1TU")],
)
def test_monthly_rules(office, room, monthly, rule):
    office.post(f"{LIST}add/", typed(room, repeat="MONTHLY", monthly=monthly))

    assert rule in SessionSeries.objects.get().rule


def test_the_page_lists_every_session_with_what_can_be_done_from_there(office, made):
    shown = text(office.get(f"{LIST}{made.pk}/change/"))

    first = made.sessions.order_by("occurs_on").first()
    assert "Every week on Tuesday, 4 times" in shown
    assert shown.count("mark-scheduled") == 4
    assert f"/move/?since={first.pk}" in shown


def test_a_session_links_to_its_series(office, made):
    session = made.sessions.order_by("occurs_on").first()

    assert f"{LIST}{made.pk}/change/" in text(office.get(f"/admin/sessions_app/studiosession/{session.pk}/change/"))


def test_from_one_on_they_move(office, made):
    third = made.sessions.order_by("occurs_on")[2]
    moved = {"since": third.pk, "start_time": "18:00", "length_minutes": "120", "days_later": "0", "room": made.room_id}

    response = office.post(page(made, "move"), moved)

    assert response.status_code == 302
    later = SessionSeries.objects.get(origin=made)
    assert (days(made), days(later)) == (["06 13", "13 13"], ["20 16", "27 16"])


def test_a_date_in_the_way_is_named_and_can_be_left(office, made):
    SessionFactory(room=made.room, starts_at=AT_THREE + timedelta(hours=3))
    moved = {"start_time": "18:00", "length_minutes": "120", "days_later": "0", "room": made.room_id}

    refused = office.post(page(made, "move"), moved)
    assert (refused.status_code, "Tue 20 Jun 2090, 18:00-20:00" in text(refused)) == (409, True)
    assert office.post(page(made, "move"), {**moved, "left_alone": ["2090-06-20"]}).status_code == 302

    assert days(made) == ["06 16", "13 16", "20 13", "27 16"]


def test_facts_are_changed_from_one_on(office, made):
    second = made.sessions.order_by("occurs_on")[1]

    office.post(
        page(made, "change-all"),
        {"since": second.pk, "title": "Full band", "project": "", "booking_type": "hourly", "notes": ""},
    )

    titles = StudioSession.objects.order_by("occurs_on").values_list("title", flat=True)
    assert list(titles) == ["Rehearsal", "Full band", "Full band", "Full band"]


def test_from_one_on_they_are_cancelled(office, made):
    third = made.sessions.order_by("occurs_on")[2]

    response = office.post(page(made, "cancel"), {"since": third.pk, "reason": "Tour"})

    assert told(response) == ["2 sessions are cancelled."]
    statuses = made.sessions.order_by("occurs_on").values_list("status", flat=True)
    assert list(statuses) == ["scheduled", "scheduled", "cancelled", "cancelled"]


def test_dates_are_added_past_those_that_are_taken(office, made):
    SessionFactory(room=made.room, starts_at=datetime(2090, 7, 4, 13, tzinfo=UTC))

    refused = office.post(page(made, "extend"), {"until": "2090-07-11"})
    added = office.post(page(made, "extend"), {"until": "2090-07-11", "skip_taken": "on"})

    assert (refused.status_code, told(added)) == (409, ["1 date is added."])
    assert days(made)[-1] == "11 13"


def test_what_a_change_of_zone_has_set_off_is_listed_and_settled(office, made):
    StudioProfile.objects.update(time_zone="Europe/London")
    listed = office.get(LIST, {"clock": "off"})
    assert [row.pk for row in listed.context["cl"].result_list] == [made.pk]

    settle = {"start_time": "15:00", "length_minutes": "120", "days_later": "0", "room": made.room_id}
    assert office.get(page(made, "settle")).status_code == 200
    office.post(page(made, "settle"), {**settle, "left_alone": ["2090-06-06"]})

    assert days(made) == ["06 13", "13 14", "20 14", "27 14"]
    assert list(office.get(LIST, {"clock": "off"}).context["cl"].result_list) == []


def test_who_may_only_look_sees_no_door(web, studio, made):
    reader = signed_in(web, account("read_only"))

    assert "since=" not in text(reader.get(f"{LIST}{made.pk}/change/"))
    for name in ("move", "change-all", "cancel", "extend", "settle"):
        assert reader.get(page(made, name)).status_code == 403
    assert reader.post(f"{LIST}preview/", {}).status_code == 403
    assert reader.get(f"{LIST}add/").status_code == 403

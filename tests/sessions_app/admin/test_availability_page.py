"""The page of what is free: strips, reasons, alternatives, and the way to the form."""

from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from sessions_app.models import StudioSession
from studio.office.models import OpeningHours
from tests.factories import RoomFactory, SessionFactory
from tests.sessions_app.admin.test_booking_pages import text
from tests.staff import account, signed_in

PAGE = "/admin/availability/"
BOOK = "/admin/sessions_app/studiosession/add/"
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(room, client_):
    """15:00 to 17:00 in Paris."""
    return SessionFactory(title="Drums", room=room, client=client_, starts_at=datetime(2090, 6, 6, 13, 0, tzinfo=UTC))


def ask(office, **changed):
    return office.get(PAGE, {"day": "2090-06-06", "length": "180"} | changed)


def strips(response):
    return {
        room.name: [(shown.span, shown.stretch.kind.value) for shown in found]
        for _day, rooms in response.context["days"]
        for room, found in rooms
    }


def test_a_day_is_shown_with_who_is_in_the_way(office, taken):
    RoomFactory(name="Studio B")

    response = ask(office)

    assert strips(response) == {
        "Studio A": [("09:00-15:00", "free"), ("15:00-17:00", "taken"), ("17:00-24:00", "free")],
        "Studio B": [("09:00-24:00", "free")],
    }
    assert "Studio A is taken at that time. Drums, Mina Morel (Tue 6 Jun 2090, 15:00-17:00)" in text(response)
    assert f'href="/admin/sessions_app/studiosession/{taken.pk}/change/"' in text(response)


def test_a_free_stretch_leads_to_the_form_filled_and_that_books_it(office, taken, room):
    (_day, [(_room, found)]) = ask(office).context["days"][0]
    link = found[2].link
    filled = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}

    form = office.get(unescape(link)).context["form"]
    assert [form[name].value() for name in ("room", "day", "start", "end")] == [
        str(room.pk),
        "2090-06-06",
        "17:00",
        "20:00",
    ]
    boxes = {name: value for name, value in filled.items() if not name.endswith("_which")}
    office.post(BOOK, {"title": "Mix", "kind": "studio", "booking_type": "hourly", **boxes})
    assert StudioSession.objects.get(title="Mix").starts_at == datetime(2090, 6, 6, 15, 0, tzinfo=UTC)


def test_at_an_hour_each_room_says_yes_or_why_not_and_what_instead(office, taken):
    RoomFactory(name="Studio B")

    free, taken_room = ask(office, start="16:00").context["answers"]

    assert (free["room"].name, free["is_free"], free["offer"]["said"]) == (
        "Studio B",
        True,
        "Tue 6 Jun 2090, 16:00-19:00",
    )
    assert taken_room["sentences"] == [
        "Studio A is taken at that time. Drums, Mina Morel (Tue 6 Jun 2090, 15:00-17:00)"
    ]
    assert [offer["said"] for offer in taken_room["instead"]] == [
        "Tue 6 Jun 2090, 17:00-20:00",
        "Tue 6 Jun 2090, 12:00-15:00",
    ]


@pytest.mark.parametrize(("start", "told"), [("07:00", "The studio is closed at that time."), ("22:30", "closed")])
def test_an_hour_outside_the_opening_hours_is_told_so(office, room, start, told):
    (answer,) = ask(office, start=start).context["answers"]

    assert (answer["is_free"], told in answer["sentences"][0]) == (False, True)


def test_a_second_of_two_equal_hours_is_kept_in_the_link(office, room):
    StudioSession.objects.all().delete()
    SessionFactory(
        title="Night",
        room=room,
        kind="blocker",
        starts_at=datetime(2090, 10, 28, 22, 0, tzinfo=UTC),
        ends_at=datetime(2090, 10, 29, 1, 30, tzinfo=UTC),
    )
    OpeningHours.objects.update(opens=0)
    (_day, [(_room, found)]) = ask(office, day="2090-10-29", length="60").context["days"][0]

    form = office.get(found[-1].link).context["form"]
    assert (form["start"].value(), form["start_which"].value()) == ("02:30", "1")


@pytest.mark.parametrize("choice", ["room", "kind"])
def test_one_room_or_all_of_a_kind_can_be_asked_for(office, room, choice):
    mixing = RoomFactory(name="Mix", kind="mixing")

    response = ask(office, room=str(mixing.pk) if choice == "room" else "kind:mixing")

    assert list(strips(response)) == ["Mix"]


def test_only_the_answer_is_sent_when_the_question_changes(office, room):
    response = office.get(PAGE, {"day": "2090-06-06"}, headers={"hx-request": "true"})

    assert "<html" not in text(response)
    assert "Studio A" in text(response)


@pytest.mark.parametrize(
    "bad",
    [
        {"day": "x"},
        {"day": "9999-12-31"},
        {"length": "7"},
        {"room": "999999999999999999999"},
        {"start": "25:00"},
        {"engineer": "nobody"},
        {"view": "year"},
        {"asks": "me"},
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_told_so(office, room, bad):
    response = ask(office, **bad)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == list(bad)


def test_an_hour_that_the_clocks_skip_is_told_so(office, room):
    response = ask(office, day="2090-03-26", start="02:30")

    assert "Sun 26 Mar 2090, 02:30 does not exist in Europe/Paris" in text(response)


@pytest.mark.parametrize(("rooms", "view"), [(1, "day"), (6, "week")])
def test_a_week_of_all_rooms_costs_under_fifteen_queries(office, rooms, view, django_assert_num_queries):
    for number in range(rooms):
        room = RoomFactory(name=f"Room {number}")
        for hour in range(3):
            SessionFactory(room=room, starts_at=datetime(2090, 6, 6, 9, tzinfo=UTC) + hour * 4 * HOUR)
    ask(office)

    with django_assert_num_queries(8):
        ask(office, view=view, start="12:00")


@pytest.mark.parametrize(("role", "status"), [("engineer", 200), ("read_only", 200), ("trainer", 403)])
def test_who_may_look(web, room, role, status):
    browser = signed_in(web, account(role))

    response = ask(browser)

    assert response.status_code == status
    if role == "read_only":
        assert BOOK not in text(response)

"""The calendar's doors: what the feed answers and refuses, and what a drag does and is told."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from sessions_app.models import SessionNotice, StudioSession
from sessions_app.selectors.calendar import ELSEWHERE
from sessions_app.services import bookings
from studio.accounts.models import AuditEvent
from tests.factories import ClientFactory, RoomFactory, SessionFactory
from tests.staff import account, signed_in

FEED, MOVE, FIND = "/admin/calendar/feed/", "/admin/calendar/move/", "/admin/calendar/find/"
THREE = datetime(2090, 6, 6, 13, 0, tzinfo=UTC)  # 15:00 in Paris
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(room):
    return SessionFactory(
        title="Drums", room=room, starts_at=THREE, client=ClientFactory(name="Mina Morel", email="mina@example.org")
    )


def feed(browser, start="2090-06-05", end="2090-06-12", **asked):
    return browser.get(FEED, {"start": start, "end": end, **asked})


def move(browser, session, **asked):
    seen = StudioSession.objects.get(pk=session.pk).updated_at.isoformat()
    return browser.post(MOVE, {"session": session.pk, "seen_at": seen, **asked})


def times(session):
    kept = StudioSession.objects.get(pk=session.pk)
    return kept.starts_at, kept.ends_at, kept.room


# The page and the feed --------------------------------------------------------------------------------


def test_the_page_has_a_way_without_scripts_and_no_script_of_its_own(office, room):
    answer = office.get("/admin/calendar/", {"day": "2090-06-06", "view": "day"})
    shown = answer.content.decode()

    assert 'content="0; url=/admin/calendar/list/?day=2090-06-06&amp;view=day"' in shown
    assert "All times in Europe/Paris." in shown
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]


def test_the_feed_says_what_stands_where(office, session, room):
    answer = feed(office).json()
    (event,) = [each for each in answer["events"] if "id" in each]

    assert (event["id"], event["title"], event["resourceIds"]) == (str(session.pk), "Drums", [str(room.pk)])
    assert (event["start"], event["end"]) == ("2090-06-06T15:00:00", "2090-06-06T17:00:00")
    assert event["editable"] is True
    assert event["extendedProps"] == {
        "time": "",
        "client": "Mina Morel",
        "room": "Studio A",
        "marks": [],
        "seenAt": session.updated_at.isoformat(),
        "endsAt": "2090-06-06T15:00:00+00:00",
    }
    (column,) = answer["resources"]
    assert column == {"id": str(room.pk), "title": "Studio A", "colour": "#3498db", "isOff": False, "isRow": True}
    assert answer["hours"] == [9, 24]


@pytest.mark.parametrize("status", ["in_progress", "no_show"])
def test_the_feed_marks_what_is_not_simply_booked(office, session, status):
    StudioSession.objects.filter(pk=session.pk).update(status=status)

    (event,) = [each for each in feed(office).json()["events"] if "id" in each]

    assert (event["extendedProps"]["marks"], event["editable"]) == ([status], False)


def test_a_time_that_comes_twice_is_shown_with_its_zone(office, room):
    starts_at = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    session = SessionFactory(room=None, starts_at=starts_at, ends_at=starts_at + HOUR / 2)

    (event,) = [each for each in feed(office, "2026-10-25", "2026-10-26").json()["events"] if "id" in each]

    assert event["id"] == str(session.pk)
    assert event["extendedProps"]["time"] == "02:45 (UTC+0200) - 02:15 (UTC+0100)"
    assert (event["start"], event["end"]) == ("2026-10-25T02:45:00", "2026-10-25T03:15:00")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"start": "x"}, "Write each day as"),
        ({"end": "2090-02-30"}, "Write each day as"),
        ({"start": "0001-01-01"}, "Write each day as"),
        ({"end": "9999-12-31"}, "Write each day as"),
        ({"end": "2090-06-05"}, "from one day to 42"),
        ({"end": "2090-06-01"}, "from one day to 42"),
        ({"end": "2090-07-18"}, "from one day to 42"),
        ({"kind": "kitchen"}, "no such kind"),
        ({"status": "cancelled"}, "no such status"),
        ({"status": "'; drop"}, "no such status"),
        ({"lane": "talents"}, "no such columns"),
    ],
)
def test_the_feed_refuses_nonsense_with_a_sentence(office, room, asked, sentence):
    answer = feed(office, **asked)

    assert answer.status_code == 400
    assert sentence in answer.json()["sentences"][0]


def test_the_feed_answers_six_weeks_and_no_nul(office, room):
    assert feed(office, end="2090-07-17").status_code == 200
    assert feed(office, kind="mixing\0").status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_a_feed_asks_as_much_for_many_sessions(office, count, django_assert_num_queries):
    for _number in range(count):
        SessionFactory(starts_at=THREE, client=ClientFactory(), room=None)
    feed(office)

    with django_assert_num_queries(7):
        feed(office)


# Dragging ---------------------------------------------------------------------------------------------


def test_a_drag_moves_by_wall_time_keeps_the_length_and_can_be_undone(office, session, room):
    other = RoomFactory(name="Studio B")

    answer = move(office, session, starts_at="2090-06-07T10:30:00", room=other.pk)

    assert (answer.status_code, answer.json()["told"]) == (200, "Drums: Wed 7 Jun 2090, 10:30-12:30, Studio B.")
    starts_at = datetime(2090, 6, 7, 8, 30, tzinfo=UTC)
    assert times(session) == (starts_at, starts_at + 2 * HOUR, other)
    assert AuditEvent.objects.filter(verb="move", object_id=str(session.pk)).count() == 1

    assert office.post(MOVE, answer.json()["undo"]).status_code == 200
    assert times(session) == (THREE, THREE + 2 * HOUR, room)


def test_an_edge_that_is_dragged_changes_the_length(office, session, room):
    assert move(office, session, ends_at="2090-06-06T19:30:00").status_code == 200
    assert times(session) == (THREE, THREE + 4.5 * HOUR, room)

    kept = (THREE + 4.5 * HOUR).isoformat()
    assert move(office, session, starts_at="2090-06-06T14:00:00", ends_at=kept).status_code == 200
    assert times(session) == (THREE - HOUR, THREE + 4.5 * HOUR, room)


def test_a_drag_out_of_the_house(office, session):
    StudioSession.objects.filter(pk=session.pk).update(kind="mixing")
    session.refresh_from_db()

    assert move(office, session, room=ELSEWHERE).status_code == 200
    assert times(session) == (THREE, THREE + 2 * HOUR, None)


def test_what_is_done_in_the_studio_is_not_dragged_out_of_it(office, session, room):
    answer = move(office, session, room=ELSEWHERE)

    assert (answer.status_code, times(session)) == (409, (THREE, THREE + 2 * HOUR, room))
    assert answer.json()["sentences"] == [
        "A session in the studio needs a room. Choose one, or another kind, e.g. remote or on location."
    ]


def test_a_refused_drag_says_who_is_there_and_what_is_free(office, session, room):
    taken = SessionFactory(title="Vocals", room=room, starts_at=THREE + 4 * HOUR)

    answer = move(office, session, starts_at="2090-06-06T18:00:00")

    told = answer.json()
    assert answer.status_code == 409
    assert told["sentences"] == ["Studio A is taken at that time. Vocals (Tue 6 Jun 2090, 19:00-21:00)"]
    assert (told["is_stale"], times(session)) == (False, (THREE, THREE + 2 * HOUR, room))
    first = told["alternatives"][0]
    assert first["label"] == "Studio A: Tue 6 Jun 2090, 17:00-19:00"
    chosen = {name: first[name] for name in ("room", "starts_at", "ends_at")}
    assert move(office, session, **chosen).status_code == 200
    assert times(session)[:2] == (THREE + 2 * HOUR, taken.starts_at)


def test_a_stale_page_moves_nothing(office, session, room):
    seen = session.updated_at
    bookings.move_session(
        session=session, starts_at=THREE + HOUR, ends_at=THREE + 3 * HOUR, actor=None, now=timezone.now()
    )

    answer = office.post(MOVE, {"session": session.pk, "seen_at": seen.isoformat(), "starts_at": "2090-06-06T20:00:00"})

    assert (answer.status_code, answer.json()["is_stale"]) == (409, True)
    assert "Somebody changed this session meanwhile" in answer.json()["sentences"][0]
    assert times(session) == (THREE + HOUR, THREE + 3 * HOUR, room)


def test_a_time_that_comes_twice_is_asked_about(office, session):
    sunday = datetime(2090, 10, 29, 1, 0, tzinfo=UTC)
    elsewhere = SessionFactory(room=None, starts_at=sunday - 24 * HOUR)

    answer = move(office, elsewhere, starts_at="2090-10-29T02:30:00")

    offers = answer.json()["alternatives"]
    assert answer.status_code == 409
    assert [offer["starts_at"] for offer in offers] == ["2090-10-29T00:30:00+00:00", "2090-10-29T01:30:00+00:00"]
    assert [offer["label"] for offer in offers] == [
        "02:30 (UTC+0200) - 03:30 (UTC+0100)",
        "02:30 (UTC+0100) - 04:30 (UTC+0100)",
    ]
    chosen = {name: offers[1][name] for name in ("room", "starts_at", "ends_at")}
    assert move(office, elsewhere, **chosen).status_code == 200
    assert times(elsewhere)[:2] == (sunday + HOUR / 2, sunday + 2.5 * HOUR)


def test_a_time_that_does_not_exist_is_refused(office, session):
    answer = move(office, session, starts_at="2090-03-26T02:30:00")

    assert answer.status_code == 409
    assert "does not exist in Europe/Paris" in answer.json()["sentences"][0]


@pytest.mark.parametrize(
    "asked",
    [
        {"session": "0"},
        {"session": "x"},
        {"session": "9" * 40},
        {"seen_at": ""},
        {"seen_at": "2026-06-01T10:00"},
        {"starts_at": "x"},
        {"starts_at": "2090-02-30T10:00"},
        {"starts_at": "9999-12-31T23:59"},
        {"ends_at": "0001-01-01T00:00+14:00"},
        {"lane": "engineers", "gone": "nobody", "coming": "x"},
        {"lane": "equipment", "gone": "-1"},
        {"room": "-1"},
        {"room": "9" * 30},
    ],
)
def test_nonsense_is_refused_with_a_sentence(office, session, asked):
    given = {"session": session.pk, "seen_at": session.updated_at.isoformat(), **asked}

    answer = office.post(MOVE, given)

    assert answer.status_code == 400
    assert json.loads(answer.content)["sentences"][0].endswith(".")


def test_an_end_before_the_start_is_refused(office, session):
    answer = move(office, session, ends_at="2090-06-06T14:00:00")

    assert (answer.status_code, answer.json()["sentences"]) == (409, ["A session must end after it starts."])


def test_who_may_only_look_drags_nothing(web, session, studio):
    browser = signed_in(web, account("read_only"))

    (event,) = [each for each in feed(browser).json()["events"] if "id" in each]
    answer = move(browser, session, starts_at="2090-06-06T18:00:00")

    assert (event["editable"], answer.status_code) == (False, 403)
    assert times(session)[0] == THREE


def test_a_drag_between_engineers_hands_over_and_can_be_undone(office, session):
    nora, omar = account("engineer", "nora@studio.example"), account("engineer", "omar@studio.example")
    given = {"lane": "engineers", "gone": "nobody", "coming": nora.pk}
    first = move(office, session, **given)
    assert first.json()["told"] == "Drums: Tue 6 Jun 2090, 15:00-17:00, Engineer."

    second = move(office, session, lane="engineers", gone=nora.pk, coming=omar.pk)
    assert [each.engineer for each in session.assignments.all()] == [omar]
    assert office.post(MOVE, second.json()["undo"]).status_code == 200
    assert [each.engineer for each in session.assignments.all()] == [nora]

    (event,) = [each for each in feed(office, lane="engineers").json()["events"] if "id" in each]
    assert event["resourceIds"] == [str(nora.pk)]


@pytest.mark.parametrize(
    ("asked", "outcome"), [({}, "written"), ({"tell": "client"}, "written"), ({"tell": "nobody"}, "not_wanted")]
)
def test_the_client_hears_of_a_move_unless_unticked(office, session, asked, outcome):
    move(office, session, starts_at="2090-06-06T18:00:00", **asked)

    assert SessionNotice.objects.get(session=session, kind="change").outcome == outcome


def test_finding_leads_into_the_calendar(office, session):
    shown = office.get(FIND, {"q": "morel"}).content.decode()

    assert f"?view=day&amp;day=2090-06-06&amp;session={session.pk}" in shown
    assert "Nothing is called &lt;b&gt;" in office.get(FIND, {"q": "<b>"}).content.decode()
    assert office.get(FIND).content.decode().strip() == ""

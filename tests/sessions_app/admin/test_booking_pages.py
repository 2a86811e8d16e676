"""Booking and moving by the staff's forms: what is refused is said, and nothing is half written."""

import html
from datetime import UTC, datetime

import pytest
from django.contrib.messages import get_messages

from sessions_app.admin.booking import ASKED
from sessions_app.models import StudioSession
from studio.accounts.models import AuditEvent
from tests.factories import ClientFactory, ProjectFactory, RoomFactory, SessionFactory
from tests.staff import account, signed_in

BOOK = "/admin/sessions_app/studiosession/add/"
FREE = "/admin/sessions_app/studiosession/free/"
PROJECTS = "/admin/sessions_app/studiosession/projects/"

pytestmark = pytest.mark.django_db


def move_url(session):
    return f"/admin/sessions_app/studiosession/{session.pk}/move/"


def typed(**changed):
    """What a person types: 15:00 to 18:00 in Paris on a Tuesday."""
    given = {
        "title": "Vocals",
        "kind": "studio" if changed.get("room") else "remote",
        "booking_type": "hourly",
        "client": "",
        "project": "",
        "room": "",
        "day": "2090-06-06",
        "start": "15:00",
        "end": "18:00",
        "last_day": "",
        "notes": "",
    }
    return given | changed


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def text(response):
    return html.unescape(response.content.decode())


@pytest.fixture
def taken(room, client_):
    """15:00 to 17:00 in Paris."""
    starts_at = datetime(2090, 6, 6, 13, 0, tzinfo=UTC)
    return SessionFactory(title="Drums", room=room, client=client_, starts_at=starts_at)


def test_books_without_a_project(office, room, owner):
    response = office.post(BOOK, typed(room=room.pk))

    session = StudioSession.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/admin/sessions_app/studiosession/{session.pk}/change/"
    assert told(response) == ["The session is booked: Tue 6 Jun 2090, 15:00-18:00."]
    assert (session.title, session.room, session.project, session.client) == ("Vocals", room, None, None)
    assert session.starts_at == datetime(2090, 6, 6, 13, 0, tzinfo=UTC)
    assert session.ends_at == datetime(2090, 6, 6, 16, 0, tzinfo=UTC)
    assert AuditEvent.objects.get(verb="book").account == owner


def test_books_with_a_project_of_the_client(office, room):
    project = ProjectFactory(name="First album")

    office.post(BOOK, typed(room=room.pk, client=project.client_id, project=project.pk))

    session = StudioSession.objects.get()
    assert (session.project, session.client, session.project_label) == (project, project.client, "First album")


@pytest.mark.parametrize("key", ["999999", "99999999999999999999999", "x"])
def test_refuses_an_unknown_project_on_the_form(office, room, client_, key):
    response = office.post(BOOK, typed(room=room.pk, client=client_.pk, project=key))

    assert response.status_code == 400
    assert "Select a valid choice." in text(response)
    assert StudioSession.objects.count() == 0


def test_what_is_done_in_the_studio_needs_a_room_and_another_kind_needs_none(office, room, taken):
    sentence = "A session in the studio needs a room. Choose one, or another kind, e.g. remote or on location."

    refused = office.post(BOOK, typed(kind="studio"))
    asked = office.get(FREE, typed(kind="studio"))
    kept = office.post(move_url(taken), typed(kind="studio", reason=""))
    moved = office.post(move_url(taken), typed(kind="remote", reason=""))

    assert [answer.status_code for answer in (refused, kept, moved)] == [409, 409, 302]
    assert [sentence in text(answer) for answer in (refused, asked, kept)] == [True, True, True]
    taken.refresh_from_db()
    assert (taken.kind, taken.room) == ("remote", None)


def test_refuses_the_project_of_another_client(office, room, client_):
    other = ProjectFactory()

    response = office.post(BOOK, typed(room=room.pk, client=client_.pk, project=other.pk))

    assert response.status_code == 400
    assert StudioSession.objects.count() == 0


def test_a_clash_is_refused_with_whose_it_is_and_alternatives(office, taken, room):
    RoomFactory(name="Studio B")

    response = office.post(BOOK, typed(room=room.pk))

    assert response.status_code == 409
    assert "Studio A is taken at that time. Drums, Mina Morel (Tue 6 Jun 2090, 15:00-17:00)" in text(response)
    assert [offer["label"] for offer in response.context["alternatives"]] == [
        "Studio A: Tue 6 Jun 2090, 17:00-20:00",
        "Studio A: Tue 6 Jun 2090, 12:00-15:00",
        "Studio A: Tue 6 Jun 2090, 20:00-23:00",
        "Studio B: Tue 6 Jun 2090, 15:00-18:00",
    ]
    assert StudioSession.objects.get() == taken


def test_an_alternative_fills_the_form_and_books_nothing(office, taken, room):
    refused = office.post(BOOK, typed(room=room.pk, notes="Bring the ribbon microphone."))
    offer = refused.context["alternatives"][0]

    response = office.post(BOOK, typed(room=room.pk, notes="Bring it.", alternative=offer["value"]))

    assert response.status_code == 200
    assert StudioSession.objects.get() == taken
    filled = response.context["form"].initial
    assert (str(filled["start"]), filled["notes"], filled["room"]) == ("17:00:00", "Bring it.", str(room.pk))

    again = typed(room=room.pk, start="17:00", end="20:00")
    assert office.post(BOOK, again).status_code == 302
    assert StudioSession.objects.count() == 2


@pytest.mark.parametrize(
    "period",
    [
        "9999-12-31T23:30:00+00:00|9999-12-31T23:59:00+00:00",
        "0001-01-01T00:00:00+00:00|0001-01-01T01:00:00+14:00",
        "2090-06-06T15:00:00|2090-06-06T18:00:00",
        "2090-13-06T15:00:00+00:00|x",
    ],
    ids=["the last day", "the first day", "without a zone", "no day"],
)
def test_a_forged_alternative_is_left_aside(office, room, period):
    response = office.post(BOOK, typed(room=room.pk, title="", alternative=f"{room.pk}|{period}"))

    assert response.status_code == 400
    assert (response.context["form"].data["start"], response.context["note"]) == ("15:00", "")


def test_an_end_before_the_start_is_on_the_next_day(office, room):
    office.post(BOOK, typed(room=room.pk, start="22:00", end="00:00"))

    session = StudioSession.objects.get()
    assert session.ends_at == datetime(2090, 6, 6, 22, 0, tzinfo=UTC)


TURNED = "The end is before the start. Give the last day if it ends on another day."


def test_a_night_lasts_sixteen_hours_at_most(office):
    office.post(BOOK, typed(start="18:00", end="10:00"))

    assert StudioSession.objects.get().ends_at == datetime(2090, 6, 7, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(("start", "end"), [("18:00", "17:00"), ("18:00", "18:00"), ("18:00", "10:01")])
def test_an_end_that_is_more_likely_a_slip_is_asked_about(office, start, end):
    slip = typed(start=start, end=end)

    response = office.post(BOOK, slip)

    assert (response.status_code, response.context["form"].errors["end"]) == (400, [TURNED])
    assert TURNED in text(office.get(FREE, slip))
    assert StudioSession.objects.count() == 0
    assert office.post(BOOK, slip | {"last_day": "2090-06-07"}).status_code == 302


def test_the_form_of_a_session_of_a_whole_day_says_its_last_day(office):
    office.post(BOOK, typed(start="18:00", end="18:00", last_day="2090-06-07"))
    session = StudioSession.objects.get()

    initial = office.get(move_url(session)).context["form"].initial

    assert str(initial["last_day"]) == "2090-06-07"


def test_an_hour_that_the_clocks_skip_is_refused(office):
    response = office.post(BOOK, typed(day="2090-03-26", start="02:30", end="05:00"))

    assert response.status_code == 400
    assert "Sun 26 Mar 2090, 02:30 does not exist in Europe/Paris" in text(response)


def test_an_hour_that_comes_twice_is_asked_about(office):
    asked = office.post(BOOK, typed(day="2090-10-29", start="02:30", end="05:00"))

    assert asked.status_code == 400
    assert "02:30 (UTC+0200)" in text(asked)
    assert "02:30 (UTC+0100)" in text(asked)
    assert StudioSession.objects.count() == 0

    office.post(BOOK, typed(day="2090-10-29", start="02:30", end="05:00", start_which="1"))

    assert StudioSession.objects.get().starts_at == datetime(2090, 10, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "told_so"),
    [
        ({"day": "0001-01-01"}, "greater than or equal to"),
        ({"day": "9999-12-31"}, "less than or equal to"),
        ({"last_day": "9999-12-31"}, "less than or equal to"),
        ({"last_day": "2999-12-31"}, "A session lasts 366 days at most."),
    ],
    ids=["the first day", "the last day", "until the last day", "for nine hundred years"],
)
def test_a_year_that_is_a_slip_of_the_hand_is_refused(office, room, changed, told_so):
    response = office.post(BOOK, typed(room=room.pk, **changed))

    assert (response.status_code in {400, 409}, told_so in text(response)) == (True, True)
    assert StudioSession.objects.count() == 0


def test_text_that_no_column_holds_is_answered_400(office, room):
    response = office.post(BOOK, typed(room=room.pk, title="Voc\0als"))

    assert response.status_code == 400
    assert StudioSession.objects.count() == 0


def test_a_role_that_may_not_book_is_refused(web, room, studio):
    browser = signed_in(web, account("read_only"))

    assert browser.get(BOOK).status_code == 403
    assert browser.get(FREE, typed(room=room.pk)).status_code == 403
    assert browser.get(PROJECTS, {"client": "1"}).status_code == 403
    assert browser.post(BOOK, typed(room=room.pk)).status_code == 403
    assert StudioSession.objects.count() == 0


# The live answer --------------------------------------------------------------------------------------


def test_the_live_answer_is_the_one_of_the_save(office, taken, room):
    free = office.get(FREE, typed(room=room.pk, start="18:00", end="20:00"))
    busy = office.get(FREE, typed(room=room.pk))

    assert "Studio A is free: Tue 6 Jun 2090, 18:00-20:00." in text(free)
    assert "Studio A is taken at that time. Drums" in text(busy)
    assert busy.context["alternatives"] == office.post(BOOK, typed(room=room.pk)).context["alternatives"]


def test_the_live_answer_does_not_see_the_session_that_moves(office, taken, room):
    answer = office.get(FREE, typed(room=room.pk, start="16:00", moving=taken.pk))

    assert "Studio A is free" in text(answer)


def test_the_live_answer_is_sent_what_it_depends_on_and_no_texts(office, taken):
    for address in (BOOK, move_url(taken)):
        page = text(office.get(address))

        assert (
            'hx-params="room,day,start,end,last_day,start_which,end_which,kind,moving,engineers,talents,equipment"'
            in page
        )
        assert 'data-unknown="This could not be checked just now."' in page


def test_the_fields_sent_are_enough_for_the_answer(office, taken, room):
    sent = {name: value for name, value in typed(room=room.pk).items() if name in ASKED}

    assert set(typed()) - set(sent) == {"title", "booking_type", "client", "project", "notes"}
    assert text(office.get(FREE, sent)) == text(office.get(FREE, typed(room=room.pk, notes="n" * 500)))


def test_an_unfinished_form_gets_no_answer_yet(office):
    answer = office.get(FREE, {"room": "1", "day": "x", "start": ""})

    assert answer.status_code == 200
    assert "Choose room, day, start and end" in text(answer)


def test_the_projects_on_offer_are_the_client_s_own(office, client_):
    mine = ProjectFactory(client=client_, name="Mine")
    ProjectFactory(client=ClientFactory(), name="Somebody else's")

    answer = text(office.get(PROJECTS, {"client": client_.pk}))

    assert f'<option value="{mine.pk}">Mine</option>' in answer
    assert "Somebody" not in answer


# Moving -----------------------------------------------------------------------------------------------


def test_moves_to_another_time_and_room(office, taken):
    target = RoomFactory(name="Studio B")

    page = office.get(move_url(taken))
    response = office.post(
        move_url(taken), typed(room=target.pk, start="19:00", end="21:00", reason="The band is late")
    )

    assert str(page.context["form"].initial["start"]) == "15:00:00"
    assert told(response) == ["The session now takes place on Tue 6 Jun 2090, 19:00-21:00."]
    taken.refresh_from_db()
    assert (taken.room, taken.starts_at) == (target, datetime(2090, 6, 6, 17, 0, tzinfo=UTC))
    assert AuditEvent.objects.get(verb="move").reason == "The band is late"


def test_a_move_onto_another_is_refused(office, taken, room):
    late = SessionFactory(title="Choir", room=room, starts_at=datetime(2090, 6, 6, 18, 0, tzinfo=UTC))

    response = office.post(move_url(late), typed(room=room.pk, start="16:00", end="18:00"))

    assert response.status_code == 409
    assert "Drums" in text(response)
    late.refresh_from_db()
    assert late.starts_at == datetime(2090, 6, 6, 18, 0, tzinfo=UTC)


def test_moving_what_is_not_there_is_a_404(office):
    assert office.get("/admin/sessions_app/studiosession/4711/move/").status_code == 404
    assert office.get("/admin/sessions_app/studiosession/x/move/").status_code == 404

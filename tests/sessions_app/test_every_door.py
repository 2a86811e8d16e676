"""One rule, whichever door somebody comes through: a room, an engineer and a microphone are in one place at a time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import SessionAssignment, StudioSession
from sessions_app.selectors.recurrence import Rule
from sessions_app.services import bookings, holds, requests, series
from studio.errors import DomainError
from tests.factories import EquipmentFactory, RoomFactory, SessionFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

NOW = datetime(2090, 6, 1, 6, tzinfo=UTC)
START = datetime(2090, 6, 6, 13, tzinfo=UTC)  # a Tuesday, 15:00 in Paris
END = START + timedelta(hours=2)
FORM = {
    "title": "Second",
    "kind": "studio",
    "booking_type": "hourly",
    "client": "",
    "project": "",
    "day": "2090-06-06",
    "start": "16:00",
    "end": "18:00",
    "last_day": "",
    "notes": "",
}
SLOT = {"starts_at": START + timedelta(hours=1), "ends_at": END + timedelta(hours=1)}
MEANWHILE = {"title": "Second", "actor": None, "now": NOW, **SLOT}


@pytest.fixture
def cast(room):
    return {"room": room, "engineer": account("engineer"), "equipment": EquipmentFactory(name="U 47")}


@pytest.fixture
def first(cast):
    """15:00 to 17:00, with everything the cast has."""
    return SessionFactory(
        title="First",
        room=cast["room"],
        starts_at=START,
        engineers=[cast["engineer"]],
        equipment=[cast["equipment"]],
        now=NOW,
    )


@pytest.fixture
def office(web):
    return signed_in(web, account("owner"))


@pytest.fixture
def wanted(cast, first, request):
    """What the second session asks for: one thing of the first, the rest of its own."""
    assistant = account("engineer", email="assistant@example.org")
    own = {"room": RoomFactory(name="Elsewhere"), "engineer": assistant, "equipment": EquipmentFactory()}
    return own | {request.param: cast[request.param]}


@pytest.fixture
def waiting(wanted):
    """A session of the next day that asks for the same, to be moved."""
    return SessionFactory(
        title="Second",
        room=wanted["room"],
        starts_at=SLOT["starts_at"] + timedelta(days=1),
        engineers=[wanted["engineer"]],
        equipment=[wanted["equipment"]],
        now=NOW,
    )


every_one = pytest.mark.parametrize("wanted", ["room", "engineer", "equipment"], indirect=True)


def places():
    """Return every session with its room and time, and everything it has."""
    return (
        list(StudioSession.objects.order_by("pk").values_list("title", "room", "starts_at", "status")),
        list(SessionAssignment.objects.order_by("pk").values_list("session", "label", "starts_at")),
    )


def crew(wanted):
    return {"engineers": [wanted["engineer"]], "equipment": [wanted["equipment"]]}


# Doors that answer with a sentence ----------------------------------------------------------------------


@every_one
def test_the_booking_form(office, wanted):
    before = places()

    page = office.post(
        "/admin/sessions_app/studiosession/add/",
        FORM | {"room": wanted["room"].pk, "engineers": [wanted["engineer"].pk], "equipment": [wanted["equipment"].pk]},
    )

    assert page.status_code == 409
    assert "First" in page.content.decode()
    assert places() == before


@every_one
def test_the_moving_form(office, waiting):
    before = places()

    page = office.post(
        f"/admin/sessions_app/studiosession/{waiting.pk}/move/", FORM | {"room": waiting.room_id, "reason": ""}
    )

    assert page.status_code == 409
    assert "First" in page.content.decode()
    assert places() == before


@every_one
def test_the_calendar(office, waiting):
    before = places()

    answer = office.post(
        "/admin/calendar/move/",
        {"session": waiting.pk, "seen_at": waiting.updated_at.isoformat(), "starts_at": "2090-06-06T16:00:00"},
    )

    assert answer.status_code == 409
    assert "First" in answer.content.decode()
    assert places() == before


@every_one
def test_the_shell_by_the_services(wanted, waiting):
    before = places()

    for act in (
        lambda: bookings.book_session(room=wanted["room"], **crew(wanted), **MEANWHILE),
        lambda: bookings.move_session(session=waiting, actor=None, now=NOW, **SLOT),
        lambda: series.book_series(
            title="Weekly",
            rule=Rule("WEEKLY", count=3),
            starts_on=date(2090, 5, 30) + timedelta(days=7),
            start_time=time(16),
            length_minutes=120,
            room=wanted["room"],
            actor=None,
            now=NOW,
            **crew(wanted),
        ),
    ):
        with pytest.raises(DomainError) as refused, transaction.atomic():
            act()
        assert str(refused.value)
    assert places() == before


def test_holds_and_requests(cast, first):
    before = places()

    for act in (
        lambda: holds.place_hold(room=cast["room"], expires_at=NOW + timedelta(hours=1), **MEANWHILE),
        lambda: requests.request_session(room=cast["room"], awaits="approval", **MEANWHILE),
    ):
        with pytest.raises(DomainError, match="taken"), transaction.atomic():
            act()
    assert places() == before


# Doors that know no service -------------------------------------------------------------------------------


def test_the_shell_by_the_models(cast, first):
    before = places()

    with pytest.raises(IntegrityError, match="sessions_room_free"), transaction.atomic():
        StudioSession.objects.create(
            title="Second",
            room=cast["room"],
            blocked_from=SLOT["starts_at"],
            blocked_to=SLOT["ends_at"],
            **SLOT,
        )
    first.pk = None
    with pytest.raises(IntegrityError, match="sessions_room_free"), transaction.atomic():
        first.save(force_insert=True)
    assert places() == before


@every_one
def test_raw_sql_that_moves(waiting):
    before = places()

    with pytest.raises(IntegrityError, match="free") as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sessions SET (starts_at, blocked_from, ends_at, blocked_to) = (%(from)s, %(from)s, %(to)s, %(to)s)"
            " WHERE id = %(id)s",
            {"from": SLOT["starts_at"], "to": SLOT["ends_at"], "id": waiting.pk},
        )
    assert refused.value.__cause__.sqlstate == "23P01"
    assert places() == before


@pytest.mark.parametrize("status", ["requested", "scheduled", "in_progress", "completed", "no_show"])
def test_raw_sql_that_books(cast, first, status):
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sessions"
            " (title, room_id, starts_at, ends_at, blocked_from, blocked_to, status, hold_expires_at)"
            " VALUES ('Second', %s, %s, %s, %s, %s, %s, now())",
            [cast["room"].pk, *SLOT.values(), *SLOT.values(), status],
        )
    assert refused.value.__cause__.sqlstate == "23P01"


def test_what_has_gone_is_in_nobodys_way(cast, first):
    bookings.cancel_session(session=first, reason="", actor=None, now=NOW)

    second = bookings.book_session(room=cast["room"], **crew(cast), **MEANWHILE)

    assert second.room == cast["room"]
    assert second.assignments.count() == 2

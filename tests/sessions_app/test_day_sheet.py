"""The sheet of a day: who comes, what is free, and who sees what is owed."""

import html
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from sessions_app.models import Client, StudioSession
from sessions_app.selectors.day_sheet import day_sheet
from sessions_app.services import attendance, opening_hours
from tests.factories import NOW, ClientFactory, HoldFactory, RoomFactory, SessionFactory, UserFactory
from tests.staff import account, signed_in

PARIS = ZoneInfo("Europe/Paris")
TUESDAY = date(2026, 6, 2)
TEN = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)  # 10:00 in Paris
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


def sheet(day=TUESDAY):
    return day_sheet(day=day, zone=PARIS)


@pytest.fixture(autouse=True)
def _in_paris():
    with timezone.override(PARIS):
        yield


def times(part):
    return [(line.time, line.session.title if line.session else None) for line in part.lines]


def test_rooms_stand_in_order_with_sessions_and_gaps():
    quiet, busy = RoomFactory(name="Studio B"), RoomFactory(name="Studio A", setup_minutes=30, teardown_minutes=30)
    SessionFactory(title="Late", room=busy, starts_at=TEN + 8 * HOUR)
    SessionFactory(title="Early", room=busy, starts_at=TEN)
    SessionFactory(title="Remote mix", room=None, starts_at=TEN)
    RoomFactory(name="Storage", is_active=False)

    made = sheet()

    assert [part.room for part in made.rooms] == [busy, quiet, None]
    assert times(made.rooms[0]) == [
        ("09:00-09:30", None),
        ("10:00-12:00", "Early"),
        ("12:30-17:30", None),
        ("18:00-20:00", "Late"),
        ("20:30-24:00", None),
    ]
    assert times(made.rooms[1]) == [("09:00-24:00", None)]
    assert times(made.rooms[2]) == [("10:00-12:00", "Remote mix")]
    assert (list(made.hours), made.count) == (["09:00-24:00"], 3)


def test_a_hold_that_waits_leaves_the_room_free_and_a_first_one_does_not(room):
    HoldFactory(title="First", room=room, starts_at=TEN - HOUR)
    HoldFactory(title="Second", room=room, starts_at=TEN - HOUR)

    assert times(sheet().rooms[0]) == [("09:00-11:00", "First"), ("09:00-11:00", "Second"), ("11:00-24:00", None)]


def test_a_closed_day_says_why_and_has_no_gaps(room):
    opening_hours.add_closure(starts_on=TUESDAY, ends_on=TUESDAY, reason="Stocktaking", actor=None, now=NOW)

    made = sheet()

    assert (list(made.hours), made.closed_because, times(made.rooms[0])) == ([], "Stocktaking", [])


def test_people_are_called_by_name_and_by_address_where_two_share_it():
    ada, bo, other = (
        UserFactory(name=name, email=email)
        for name, email in (("Ada", "ada@example.org"), ("Bo", "bo@example.org"), ("Ada", "ada@example.com"))
    )
    SessionFactory(starts_at=TEN, engineers=[ada, bo])
    people = [line.people for part in sheet().rooms for line in part.lines if line.session]
    assert people == [("Ada", "Bo")]

    SessionFactory(starts_at=TEN + 3 * HOUR, engineers=[other])
    people = [line.people for part in sheet().rooms for line in part.lines if line.session]
    assert sorted(people) == [("Ada <ada@example.com>",), ("Ada <ada@example.org>", "Bo")]


def test_a_line_says_phone_lateness_and_what_is_open(room, desk):
    client = ClientFactory(phones=[{"type": "home", "value": "+33 1 23"}])
    Client.objects.filter(pk=client.pk).update(balance_due=Decimal(50))
    session = SessionFactory(room=room, client=client, starts_at=TEN, total=Decimal(100))
    attendance.check_in(session=session, actor=desk, now=TEN + timedelta(minutes=11))

    line = next(line for line in sheet().rooms[0].lines if line.session)

    assert (line.phone, line.is_late, line.has_balance, line.lacks_deposit) == ("+33 1 23", True, True, True)


@pytest.mark.parametrize("count", [1, 4])
def test_the_sheet_asks_the_same_for_any_number(count, django_assert_num_queries):
    for number in range(count):
        SessionFactory(client=ClientFactory(), starts_at=TEN + number * HOUR)

    with django_assert_num_queries(6):
        sheet()


# The page -----------------------------------------------------------------------------------------


@pytest.fixture
def office(web, studio):
    return signed_in(web, account("owner"))


def shown(browser, day):
    response = browser.get("/admin/day-sheet/", {"day": day})
    return response.status_code, " ".join(html.unescape(response.content.decode()).split())


def test_the_page_shows_a_day_and_money_only_to_whom_it_is_shown(office, room, client_):
    Client.objects.filter(pk=client_.pk).update(balance_due=Decimal(50), phone="+33 1 99")
    SessionFactory(title="<b>Drums</b>", room=room, client=client_, starts_at=TEN, notes="Bring tape\nand tea")

    status, page = shown(office, "2026-06-02")

    assert status == 200
    assert "&lt;b&gt;Drums" not in page  # unescaped by the test; the page itself escapes
    for part in ("Tuesday 2 June 2026", "Open 09:00-24:00.", "Mina Morel", "+33 1 99", "owes 50.00 EUR", "Bring tape"):
        assert part in page


@pytest.mark.parametrize("day", ["", "x", "2026-02-30", "0001-01-01", "9999-12-31", "2026-06-02' OR 1=1"])
def test_an_odd_day_shows_today(office, day):
    assert shown(office, day)[0] == 200


def test_one_tap_checks_in_and_comes_back_to_the_sheet(office, room):
    session = SessionFactory(room=room)
    now = timezone.now().replace(microsecond=0)
    times = {"starts_at": now, "ends_at": now + HOUR, "blocked_from": now, "blocked_to": now + HOUR}
    StudioSession.objects.filter(pk=session.pk).update(**times)

    response = office.post(f"/admin/sessions_app/studiosession/{session.pk}/check-in/", {"next": "day-sheet"})

    assert response["Location"] == f"/admin/day-sheet/?day={now.astimezone(PARIS).date()}"
    session.refresh_from_db()
    assert session.checked_in_at is not None


def test_who_sees_only_own_sessions_has_no_sheet_of_the_house(web, studio):
    assert shown(signed_in(web, account("trainer")), "2026-06-02")[0] == 403

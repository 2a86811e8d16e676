"""Today by the hour, the week by room: what stands where, with the same queries for any number of sessions."""

import html
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from sessions_app.models import Room, StudioSession
from sessions_app.selectors import dashboard
from studio.office.models import Closure
from tests.factories import NOW, ClientFactory, HoldFactory, RoomFactory, SessionFactory
from tests.staff import account, signed_in

PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 6, 1)  # a Monday; NOW is 08:00 of it in Paris
CALENDAR = "/admin/calendar/list/"

pytestmark = pytest.mark.django_db


def local(hour, minute=0, day=TODAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def booked(room, start, hours, **facts):
    starts_at = local(start, day=facts.pop("day", TODAY))
    return SessionFactory(room=room, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours), **facts)


def text(response):
    return html.unescape(response.content.decode())


# A day by the hour ------------------------------------------------------------------------------------


def plan(day=TODAY, now=NOW):
    return dashboard.calendar_day(day=day, zone=PARIS, now=now)


def test_a_quiet_day_shows_the_hours_of_the_house(room):
    shown = plan()

    assert [f"{hour.astimezone(PARIS):%H:%M}" for hour in shown.hours] == [f"{hour:02}:00" for hour in range(9, 24)]
    assert [(row.room, list(row.blocks)) for row in shown.rows] == [(room, [])]
    assert shown.is_open is True


def test_blocks_stand_where_their_time_is(room):
    drums = booked(room, 10, 2)
    voice = SessionFactory(room=room, starts_at=local(13, 30), ends_at=local(14, 15))

    (row,) = plan().rows

    assert [(block.session.pk, block.first, block.length, block.lane) for block in row.blocks] == [
        (drums.pk, 4, 8, 0),
        (voice.pk, 18, 3, 0),
    ]


def test_a_session_over_midnight_ends_with_the_day(room):
    StudioSession.objects.filter(pk=booked(room, 22, 2).pk).update(
        ends_at=local(2, day=TODAY + timedelta(days=1)), blocked_to=local(2, day=TODAY + timedelta(days=1))
    )

    first, second = plan(), plan(TODAY + timedelta(days=1))

    assert [(block.first, block.length) for block in first.rows[0].blocks] == [(52, 8)]
    assert [f"{second.hours[0].astimezone(PARIS):%H:%M}", second.rows[0].blocks[0].length] == ["00:00", 8]


def test_kept_overlaps_lie_above_each_other(room):
    booked(room, 10, 3)
    kept = booked(room, 14, 3)
    StudioSession.objects.filter(pk=kept.pk).update(
        overlap_kept=True, starts_at=local(11), ends_at=local(14), blocked_from=local(11), blocked_to=local(14)
    )

    (row,) = plan().rows

    assert ([block.lane for block in row.blocks], row.lanes) == ([0, 1], 2)


def test_both_of_an_overlapping_pair_are_marked(office, room):
    first, kept, cancelled = booked(room, 10, 3, title="Drums"), booked(room, 14, 1), booked(room, 16, 1)
    apart, elsewhere = booked(room, 18, 1), SessionFactory(room=None, starts_at=local(10), ends_at=local(13))
    inside = {"starts_at": local(11), "ends_at": local(14), "blocked_from": local(11), "blocked_to": local(14)}
    StudioSession.objects.filter(pk=kept.pk).update(overlap_kept=True, **inside)
    StudioSession.objects.filter(pk=cancelled.pk).update(status="cancelled", **inside)

    entries = [block.entry for row in plan().rows for block in row.blocks]
    listed = text(office.get("/admin/sessions_app/studiosession/"))

    assert {entry.session.pk: entry.is_overlapped for entry in entries} == {
        first.pk: True,
        kept.pk: False,
        apart.pk: False,
        elsewhere.pk: False,
    }
    assert listed.count("scheduled, overlaps") == 2
    assert text(office.get(CALENDAR, {"day": "2026-06-01"})).count(">overlaps<") == 2
    assert text(office.get(CALENDAR, {"day": "2026-06-01", "view": "day"})).count(">overlaps<") == 2


def test_work_elsewhere_stands_in_a_row_of_its_own(room):
    SessionFactory(room=None, title="On location", starts_at=local(10), ends_at=local(12))

    assert [row.room for row in plan().rows] == [room, None]


def test_a_room_out_of_use_shows_while_it_has_sessions(room):
    booked(room, 10, 2)
    idle = RoomFactory(name="Attic")
    Room.objects.update(is_active=False)

    assert [row.room for row in plan().rows] == [room]
    assert idle not in [row.room for row in plan(TODAY + timedelta(days=1)).rows]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 15), (date(2026, 10, 25), 15)], ids=["clocks forward", "clocks back"]
)
def test_the_hours_of_a_clock_change_are_those_of_the_wall(room, day, hours):
    shown = plan(day, now=local(8, day=day))

    assert [f"{shown.hours[0].astimezone(PARIS):%H:%M}", len(shown.hours)] == ["09:00", hours]


def test_now_is_marked_on_its_own_day_only(room):
    assert plan(now=local(10, 40)).now_column == 6
    assert plan(now=local(8)).now_column is None
    assert plan(TODAY + timedelta(days=1), now=local(10, 40)).now_column is None


# The week by room -------------------------------------------------------------------------------------


def test_a_week_has_seven_days_of_one_cell_per_room(room):
    other = RoomFactory(name="Studio B")
    drums = booked(room, 10, 2, day=date(2026, 6, 3))
    Closure.objects.create(starts_on=date(2026, 6, 4), ends_on=date(2026, 6, 4), reason="Holiday")

    week = dashboard.calendar_week(monday=date(2026, 6, 5), zone=PARIS, now=local(8, day=date(2026, 6, 2)))

    assert (week.monday, week.sunday, week.before, week.after) == (
        date(2026, 6, 1),
        date(2026, 6, 7),
        date(2026, 5, 25),
        date(2026, 6, 8),
    )
    assert week.rooms == [room, other]
    assert [[[entry.session.pk for entry in cell.entries] for cell in cells] for _day, cells in week.days][2] == [
        [drums.pk],
        [],
    ]
    assert [cells[0].is_open for _day, cells in week.days] == [True, True, True, False, True, True, True]
    assert [cells[0].is_past for _day, cells in week.days][:3] == [True, False, False]
    assert [cells[0].is_today for _day, cells in week.days][:3] == [False, True, False]
    assert week.count == 1


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        (2, ["17:00-19:00"]),
        (7, ["17:00-24:00"]),
        (9, ["17:00-02:00", "until 02:00, since yesterday 17:00"]),
        (43, ["from 17:00", "all day", "until 12:00, since Mon 1 Jun 2026, 17:00"]),
        (55, ["from 17:00", "all day", "all day"]),
    ],
    ids=["an evening", "to midnight", "a night", "to the third day's noon", "to the third day's midnight"],
)
def test_each_day_shows_its_own_part_of_a_session(hours, shown):
    SessionFactory(room=None, starts_at=local(17), ends_at=local(17) + timedelta(hours=hours))
    week = dashboard.calendar_week(monday=TODAY, zone=PARIS, now=NOW)
    days = [dashboard.calendar_day(day=TODAY + timedelta(days=number), zone=PARIS, now=NOW) for number in range(3)]

    with timezone.override(PARIS):
        assert [entry.time for _day, cells in week.days for entry in cells[-1].entries] == shown
        assert [block.entry.time for day in days for row in day.rows for block in row.blocks] == shown


def test_what_waits_is_counted(room):
    far = {"starts_at": local(10, day=date(2026, 6, 2))}
    SessionFactory(client=ClientFactory(), **far)
    HoldFactory(**far)
    requested = HoldFactory(**far)
    StudioSession.objects.filter(pk=requested.pk).update(status="requested")
    past = booked(room, 10, 1)
    times = {name: getattr(past, name) - timedelta(days=2) for name in ("starts_at", "ends_at")}
    blocked = {"blocked_from": times["starts_at"], "blocked_to": times["ends_at"]}
    StudioSession.objects.filter(pk=past.pk).update(**times, **blocked)
    kept = booked(room, 15, 1)
    StudioSession.objects.filter(pk=kept.pk).update(overlap_kept=True)

    board = dashboard.dashboard(zone=PARIS, now=NOW)

    assert board.figures == dashboard.Figures(
        today=1, week=4, requests=1, holds=1, no_engineer=2, no_project=2, to_settle=1, to_complete=1, off_clock=0
    )
    assert board.requests == [requested]


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_asks_as_much_for_many_sessions(room, count, django_assert_num_queries, no_lazy_loading):
    names = [booked(room, 9 + 2 * number, 2, client=ClientFactory()).client.name for number in range(count)]

    with django_assert_num_queries(7):
        board = dashboard.dashboard(zone=PARIS, now=NOW)
        assert [each.session.client for each in board.plan.rows[0].blocks] == names


# Pages ------------------------------------------------------------------------------------------------


@pytest.fixture
def far_week(room):
    """A session in a week that is always ahead."""
    starts_at = datetime(2090, 6, 6, 13, 0, tzinfo=UTC)
    return SessionFactory(title="Drums", room=room, starts_at=starts_at, client=ClientFactory(name="Mina Morel"))


def test_the_calendar_shows_a_week_with_links_to_open_and_to_book(office, far_week, room):
    shown = text(office.get(CALENDAR, {"day": "2090-06-08"}))

    assert "5 June - 11 June 2090" in shown
    assert "All times in Europe/Paris." in shown
    assert f'href="/admin/sessions_app/studiosession/{far_week.pk}/change/"' in shown
    assert "15:00-17:00" in shown
    assert f"/admin/sessions_app/studiosession/add/?room={room.pk}&day=2090-06-07" in shown
    assert 'href="?day=2090-05-29"' in shown
    assert 'href="?day=2090-06-12"' in shown


def test_a_week_of_two_years_names_both(office, room):
    assert "28 December 2026 - 3 January 2027" in text(office.get(CALENDAR, {"day": "2027-01-01"}))


def test_the_calendar_says_since_when_a_night_lasts(office, room):
    starts_at = datetime(2090, 6, 6, 15, 0, tzinfo=UTC)
    SessionFactory(room=None, starts_at=starts_at, ends_at=starts_at + timedelta(hours=9))

    for asked in ({"day": "2090-06-06"}, {"day": "2090-06-07", "view": "day"}):
        assert "until 02:00, since yesterday 17:00" in text(office.get(CALENDAR, asked))


def test_the_calendar_shows_a_day_by_the_hour(office, far_week):
    shown = text(office.get(CALENDAR, {"day": "2090-06-06", "view": "day"}))

    assert "Tuesday 6 June 2090" in shown
    assert "--first: 24; --length: 8; --lane: 0" in shown
    assert 'href="?day=2090-06-05&view=day"' in shown


@pytest.mark.parametrize("day", ["", "x", "2090-02-30", "0001-01-01", "9999-12-31", "2090-6-6"])
def test_an_odd_day_shows_a_calendar_all_the_same(office, room, day):
    assert office.get(CALENDAR, {"day": day}).status_code == 200
    assert office.get(CALENDAR, {"day": day, "view": "day"}).status_code == 200


def test_who_may_only_look_is_offered_no_booking(web, far_week, studio):
    browser = signed_in(web, account("read_only"))

    assert "/add/?room=" not in text(browser.get(CALENDAR, {"day": "2090-06-06"}))
    assert "Book a session" not in text(browser.get("/admin/"))


def test_who_sees_their_own_sessions_only_has_no_board_of_the_house(web, far_week, studio):
    browser = signed_in(web, account("trainer"))

    assert browser.get(CALENDAR, {"day": "2090-06-06"}).status_code == 403
    first_page = browser.get("/admin/")
    shown = [panel["template"] for panel in first_page.context["panels"]]
    own = ["training/admin/desk_panel.html", "admin/_figures.html", "training/admin/certificates_panel.html"]
    assert (first_page.status_code, shown) == (200, own)
    assert "Calendar" not in text(first_page)


def test_the_first_page_shows_the_board_of_today(office, room):
    shown = text(office.get("/admin/"))

    assert "requests awaiting" in shown
    assert "This week" in shown
    assert "Book a session" in shown


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("/admin/", 28), (CALENDAR, 7)])
def test_a_page_asks_as_much_for_many_sessions(office, room, count, path, queries, django_assert_num_queries):
    now = timezone.now()
    for number in range(count):
        SessionFactory(room=None, starts_at=now + timedelta(minutes=number), client=ClientFactory(), now=now)
    office.get(path)

    with django_assert_num_queries(queries):
        office.get(path)

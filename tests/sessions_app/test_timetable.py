"""Days and weeks, on the wall clock of the studio."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions_app.selectors import timetable
from sessions_app.services import bookings
from studio.clock import WallTimeSkipped, instant
from tests.factories import NOW, ProjectFactory, SessionFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 6, 1)


def test_week_has_seven_days_in_order_with_their_sessions(room):
    late = SessionFactory(room=room, starts_at=datetime(2026, 6, 2, 20, 0, tzinfo=UTC))
    early = SessionFactory(starts_at=datetime(2026, 6, 2, 8, 0, tzinfo=UTC))

    week = timetable.week_timetable(week_starts_on=MONDAY, zone=PARIS)

    assert [day.day for day in week] == [MONDAY + timedelta(days=n) for n in range(7)]
    assert [[each.pk for each in day.sessions] for day in week] == [[], [early.pk, late.pk], [], [], [], [], []]


def test_session_over_midnight_stands_in_both_days():
    night = datetime(2026, 6, 2, 21, 0, tzinfo=UTC)  # 23:00 in Paris
    session = SessionFactory(room=None, kind="location", starts_at=night)

    week = timetable.week_timetable(week_starts_on=MONDAY, zone=PARIS)

    assert [bool(day.sessions) for day in week] == [False, True, True, False, False, False, False]
    assert week[1].sessions == week[2].sessions
    assert [each.pk for each in week[1].sessions] == [session.pk]


def test_cancelled_session_is_not_on_the_timetable(room):
    session = SessionFactory(room=room)
    bookings.cancel_session(session=session, reason="", actor=None, now=NOW)

    assert timetable.day_timetable(day=date(2026, 6, 2), zone=PARIS).sessions == ()


def test_setup_alone_does_not_put_a_session_into_a_day(room):
    room.setup_minutes = 120
    room.save(update_fields=["setup_minutes"])
    night = datetime(2026, 6, 2, 7, 0, tzinfo=UTC)
    SessionFactory(room=room, starts_at=night)

    assert timetable.sessions_between(night - timedelta(hours=1), night).count() == 0
    assert timetable.sessions_between(night, night + timedelta(hours=1)).count() == 1


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_of_clock_change_have_their_real_length(day, hours):
    found = timetable.day_timetable(day=day, zone=PARIS)

    assert found.ends_at - found.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize("item_count", [1, 3])
def test_week_is_one_query(item_count, django_assert_num_queries, no_lazy_loading):
    projects = [ProjectFactory() for _number in range(item_count)]
    for number, project in enumerate(projects):
        SessionFactory(project=project, client=project.client, starts_at=datetime(2026, 6, 2 + number, 8, tzinfo=UTC))

    with django_assert_num_queries(1):
        week = timetable.week_timetable(week_starts_on=MONDAY, zone=PARIS)
        seen = [(s.client, s.project_id, s.get_status_display()) for day in week for s in day.sessions]

    assert seen == [(str(each.client), each.pk, "scheduled") for each in projects]


def test_booking_in_a_skipped_hour_is_refused_by_the_clock():
    with pytest.raises(WallTimeSkipped, match="Sun 29 Mar 2026, 02:30 does not exist in Europe/Paris"):
        instant(datetime.combine(date(2026, 3, 29), time(2, 30)), PARIS)


def test_both_of_a_doubled_hour_can_be_booked(room):
    now = datetime(2026, 10, 1, tzinfo=UTC)
    wall = datetime.combine(date(2026, 10, 25), time(2, 30))
    first, second = instant(wall, PARIS), instant(wall.replace(fold=1), PARIS)

    for start in (first, second):
        SessionFactory(room=room, kind="blocker", starts_at=start, ends_at=start + timedelta(minutes=30), now=now)

    assert second - first == timedelta(hours=1)
    assert len(timetable.day_timetable(day=date(2026, 10, 25), zone=PARIS).sessions) == 2

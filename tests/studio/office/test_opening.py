"""Opening hours as instants; no database but for the last tests."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from studio.office.models import Closure, OpeningHours
from studio.office.selectors.opening import OpeningCalendar, Period, opening_periods

SINCE_EVER = date(2000, 1, 1)
PARIS = ZoneInfo("Europe/Paris")
SUNDAY_OF_SPRING, SUNDAY_OF_AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def hours(opens, closes, weekday=None, effective_from=SINCE_EVER):
    """Return rules for one weekday, or for all."""
    days = range(7) if weekday is None else [weekday]
    return [OpeningHours(weekday=d, opens=opens, closes=closes, effective_from=effective_from) for d in days]


def calendar(*rules, closures=(), zone=PARIS):
    return OpeningCalendar([rule for group in rules for rule in group], closures, zone)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_day_is_open_in_wall_time():
    house = calendar(hours(540, 1440))

    assert house.periods(date(2026, 6, 1)) == [Period(at(2026, 6, 1, 7), at(2026, 6, 1, 22))]
    assert house.periods(date(2026, 1, 5)) == [Period(at(2026, 1, 5, 8), at(2026, 1, 5, 23))]


@pytest.mark.parametrize(
    ("day", "length"),
    [(SUNDAY_OF_SPRING, 23), (date(2026, 6, 1), 24), (SUNDAY_OF_AUTUMN, 25)],
    ids=["spring", "summer", "autumn"],
)
def test_whole_day_has_the_hours_the_clocks_give_it(day, length):
    (period,) = calendar(hours(0, 1440)).periods(day)

    assert period.ends_at - period.starts_at == timedelta(hours=length)


def test_night_of_the_clock_change_ends_at_the_wall_time():
    night = hours(22 * 60, 28 * 60)

    (spring,) = calendar(night).periods(SUNDAY_OF_SPRING - timedelta(days=1))
    (autumn,) = calendar(night).periods(SUNDAY_OF_AUTUMN - timedelta(days=1))

    assert spring.ends_at.astimezone(PARIS).hour == autumn.ends_at.astimezone(PARIS).hour == 4
    assert (spring.ends_at - spring.starts_at, autumn.ends_at - autumn.starts_at) == (
        timedelta(hours=5),
        timedelta(hours=7),
    )


def test_skipped_hour_moves_forward_and_doubled_one_is_the_first():
    opening_in_the_gap = calendar(hours(150, 600)).periods(SUNDAY_OF_SPRING)
    opening_twice = calendar(hours(150, 600)).periods(SUNDAY_OF_AUTUMN)

    assert opening_in_the_gap[0].starts_at == at(2026, 3, 29, 1, 30)  # 03:30
    assert opening_twice[0].starts_at == at(2026, 10, 25, 0, 30)  # 02:30, summer time


def test_hours_swallowed_by_the_gap_are_none():
    assert calendar(hours(165, 195)).periods(SUNDAY_OF_SPRING) == []  # 02:45 moves behind 03:15


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "Asia/Kathmandu", "America/Asuncion", "Africa/Casablanca"])
def test_every_day_of_ten_years_is_whole(zone):
    house = calendar(hours(0, 1440), zone=ZoneInfo(zone))
    day, last = date(2025, 1, 1), date(2035, 1, 1)
    (period,) = house.periods(day)

    while day < last:
        day += timedelta(days=1)
        (following,) = house.periods(day)
        assert following.starts_at == period.ends_at, day
        period = following


def test_newest_hours_in_force_count():
    house = calendar(hours(540, 1440), hours(600, 720, effective_from=date(2026, 6, 8)))

    assert [period.starts_at for period in house.periods(date(2026, 6, 7))] == [at(2026, 6, 7, 7)]
    assert [period.starts_at for period in house.periods(date(2026, 6, 8))] == [at(2026, 6, 8, 8)]


def test_closed_weekday_and_weekday_without_hours_have_none():
    house = calendar(hours(None, None, weekday=0))

    assert (house.periods(date(2026, 6, 1)), house.periods(date(2026, 6, 2))) == ([], [])


def test_two_stretches_of_a_day_come_in_order():
    house = calendar(hours(840, 1080), hours(540, 720))

    assert [period.starts_at.hour for period in house.periods(date(2026, 6, 1))] == [7, 12]


def test_closure_closes_its_days_and_the_nights_that_begin_in_them():
    closed = Closure(starts_on=date(2026, 6, 2), ends_on=date(2026, 6, 3))
    house = calendar(hours(1200, 1560), closures=[closed])

    assert [len(house.periods(date(2026, 6, day))) for day in (1, 2, 3, 4)] == [1, 0, 0, 1]
    assert house.is_open(at(2026, 6, 1, 23), at(2026, 6, 2, 0))  # Monday's night runs into the closed day
    assert not house.is_open(at(2026, 6, 3, 23), at(2026, 6, 4, 0))


def test_days_that_meet_at_midnight_are_one_period():
    house = calendar(hours(0, 1440))

    assert house.is_open(at(2026, 6, 1, 20), at(2026, 6, 4, 20))
    assert len(house.periods_between(at(2026, 6, 1, 20), at(2026, 6, 4, 20))) == 1


def test_hole_of_an_hour_closes_a_long_stretch():
    house = calendar(hours(60, 1440))

    assert not house.is_open(at(2026, 6, 1, 20), at(2026, 6, 2, 20))
    assert house.is_open(at(2026, 6, 1, 12), at(2026, 6, 1, 22))


@pytest.mark.django_db
def test_opening_periods_reads_the_tables(studio, django_assert_num_queries):
    OpeningHours.objects.all().delete()
    OpeningHours.objects.bulk_create(hours(540, 1440))
    Closure.objects.create(starts_on=date(2026, 6, 2), ends_on=date(2026, 6, 2))

    with django_assert_num_queries(2):
        assert opening_periods(date(2026, 6, 1), PARIS) == [Period(at(2026, 6, 1, 7), at(2026, 6, 1, 22))]
    assert opening_periods(date(2026, 6, 2), PARIS) == []

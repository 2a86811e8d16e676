"""Wall times and instants, over every change of the clocks from 2025 to 2035."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from studio.clock import (
    WallTimeSkipped,
    instant,
    instant_moved_forward,
    is_doubled,
    is_skipped,
    local_day,
    local_midnight,
)

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Asuncion",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
)
FIRST, LAST = date(2025, 1, 1), date(2035, 12, 31)
HALF_HOUR = timedelta(minutes=30)
A_DAY = timedelta(days=1)


def every_day():
    return [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]


def days_around_changes(zone):
    """Return the days on which the clocks change, with their neighbours."""
    changes = {day for day in every_day() if offset(day, zone) != offset(day + A_DAY, zone)}
    return sorted(day + timedelta(days=shift) for day in changes for shift in (-1, 0, 1))


def offset(day, zone):
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset()


def half_hours(days):
    for day in days:
        midnight = datetime.combine(day, time.min)
        yield from (midnight + number * HALF_HOUR for number in range(48))


def faults(days, zone, instant=instant):
    """Return the wall times that neither come back as they were nor are refused."""
    return [wall for wall in half_hours(days) if shifts(wall, zone, instant)]


def shifts(wall, zone, instant):
    try:
        there = [instant(wall.replace(fold=fold), zone) for fold in (0, 1)]
    except WallTimeSkipped:
        return not is_skipped(wall, zone)
    back = [each.astimezone(zone).replace(tzinfo=None, fold=0) for each in there]
    return back != [wall, wall] or (there[0] != there[1]) != is_doubled(wall, zone)


@pytest.mark.parametrize("name", ZONES)
def test_no_wall_time_shifts_silently_around_a_change(name):
    zone = ZoneInfo(name)
    assert faults(days_around_changes(zone), zone) == []


@pytest.mark.long
@pytest.mark.parametrize("name", ZONES)
def test_no_wall_time_shifts_silently_in_eleven_years(name):
    assert faults(every_day(), ZoneInfo(name)) == []


def test_a_conversion_that_shifts_silently_is_found():
    zone = ZoneInfo("Europe/Berlin")
    assert len(faults(days_around_changes(zone), zone, instant=instant_moved_forward)) >= 2 * 11


@pytest.mark.parametrize(
    ("zone", "wall", "moved"),
    [
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 03:30"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-04 02:45"),
        ("America/Asuncion", "2024-10-06 00:00", "2024-10-06 01:00"),
        ("Pacific/Apia", "2011-12-30 15:00", "2011-12-31 15:00"),
    ],
)
def test_a_skipped_time_is_refused_or_moves_by_the_gap(zone, wall, moved):
    zone, wall = ZoneInfo(zone), datetime.fromisoformat(wall)
    with pytest.raises(WallTimeSkipped, match="does not exist"):
        instant(wall, zone)
    assert instant_moved_forward(wall, zone).astimezone(zone).replace(tzinfo=None) == datetime.fromisoformat(moved)


def test_a_day_begins_at_its_first_instant():
    zone = ZoneInfo("America/Asuncion")
    midnight = local_midnight(date(2024, 10, 6), zone)

    assert midnight == datetime(2024, 10, 6, 1, tzinfo=zone)
    assert local_day(midnight, zone) == date(2024, 10, 6)
    assert local_day(midnight - timedelta(seconds=1), zone) == date(2024, 10, 5)

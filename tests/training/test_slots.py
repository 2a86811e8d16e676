"""The slots of a day, on every kind of day the clocks know; no database but for the last tests."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from studio.office.models import Closure, OpeningHours, StudioProfile
from studio.office.selectors.opening import OpeningCalendar
from studio.office.services import profile
from training.selectors.slots import day_slots, slots_of

SINCE_EVER = date(2000, 1, 1)
HALF_HOUR = timedelta(minutes=30)
MONDAY = date(2026, 6, 1)


def hours(opens, closes, effective_from=SINCE_EVER, weekdays=range(7)):
    return [OpeningHours(weekday=d, opens=opens, closes=closes, effective_from=effective_from) for d in weekdays]


def slots(day, *rules, closures=(), zone="Europe/Paris", length=HALF_HOUR):
    calendar = OpeningCalendar([rule for group in rules for rule in group], closures, ZoneInfo(zone))
    return slots_of(day, calendar, length)


def labels(found):
    return [slot.label for slot in found.slots]


@pytest.mark.parametrize(
    ("opens", "closes", "length", "count", "first", "last"),
    [
        (540, 1440, 30, 30, "09:00-09:30", "23:30-24:00"),
        (570, 1320, 30, 25, "09:30-10:00", "21:30-22:00"),  # the minutes of the opening count
        (555, 605, 30, 1, "09:15-09:45", "09:15-09:45"),  # what is left over is no slot
        (540, 1080, 45, 12, "09:00-09:45", "17:15-18:00"),
        (1320, 1560, 30, 8, "22:00-22:30", "01:30-02:00"),  # past midnight
        (0, 1440, 60, 24, "00:00-01:00", "23:00-24:00"),
        (540, 560, 30, 0, None, None),
    ],
)
def test_slots_follow_the_opening_minutes(opens, closes, length, count, first, last):
    found = slots(MONDAY, hours(opens, closes), length=timedelta(minutes=length))

    assert len(found.slots) == count
    assert (labels(found) or [None])[:: max(count - 1, 1)] == ([first, last] if count > 1 else [first])
    assert bool(found.closed_because) is (count == 0)


def test_slots_of_a_long_day_touch_and_a_pause_lies_between_two_periods():
    found = slots(MONDAY, hours(480, 600), hours(840, 930))

    assert labels(found) == [
        "08:00-08:30", "08:30-09:00", "09:00-09:30", "09:30-10:00", "14:00-14:30", "14:30-15:00", "15:00-15:30",
    ]  # fmt: skip
    assert [slot.ends_at for slot in found.slots[:3]] == [slot.starts_at for slot in found.slots[1:4]]


def test_hours_in_force_are_the_newest_that_have_begun():
    rules = hours(540, 1440), hours(600, 720, effective_from=date(2026, 6, 8))

    assert [len(slots(day, *rules).slots) for day in (date(2026, 6, 7), date(2026, 6, 8))] == [30, 4]


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes", "expected"),
    [
        # 02:00-03:00 is skipped: three wall hours are two real ones.
        (
            "Europe/Paris",
            date(2026, 3, 29),
            60,
            240,
            ["01:00-01:30", "01:30-03:00 (UTC+01:00 - UTC+02:00)", "03:00-03:30", "03:30-04:00"],
        ),
        (
            "Europe/Paris",
            date(2026, 10, 25),
            90,
            210,
            [
                "01:30-02:00 (UTC+02:00)",
                "02:00-02:30 (UTC+02:00)",
                "02:30-02:00 (UTC+02:00 - UTC+01:00)",
                "02:00-02:30 (UTC+01:00)",
                "02:30-03:00 (UTC+01:00)",
                "03:00-03:30",
            ],
        ),
        # Before Ramadan the clocks go back, after it forward.
        (
            "Africa/Casablanca",
            date(2026, 2, 15),
            150,
            210,
            [
                "02:30-02:00 (UTC+01:00 - UTC+00:00)",
                "02:00-02:30 (UTC+00:00)",
                "02:30-03:00 (UTC+00:00)",
                "03:00-03:30",
            ],
        ),
        (
            "Africa/Casablanca",
            date(2026, 3, 22),
            90,
            210,
            ["01:30-03:00 (UTC+00:00 - UTC+01:00)", "03:00-03:30"],
        ),
        # Midnight itself is skipped: the day begins at 01:00.
        ("America/Asuncion", date(2024, 10, 6), 0, 120, ["01:00-01:30", "01:30-02:00"]),
        (
            "America/Asuncion",
            date(2024, 10, 5),
            1380,
            1440,
            ["23:00-23:30", "23:30-01:00 (UTC-04:00 - UTC-03:00)"],
        ),
        # Half an hour is skipped, half an hour comes twice.
        (
            "Australia/Lord_Howe",
            date(2026, 10, 4),
            90,
            180,
            ["01:30-02:30 (UTC+10:30 - UTC+11:00)", "02:30-03:00"],
        ),
        (
            "Australia/Lord_Howe",
            date(2026, 4, 5),
            60,
            150,
            [
                "01:00-01:30 (UTC+11:00)",
                "01:30-01:30 (UTC+11:00 - UTC+10:30)",
                "01:30-02:00 (UTC+10:30)",
                "02:00-02:30",
            ],
        ),
    ],
)
def test_slots_on_the_days_of_a_clock_change_are_real_lengths_of_time(zone, day, opens, closes, expected):
    found = slots(day, hours(opens, closes), zone=zone)

    assert labels(found) == expected
    assert {slot.ends_at - slot.starts_at for slot in found.slots} == {HALF_HOUR}


@pytest.mark.parametrize(
    ("zone", "day", "real_hours"),
    [
        ("Europe/Paris", date(2026, 3, 29), 23),
        ("Europe/Paris", date(2026, 10, 25), 25),
        ("Africa/Casablanca", date(2026, 2, 15), 25),
        ("America/Asuncion", date(2024, 10, 6), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Kathmandu", MONDAY, 24),
    ],
)
def test_a_whole_day_has_the_slots_that_its_real_hours_give(zone, day, real_hours):
    found = slots(day, hours(0, 1440), zone=zone)

    assert len(found.slots) == real_hours * 2
    assert (found.slots[0].starts_at, found.slots[-1].ends_at) == (found.shown.starts_at, found.shown.ends_at)


@pytest.mark.parametrize(
    ("closures", "sentence"),
    [
        ([("2026-06-01", "2026-06-03", "Stocktaking.")], "The studio is closed on this day: Stocktaking."),
        ([("2026-06-01", "2026-06-01", "")], "The studio is closed on this day."),
    ],
)
def test_closure_says_why_there_are_no_slots(closures, sentence):
    closed = [
        Closure(starts_on=date.fromisoformat(first), ends_on=date.fromisoformat(last), reason=reason)
        for first, last, reason in closures
    ]
    found = slots(MONDAY, hours(540, 1440), closures=closed)

    assert (found.slots, found.closed_because) == ([], sentence)
    assert slots(date(2026, 6, 8), hours(540, 1440), closures=closed).closed_because == ""


def test_closed_weekday_says_so():
    found = slots(MONDAY, hours(None, None, weekdays=[0]), hours(540, 1440, weekdays=range(1, 7)))

    assert (found.slots, found.closed_because) == ([], "The studio is closed on this weekday.")


def test_night_belongs_to_the_day_that_opens_it():
    night = hours(1320, 1560)  # 22:00 to 02:00

    monday, tuesday = slots(MONDAY, night).shown, slots(date(2026, 6, 2), night).shown

    assert monday.ends_at == tuesday.starts_at == datetime(2026, 6, 2, 0, 0, tzinfo=UTC)  # 02:00 in Paris


def test_days_that_open_before_the_night_has_ended_both_show_it():
    found = slots(MONDAY, hours(60, 1500))  # 01:00 to 01:00: nothing of it is lost between the days

    assert (found.shown.starts_at, found.shown.ends_at) == (found.slots[0].starts_at, found.slots[-1].ends_at)


@pytest.mark.django_db
def test_day_slots_reads_the_tables_in_three_queries(studio, django_assert_num_queries):
    profile.seed_profile(name=studio.name, country="FR", time_zone="Europe/Paris", currency="EUR", language="en")
    profile.seed_opening_hours()
    StudioProfile.objects.update(time_zone="Europe/Paris", slot_minutes=45)
    Closure.objects.create(starts_on=date(2026, 5, 31), ends_on=date(2026, 5, 31), reason="Works")

    with django_assert_num_queries(3):
        found = day_slots(MONDAY)

    assert (len(found.slots), labels(found)[0], labels(found)[-1]) == (20, "09:00-09:45", "23:15-24:00")
    assert day_slots(date(2026, 5, 31)).closed_because == "The studio is closed on this day: Works."

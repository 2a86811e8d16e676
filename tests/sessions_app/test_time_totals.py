"""Hours added up: by whatever one asks, exactly, and the same as by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from sessions_app.models import TimeEntry
from sessions_app.selectors.costs import costs_of
from sessions_app.selectors.time_sheets import running_timer, week_sheet
from sessions_app.selectors.time_totals import By, grand_totals, totals, work_on
from studio.money import quantise
from tests.factories import (
    NOW,
    ClientFactory,
    ProjectFactory,
    SessionFactory,
    TaskTypeFactory,
    TimeEntryFactory,
    TimerFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MONDAY = datetime(2026, 5, 25, 8, 0, tzinfo=UTC)  # 10:00 in Paris


def entry(start, length, **given):
    return TimeEntryFactory(started_at=start, ended_at=start + length, **given)


@pytest.fixture
def edith():
    return UserFactory(email="edith@example.org", name="Edith")


@pytest.fixture
def album():
    return ProjectFactory(name="Album", client=ClientFactory(name="Mina"))


@pytest.fixture
def drums(album):
    return SessionFactory(title="Drums", client=album.client, project=album)


@pytest.fixture
def work(edith, desk, album, drums):
    """A week: editing on the project and on its session, a lunch, and a session in-house over midnight."""
    editing = TaskTypeFactory(name="Editing", hourly_rate=Decimal(60))
    lunch = TaskTypeFactory(name="Lunch", hourly_rate=Decimal(0), billable=False)
    entry(MONDAY, 2 * HOUR, person=edith, task_type=editing, target=album)
    entry(MONDAY + 2 * HOUR, HOUR, person=edith, task_type=lunch, target=album)
    entry(MONDAY + timedelta(days=1), 10 * MINUTE, person=edith, task_type=editing, target=drums)
    late = datetime(2026, 5, 26, 21, 30, tzinfo=UTC)  # 23:30 in Paris
    entry(late, 3 * HOUR, person=desk, task_type=editing, target=SessionFactory(title="In-house"))
    TimerFactory(person=desk, task_type=editing, target=album, now=NOW)


def told(by):
    return [(row.label, row.hours, row.unbilled, row.worth) for row in totals(TimeEntry.objects.all(), by, PARIS)]


def test_by_person(work, desk, edith):
    assert told(By.PERSON) == [
        (edith.label, 3 * HOUR + 10 * MINUTE, HOUR, Decimal("130.00")),
        (desk.label, 3 * HOUR, timedelta(), Decimal("180.00")),
    ]


def test_by_task(work):
    assert told(By.TASK) == [
        ("Editing", 5 * HOUR + 10 * MINUTE, timedelta(), Decimal("310.00")),
        ("Lunch", HOUR, HOUR, Decimal("0.00")),
    ]


def test_by_project_and_client_a_session_counts_for_its_project(work):
    expected = [
        (3 * HOUR + 10 * MINUTE, HOUR, Decimal("130.00")),
        (3 * HOUR, timedelta(), Decimal("180.00")),
    ]
    assert told(By.PROJECT) == [("Album", *expected[0]), ("", *expected[1])]
    assert told(By.CLIENT) == [("Mina", *expected[0]), ("", *expected[1])]


def test_by_day_an_entry_over_midnight_belongs_to_the_day_it_begins_on(work):
    assert [(day, hours) for day, hours, *_rest in told(By.DAY)] == [
        (date(2026, 5, 25), 3 * HOUR),
        (date(2026, 5, 26), 3 * HOUR + 10 * MINUTE),
    ]


def test_by_week_begins_on_monday(work):
    assert [(week, hours) for week, hours, *_rest in told(By.WEEK)] == [(date(2026, 5, 25), 6 * HOUR + 10 * MINUTE)]


def test_a_running_timer_is_not_added_up(work):
    (whole,) = grand_totals(TimeEntry.objects.all())

    assert (whole.entries, whole.hours, whole.billable) == (4, 6 * HOUR + 10 * MINUTE, 5 * HOUR + 10 * MINUTE)


def test_worth_is_rounded_once_at_the_end():
    rate, length = Decimal("33.33"), 7 * MINUTE
    task, target = TaskTypeFactory(hourly_rate=rate), ProjectFactory()
    for number in range(9):
        entry(MONDAY + number * HOUR, length, task_type=task, target=target)

    exact = Fraction(rate) * 9 * Fraction(7, 60)
    (whole,) = grand_totals(TimeEntry.objects.all())
    assert whole.worth == quantise(Decimal(exact.numerator) / exact.denominator, "EUR") == Decimal("35.00")


def test_currencies_stay_apart(edith, album):
    entry(MONDAY, HOUR, person=edith, target=album)
    TimeEntry.objects.update(currency="CHF")
    entry(MONDAY, HOUR, person=edith, target=album)

    assert [(row.currency, row.worth) for row in totals(TimeEntry.objects.all(), By.PERSON, PARIS)] == [
        ("CHF", Decimal("60.00")),
        ("EUR", Decimal("60.00")),
    ]
    assert costs_of(album).hours == Decimal("60.00")


def test_the_value_of_a_project_counts_its_sessions_and_tracks_and_nobody_elses(work, album, edith):
    entry(MONDAY, HOUR, person=edith, target=TrackFactory(project=album), task_type=TaskTypeFactory(hourly_rate=7))

    assert costs_of(album).hours == Decimal("137.00")


def test_the_value_of_a_project_without_time_is_nothing(work, album):
    assert costs_of(album).hours == Decimal("130.00")
    assert costs_of(ProjectFactory()).hours == Decimal("0.00")


@pytest.mark.parametrize("count", [1, 3])
def test_adding_up_is_one_query(count, django_assert_num_queries):
    for number in range(count):
        entry(MONDAY + number * HOUR, HOUR)

    for by in By:
        with django_assert_num_queries(1):
            totals(TimeEntry.objects.all(), by, PARIS)


# A week ---------------------------------------------------------------------------------------------------


def test_a_week_by_day_counts_a_running_timer_up_to_now(work, desk):
    sheet = week_sheet(person=desk, monday=date(2026, 6, 1), zone=PARIS, now=NOW + 30 * MINUTE)

    assert [day.total for day in sheet.days] == [30 * MINUTE, *[timedelta()] * 6]
    assert [(row.work, row.task, row.total) for row in sheet.rows] == [("Album", "Editing", 30 * MINUTE)]
    assert (sheet.total, sheet.billable) == (30 * MINUTE, 30 * MINUTE)


def test_a_week_has_a_row_for_each_work_and_task(work, edith, django_assert_num_queries):
    with django_assert_num_queries(1):
        sheet = week_sheet(person=edith, monday=date(2026, 5, 25), zone=PARIS, now=NOW)

    nothing = [timedelta()] * 5
    assert [(row.work, row.task, row.lengths) for row in sheet.rows] == [
        ("Album", "Editing", (2 * HOUR, timedelta(), *nothing)),
        ("Album", "Lunch", (HOUR, timedelta(), *nothing)),
        ("Drums", "Editing", (timedelta(), 10 * MINUTE, *nothing)),
    ]
    assert (sheet.total, sheet.billable) == (3 * HOUR + 10 * MINUTE, 2 * HOUR + 10 * MINUTE)


def test_the_week_of_the_clock_change_has_seven_days(edith):
    sunday = datetime(2026, 3, 29, 20, 0, tzinfo=UTC)
    entry(sunday, HOUR, person=edith)
    entry(sunday + 2 * HOUR, HOUR, person=edith)  # Monday, 00:00 in Paris

    sheet = week_sheet(person=edith, monday=date(2026, 3, 23), zone=PARIS, now=NOW)

    assert [day.total for day in sheet.days] == [*[timedelta()] * 6, HOUR]


def test_what_a_project_took_includes_what_its_sessions_took(work, album, drums):
    def taken(target):
        found = TimeEntry.objects.filter(work_on(target)).order_by("-started_at", "-pk")
        return list(found.values_list("target_label", "task_type__name"))

    assert taken(album) == [("Album", "Editing"), ("Drums", "Editing"), ("Album", "Lunch"), ("Album", "Editing")]
    assert taken(drums) == [("Drums", "Editing")]


def test_overlapping_entries_of_one_person_are_marked_and_touching_ones_are_not(edith, desk):
    first = entry(MONDAY, HOUR, person=edith)
    second = entry(MONDAY + 59 * MINUTE, HOUR, person=edith)
    third = entry(MONDAY + 119 * MINUTE, HOUR, person=edith)
    entry(MONDAY, HOUR, person=desk)

    marked = {each.pk for each in TimeEntry.objects.with_overlaps() if each.is_overlapping}
    assert marked == {first.pk, second.pk}
    assert third.pk not in marked


def test_a_running_timer_overlaps_what_is_written_down_beside_it(edith):
    timer = TimerFactory(person=edith, now=NOW - 2 * HOUR)
    meanwhile = entry(NOW - HOUR, HOUR, person=edith)

    assert {each.pk for each in TimeEntry.objects.with_overlaps() if each.is_overlapping} == {timer.pk, meanwhile.pk}


def test_the_running_timer_of_a_person(edith, desk):
    timer = TimerFactory(person=edith)

    assert (running_timer(edith), running_timer(desk)) == (timer, None)

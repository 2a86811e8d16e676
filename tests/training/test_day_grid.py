"""The grid of a day: what it shows of machines, sessions, the week; always the same few queries."""

from datetime import UTC, date, datetime, timedelta

import pytest

from studio.office.models import Closure, OpeningHours, StudioProfile
from tests.training_factories import MachineFactory, MemberFactory, TrainingSessionFactory
from training.models import TrainingSession
from training.selectors.day_grid import DayTab, day_grid

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)
TEN = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)  # 10:00 in Paris
HALF_HOUR = timedelta(minutes=30)


def standing(grid):
    """Return what stands in the grid: machine, first row and span, and whose."""
    return [
        (column.machine.name, cell.first, cell.span, [block.session.attendee for block in cell.blocks if block.session])
        for column in grid.columns
        for cell in column.cells
        if cell.blocks
    ]


def test_ninety_slots_in_few_queries_whatever_the_day_holds(only_two, ada, django_assert_num_queries, no_lazy_loading):
    machines = [*only_two, MachineFactory(machine_number=13, name="Third")]

    with django_assert_num_queries(8):
        empty = day_grid(TUESDAY)
    for number in range(30):
        for machine in machines:
            TrainingSessionFactory(
                machine=machine, member=MemberFactory(), scheduled_start=TEN - 2 * HALF_HOUR + number * HALF_HOUR
            )
    with django_assert_num_queries(9):
        full = day_grid(TUESDAY)

    assert len([cell for column in empty.columns for cell in column.cells]) == 90
    assert len(standing(full)) == 90
    assert [str(row.label) for row in full.rows[::29]] == ["09:00-09:30", "23:30-24:00"]


def test_sessions_stand_on_their_machines_retired_ones_only_where_something_took_place(only_two, ada, trainer):
    left, right = only_two
    TrainingSessionFactory(machine=left, member=ada, scheduled_start=TEN, scheduled_end=TEN + 3 * HALF_HOUR)
    TrainingSessionFactory(machine=right, scheduled_start=TEN, trainer=trainer, member=MemberFactory(first_name="Bo"))
    old = MachineFactory(machine_number=9, name="Old")
    TrainingSessionFactory(machine=old, scheduled_start=TEN, member=MemberFactory(first_name="Cy"))
    type(old).objects.filter(pk=old.pk).update(retired_at=TEN, is_available=False)

    assert standing(day_grid(TUESDAY)) == [
        ("Old", 2, 1, ["Cy Dubois"]),
        ("Left", 2, 3, ["Ada Morel"]),
        ("Right", 2, 1, ["Bo Dubois"]),
    ]
    assert [column.machine.name for column in day_grid(MONDAY).columns] == ["Left", "Right"]


def test_tabs_count_the_week_and_cancelled_sessions_nowhere(only_two):
    left, right = only_two
    StudioProfile.objects.update(weekly_session_cap=5)
    kinds = ["member", "trial", "trial", "non_bookable"]
    for number, kind in enumerate(kinds):
        member = None if kind == "non_bookable" else MemberFactory()
        TrainingSessionFactory(
            machine=left, member=member, session_type_id=kind, scheduled_start=TEN + number * HALF_HOUR
        )
    TrainingSessionFactory(machine=right, scheduled_start=TEN, status="cancelled")
    TrainingSessionFactory(machine=right, scheduled_start=TEN - timedelta(days=2))  # the Sunday before
    TrainingSessionFactory(machine=right, scheduled_start=TEN + timedelta(days=5), member=MemberFactory())
    OpeningHours.objects.filter(weekday=6).update(opens=None, closes=None)

    grid = day_grid(TUESDAY)

    none = {"is_open": True, "total": 0, "standard": 0, "trial": 0}
    assert list(grid.tabs) == [
        DayTab(MONDAY, **none),
        DayTab(TUESDAY, is_open=True, total=4, standard=1, trial=2),
        *[DayTab(MONDAY + timedelta(days=number), **none) for number in (2, 3, 4, 5)],
        DayTab(MONDAY + timedelta(days=6), is_open=False, total=1, standard=1, trial=0),
    ]
    assert (grid.week.count, grid.week.cap, grid.week.percent, grid.week.tone) == (4, 5, 80, "warning")


@pytest.mark.parametrize(("count", "tone"), [(0, "success"), (3, "success"), (4, "warning"), (5, "danger")])
def test_badge_of_the_week_has_three_bands(machine, count, tone):
    StudioProfile.objects.update(weekly_session_cap=5)
    for number in range(count):
        TrainingSessionFactory(machine=machine, member=MemberFactory(), scheduled_start=TEN + number * HALF_HOUR)

    assert day_grid(TUESDAY).week.tone == tone


def test_closed_day_says_why_and_still_shows_what_takes_place(machine, ada):
    Closure.objects.create(starts_on=TUESDAY, ends_on=TUESDAY, reason="Stocktaking")
    TrainingSessionFactory(machine=machine, member=ada, scheduled_start=TEN)

    grid = day_grid(TUESDAY)

    assert grid.found.closed_because == "The studio is closed on this day: Stocktaking."
    assert ([row.label for row in grid.rows], [row.is_slot for row in grid.rows]) == (["10:00-10:30"], [False])
    assert [cell[3] for cell in standing(grid)] == [["Ada Morel"]]


def test_kept_overlaps_are_both_shown_and_a_night_stands_on_the_day_that_opens_it(machine):
    OpeningHours.objects.update(opens=1320, closes=1560)  # 22:00 to 02:00
    for minutes in (0, 10):
        TrainingSessionFactory(
            machine=machine,
            member=MemberFactory(),
            overlap_kept=True,
            scheduled_start=datetime(2026, 6, 2, 22, 30 + minutes, tzinfo=UTC),  # 00:30 on Wednesday
        )

    assert [(first, len(who)) for _machine, first, _span, who in standing(day_grid(TUESDAY))] == [(5, 2)]
    assert (standing(day_grid(date(2026, 6, 3))), day_grid(TUESDAY).tabs[1].total) == ([], 2)
    assert TrainingSession.objects.count() == 2

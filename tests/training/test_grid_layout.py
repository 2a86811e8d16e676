"""Where sessions stand in the grid: rows of time and cells that span them; no database."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from studio.office.models import OpeningHours
from studio.office.selectors.opening import OpeningCalendar
from training.models import TrainingSession
from training.selectors.grid_layout import cells_of, rows_of
from training.selectors.slots import slots_of

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 6, 1)
HALF_HOUR = timedelta(minutes=30)


def day(*stretches, weekdays=range(7)):
    since = date(2000, 1, 1)
    rules = [OpeningHours(weekday=d, opens=o, closes=c, effective_from=since) for d in weekdays for o, c in stretches]
    return slots_of(MONDAY, OpeningCalendar(rules, (), PARIS), HALF_HOUR)


def session(start, length=30, status="scheduled"):
    """Return a session that begins at a wall time of the Monday, e.g. "10:15"."""
    hours, minutes = (int(part) for part in start.split(":"))
    begins = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(hours=hours - 2, minutes=minutes)
    ends = begins + timedelta(minutes=length)
    return TrainingSession(pk=uuid4(), scheduled_start=begins, scheduled_end=ends, status=status)


def laid_out(found, *sessions):
    """Return rows as labels, and cells as first row, span, blocks as (top, height, left, width, is_session)."""
    rows = rows_of(found, sessions, HALF_HOUR, PARIS)
    cells = [
        (cell.first, cell.span, [(b.top, b.height, b.left, b.width, b.session is not None) for b in cell.blocks])
        for cell in cells_of(rows, sessions)
    ]
    return [(row.label, row.is_slot) for row in rows], [cell for cell in cells if cell[2]], cells


MORNING = day((540, 660))  # 09:00-11:00: four slots
ALONE = [(0, 100, 0, 100, True)]


def test_empty_day_has_a_cell_a_slot():
    rows, taken, cells = laid_out(MORNING)

    assert rows == [("09:00-09:30", True), ("09:30-10:00", True), ("10:00-10:30", True), ("10:30-11:00", True)]
    assert (taken, cells) == ([], [(number, 1, []) for number in range(4)])


def test_sessions_on_the_grid_fill_their_cells_and_touch_without_meeting():
    _rows, taken, _cells = laid_out(MORNING, session("09:00"), session("09:30", 60), session("10:30"))

    assert taken == [(0, 1, ALONE), (1, 2, ALONE), (3, 1, ALONE)]


def test_session_off_the_grid_lies_where_it_lies_and_what_is_left_over_can_be_had():
    _rows, taken, _cells = laid_out(MORNING, session("09:15", 30))

    assert taken == [(0, 2, [(25, 50, 0, 100, True), (0, 25, 0, 100, False), (75, 25, 0, 100, False)])]


def test_what_is_left_over_is_long_enough_for_a_session_or_nothing():
    _rows, taken, _cells = laid_out(MORNING, session("09:10", 35), session("10:00", 15), session("10:15", 15))

    assert taken == [
        (0, 2, [(16, 59, 0, 100, True), (75, 25, 0, 100, False)]),
        (2, 1, [(0, 50, 0, 100, True), (50, 50, 0, 100, True)]),
    ]


def test_overlapping_sessions_stand_side_by_side_and_what_follows_has_all_the_width():
    sessions = session("09:00", 60), session("09:15", 30), session("09:45", 15), session("10:00", 30)
    _rows, taken, _cells = laid_out(MORNING, *sessions)

    assert taken == [
        (0, 2, [(0, 100, 0, 50, True), (25, 50, 50, 50, True), (75, 25, 50, 50, True)]),
        (2, 1, ALONE),
    ]


def test_sessions_that_share_rows_share_a_cell():
    _rows, taken, _cells = laid_out(MORNING, session("09:00", 45), session("09:45", 30), session("10:15", 45))

    assert taken == [(0, 4, [(0, 37, 0, 100, True), (37, 25, 0, 100, True), (62, 38, 0, 100, True)])]


def test_cancelled_session_leaves_its_slots_free_and_stands_beside_them():
    gone = session("09:00", 60, "cancelled")
    rows = rows_of(MORNING, [gone], HALF_HOUR, PARIS)
    cells = cells_of(rows, [gone])

    assert [(list(cell.cancelled), list(cell.blocks)) for cell in cells[:2]] == [([gone], []), ([], [])]


def test_pause_is_one_row_until_something_takes_place_in_it():
    found = day((540, 600), (840, 900))

    assert laid_out(found)[0] == [
        ("09:00-09:30", True), ("09:30-10:00", True), ("10:00-14:00", False), ("14:00-14:30", True),
        ("14:30-15:00", True),
    ]  # fmt: skip
    rows, taken, _cells = laid_out(found, session("11:00"))
    assert [label for label, is_slot in rows if not is_slot] == [
        "10:00-10:30", "10:30-11:00", "11:00-11:30", "11:30-12:00", "12:00-12:30", "12:30-13:00", "13:00-13:30",
        "13:30-14:00",
    ]  # fmt: skip
    assert taken == [(4, 1, ALONE)]


def test_what_lies_outside_the_hours_has_rows_of_its_own():
    rows, taken, _cells = laid_out(day((540, 600)), session("07:50", 30), session("10:00", 45))

    assert rows == [
        ("07:50-08:00", False), ("08:00-08:30", False), ("08:30-09:00", False), ("09:00-09:30", True),
        ("09:30-10:00", True), ("10:00-10:30", False), ("10:30-10:45", False),
    ]  # fmt: skip
    assert taken == [(0, 2, [(0, 83, 0, 100, True)]), (5, 2, ALONE)]


def test_closed_day_shows_what_takes_place_all_the_same_and_nothing_else():
    closed = day((540, 600), weekdays=[1])

    assert laid_out(closed) == ([], [], [])
    rows, taken, _cells = laid_out(closed, session("12:00", 60))
    assert (rows, taken) == ([("12:00-12:30", False), ("12:30-13:00", False)], [(0, 2, ALONE)])


def test_night_that_began_the_day_before_is_cut_at_the_edge_of_the_day():
    rows, taken, _cells = laid_out(day((0, 60)), session("-1:30", 60), session("00:30", 60))

    assert rows == [("00:00-00:30", True), ("00:30-01:00", True), ("01:00-01:30", False)]
    assert taken == [(0, 1, ALONE), (1, 2, ALONE)]

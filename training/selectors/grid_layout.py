"""Where sessions stand in the grid of a day: rows of time, and in each column of it cells that span some of them."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from studio.office.selectors.opening import Period
from training.models import SHORTEST, TrainingSession, TrainingStatus
from training.selectors.slots import DaySlots, slot_label

WHOLE = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the grid.

    is_slot: it can be booked; the others show a pause, or what takes place outside the opening hours
    """

    starts_at: datetime
    ends_at: datetime
    label: str
    is_slot: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch inside a cell: a session, or time that is left over beside one.

    session: None for what is left over
    top, height, left, width: in percent of the cell
    """

    session: TrainingSession | None
    starts_at: datetime
    ends_at: datetime
    top: int
    height: int
    left: int = 0
    width: int = WHOLE


@dataclass(frozen=True, slots=True)
class Cell:
    """Some rows of a machine: one that is free, or as many as sessions that touch the same rows need.

    first, span: of its rows, the first counted from 0
    cancelled: sessions that begin in these rows and occupy nothing
    """

    first: int
    span: int
    starts_at: datetime
    ends_at: datetime
    is_slot: bool
    blocks: Sequence[Block]
    cancelled: Sequence[TrainingSession]


def rows_of(found: DaySlots, sessions: Sequence[TrainingSession], length: timedelta, zone: ZoneInfo) -> list[Row]:
    """Return the rows of a day, in order and without gaps: its slots, its pauses, and the hours of what lies outside.

    length: of a slot
    An outage goes on through the night, which makes no hours of it.
    """
    rows = [Row(slot.starts_at, slot.ends_at, slot.label, is_slot=True) for slot in found.slots]
    spans = [_clipped(session, found.shown) for session in sessions if session.outage_id is None]
    for hole in _holes(found, spans):
        if any(span.starts_at < hole.ends_at and hole.starts_at < span.ends_at for span in spans):
            is_before = bool(found.slots) and hole.ends_at == found.slots[0].starts_at
            pieces = _pieces(hole, length, from_the_end=is_before)
        else:
            pieces = [hole]
        rows += [Row(each.starts_at, each.ends_at, _label(each, zone), is_slot=False) for each in pieces]
    return sorted(rows, key=lambda row: row.starts_at)


def _label(period: Period, zone: ZoneInfo) -> str:
    return slot_label(period.starts_at, period.ends_at, zone)


def _clipped(session: TrainingSession, shown: Period) -> Period:
    return Period(max(session.scheduled_start, shown.starts_at), min(session.scheduled_end, shown.ends_at))


def _holes(found: DaySlots, spans: Sequence[Period]) -> Iterator[Period]:
    """Yield what no slot covers, between the first and the last instant that anything takes place."""
    slots = [edge for slot in found.slots for edge in (slot.starts_at, slot.ends_at)]
    edges = slots + [edge for span in spans for edge in (span.starts_at, span.ends_at)]
    if not edges:
        return
    marks = [min(edges), *slots, max(edges)]
    covered = {slot.starts_at for slot in found.slots}
    for start, end in pairwise(marks):
        if start < end and start not in covered:
            yield Period(start, end)


def _pieces(hole: Period, length: timedelta, *, from_the_end: bool) -> list[Period]:
    """Return a hole in pieces of a slot's length; the one that is left over lies away from the opening."""
    pieces, start, end = [], hole.starts_at, hole.ends_at
    if from_the_end:
        while start < end:
            pieces.append(Period(max(start, end - length), end))
            end -= length
        return pieces[::-1]
    while start < end:
        pieces.append(Period(start, min(start + length, end)))
        start += length
    return pieces


def as_one(sessions: Iterable[TrainingSession]) -> list[TrainingSession]:
    """Return sessions by start, the parts of an outage that meet as one, which is for showing only.

    sessions: by start
    """
    shown, last = list[TrainingSession](), dict[int, int]()
    for session in sessions:
        key = session.outage_id
        if key is None:
            shown.append(session)
        elif key in last and shown[last[key]].scheduled_end == session.scheduled_start:
            longer = shown[last[key]] = copy(shown[last[key]])
            longer.scheduled_end = session.scheduled_end
        else:
            last[key] = len(shown)
            shown.append(session)
    return shown


def cells_of(rows: Sequence[Row], sessions: Sequence[TrainingSession]) -> list[Cell]:
    """Return the cells of one machine, from the first row to the last.

    sessions: the machine's, by start
    """
    standing = [each for each in sessions if each.status != TrainingStatus.CANCELLED]
    gone = [each for each in sessions if each.status == TrainingStatus.CANCELLED]
    cells, number = [], 0
    while number < len(rows):
        last, taking = _cluster(rows, number, standing)
        starts_at, ends_at = rows[number].starts_at, rows[last].ends_at
        beginning = [each for each in gone if starts_at <= max(each.scheduled_start, rows[0].starts_at) < ends_at]
        cells.append(
            Cell(
                number,
                last - number + 1,
                starts_at,
                ends_at,
                any(row.is_slot for row in rows[number : last + 1]),
                _blocks(rows[number : last + 1], taking),
                beginning,
            )
        )
        number = last + 1
    return cells


def _cluster(rows: Sequence[Row], first: int, sessions: Sequence[TrainingSession]) -> tuple[int, list[TrainingSession]]:
    """Return the last of the rows that hang together with a row, and the sessions in them."""
    last, taking = first, list[TrainingSession]()
    grown = True
    while grown:
        start, end = rows[first].starts_at, rows[last].ends_at
        taking = [each for each in sessions if each.scheduled_start < end and start < each.scheduled_end]
        reach = max((each.scheduled_end for each in taking), default=end)
        grown = last + 1 < len(rows) and rows[last + 1].starts_at < reach
        last += grown
    return last, taking


def _blocks(rows: Sequence[Row], sessions: Sequence[TrainingSession]) -> list[Block]:
    """Return the sessions of a cell as they lie in it, side by side where they overlap, and what is left over."""
    if not sessions:
        return []
    blocks = list[Block]()
    for group in _groups(sessions):
        lanes = _lanes(group)
        count = max(lanes) + 1
        for session, lane in zip(group, lanes, strict=True):
            top, bottom = _place(rows, session.scheduled_start), _place(rows, session.scheduled_end)
            left = lane * WHOLE // count
            blocks.append(
                Block(
                    session,
                    session.scheduled_start,
                    session.scheduled_end,
                    top,
                    bottom - top,
                    left,
                    (lane + 1) * WHOLE // count - left,
                )
            )
    return blocks + [_left_over(rows, start, end) for start, end in _free(rows, sessions)]


def _left_over(rows: Sequence[Row], start: datetime, end: datetime) -> Block:
    top = _place(rows, start)
    return Block(None, start, end, top, _place(rows, end) - top)


def _free(rows: Sequence[Row], sessions: Sequence[TrainingSession]) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is left over in a cell and long enough for a session."""
    at = rows[0].starts_at
    for session in (*sessions, None):
        until = session.scheduled_start if session else rows[-1].ends_at
        if until - at >= SHORTEST:
            yield at, until
        at = max(at, session.scheduled_end) if session else at


def _groups(sessions: Sequence[TrainingSession]) -> Iterator[list[TrainingSession]]:
    """Yield sessions that hang together by overlapping."""
    group, reach = list[TrainingSession](), None
    for session in sessions:
        if reach is not None and session.scheduled_start >= reach:
            yield group
            group, reach = [], None
        group.append(session)
        reach = max(reach or session.scheduled_end, session.scheduled_end)
    if group:
        yield group


def _lanes(sessions: Sequence[TrainingSession]) -> list[int]:
    """Return the lane of each session: the first that is free when it begins."""
    ends, lanes = list[datetime](), []
    for session in sessions:
        lane = next((n for n, end in enumerate(ends) if end <= session.scheduled_start), len(ends))
        ends[lane : lane + 1] = [session.scheduled_end]
        lanes.append(lane)
    return lanes


def _place(rows: Sequence[Row], at: datetime) -> int:
    """Return how far down an instant lies in some rows, in percent; every row is as high as the others."""
    return sum(_share(row, at) for row in rows) // len(rows)


def _share(row: Row, at: datetime) -> int:
    """Return how much of a row lies before an instant, in percent."""
    return (min(max(at, row.starts_at), row.ends_at) - row.starts_at) * WHOLE // (row.ends_at - row.starts_at)

"""Hours as bars: one for each person, project or day, in the colours of the tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum

from sessions_app.models import TimeEntry
from sessions_app.selectors.time_totals import LENGTH, By, label_of

MOST_BARS = 15
WIDTH, ROW, BAR, NAMES = 720, 30, 18, 200  # of the drawing, in its own units


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a bar that one task takes."""

    task: str
    colour: str
    length: timedelta
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the drawing.

    y: of its middle
    """

    label: Any
    length: timedelta
    y: int
    segments: tuple[Segment, ...]

    @property
    def top(self) -> int:
        """The upper edge of the bar."""
        return self.y - BAR // 2

    @property
    def end(self) -> int:
        """Where the bar ends."""
        return self.segments[-1].x + self.segments[-1].width + 8


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of hours.

    tasks: (name, colour) of each, in their order
    left_out: how many bars would not fit
    """

    bars: tuple[Bar, ...]
    tasks: tuple[tuple[str, str], ...]
    left_out: int
    width: int = WIDTH
    names: int = NAMES - 10
    bar: int = BAR

    @property
    def height(self) -> int:
        """How high the drawing is."""
        return ROW * len(self.bars)


def hours_chart(entries: QuerySet[TimeEntry], by: By, zone: ZoneInfo) -> Chart:
    """Return the finished hours as bars, the longest first, days and weeks in their order.

    queries: 1
    """
    rows = (
        entries.filter(ended_at__isnull=False)
        .order_by()
        .annotate(label=label_of(by, zone))
        .values("label", "task_type__name", "task_type__colour", "task_type__position")
        .annotate(worked=Sum(LENGTH))
    )
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (row["task_type__position"], row["task_type__name"])):
        found.setdefault(row["label"], []).append(row)
    lengths = {label: sum((part["worked"] for part in parts), timedelta()) for label, parts in found.items()}
    in_order = sorted(found) if by in {By.DAY, By.WEEK} else sorted(found, key=lambda each: (-lengths[each], str(each)))
    shown = in_order[-MOST_BARS:] if by in {By.DAY, By.WEEK} else in_order[:MOST_BARS]
    longest = max((lengths[label] for label in shown), default=timedelta(hours=1))
    shorter = _name if by is By.PERSON else lambda label: label
    bars = [_bar(shorter(label), lengths[label], found[label], number, longest) for number, label in enumerate(shown)]
    tasks = {segment.task: segment.colour for bar in bars for segment in bar.segments}
    return Chart(tuple(bars), tuple(tasks.items()), left_out=len(in_order) - len(shown))


def _name(label: str) -> str:
    """Return the name of a person without the address behind it; the table has both."""
    return label.partition(" <")[0]


def _bar(label: Any, length: timedelta, parts: Sequence[Mapping[str, Any]], number: int, longest: timedelta) -> Bar:
    room, x, segments = WIDTH - NAMES - 60, NAMES, []
    for part in parts:
        width = max(1, round(room * (part["worked"] // timedelta(seconds=1)) / (longest // timedelta(seconds=1) or 1)))
        segments.append(Segment(part["task_type__name"], part["task_type__colour"], part["worked"], x, width))
        x += width
    return Bar(label, length, ROW * number + ROW // 2, tuple(segments))

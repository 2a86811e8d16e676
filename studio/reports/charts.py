"""Pictures of a report: columns over time and bars side by side, drawn here as SVG without any script.

Every shape has a class for its colour, which the style sheet gives in light and dark, and a <title> with its figure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.utils.formats import number_format

type Told = Callable[[Decimal], str]

NOTHING = Decimal(0)
SERIES = 8  # colours; whatever is more shares the last
WIDTH, HEIGHT = 720, 260  # of the columns, in their own units
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 10, 28
LINES = 4  # across, above or below zero
NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
FULL = Decimal("0.7")  # of its place a column takes
BARS_WIDTH, ROW, BAR, NAMES, ENDS = 720, 30, 18, 200, 110
LONGEST_NAME = 28


@dataclass(frozen=True, slots=True)
class Stack:
    """A column or a bar: its parts one upon the other, in the order of the series.

    label: below or beside it; name: in full; link: where it leads
    """

    label: Any
    values: Sequence[Decimal]
    name: Any = ""
    link: str = ""

    @property
    def total(self) -> Decimal:
        """All its parts."""
        return sum(self.values, NOTHING)


@dataclass(frozen=True, slots=True)
class Shape:
    """A part of a column or bar, as it is drawn; `title` says it in words."""

    x: int
    y: int
    width: int
    height: int
    series: int
    title: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column or bar as it is drawn.

    x, y: of its label, and for a bar of its middle
    """

    stack: Stack
    x: int
    y: int
    shapes: Sequence[Shape]
    text: str
    end: int = 0
    left: int = 0
    right: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line across, with what it stands for."""

    y: int
    text: str
    is_zero: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns over time."""

    title: Any
    summary: str
    series: Sequence[tuple[int, Any]]
    drawn: Sequence[Drawn]
    lines: Sequence[Line]
    template: str = "admin/reports/_columns.html"
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    foot: int = HEIGHT - 8


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars side by side.

    left_out: how many did not fit
    """

    title: Any
    summary: str
    series: Sequence[tuple[int, Any]]
    drawn: Sequence[Drawn]
    left_out: int = 0
    template: str = "admin/reports/_bars.html"
    width: int = BARS_WIDTH
    names: int = NAMES - 10

    @property
    def height(self) -> int:
        """How high the drawing is."""
        return ROW * len(self.drawn)


def columns(*, title: Any, summary: str, series: Sequence[Any], stacks: Sequence[Stack], told: Told) -> Columns | None:
    """Return columns over time; None where there is nothing to draw.

    series: names of the parts of every stack, in their order
    told: says an amount in words
    """
    if not any(any(stack.values) for stack in stacks):
        return None
    ups = [sum((value for value in stack.values if value > 0), NOTHING) for stack in stacks]
    downs = [sum((value for value in stack.values if value < 0), NOTHING) for stack in stacks]
    scale = _scale(min(NOTHING, *downs), max(NOTHING, *ups))
    place = Decimal(WIDTH - LEFT - RIGHT) / len(stacks)
    drawn = [_column(stack, series, scale, told, number=number, place=place) for number, stack in enumerate(stacks)]
    lines = [Line(scale.y(value), _short(value), value == 0) for value in scale.values]
    return Columns(title, summary, _named(series), drawn, lines)


def bars(
    *, title: Any, summary: str, series: Sequence[Any], stacks: Sequence[Stack], told: Told, most: int = 15
) -> Bars | None:
    """Return bars in the order given, those that fit; None where there is nothing to draw. Below zero is drawn as zero.

    most: so many bars
    """
    shown = [stack for stack in stacks if stack.total > 0][:most]
    if not shown:
        return None
    longest = max(stack.total for stack in shown)
    drawn = [_bar(stack, series, number, longest, told) for number, stack in enumerate(shown)]
    return Bars(title, summary, _named(series), drawn, left_out=len(stacks) - len(shown))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where an amount lies: `values` are those of the lines across."""

    values: Sequence[Decimal]

    def y(self, value: Decimal) -> int:
        low, high = self.values[0], self.values[-1]
        return TOP + round((HEIGHT - TOP - BOTTOM) * (high - value) / (high - low))


def _scale(low: Decimal, high: Decimal) -> _Scale:
    """Return lines at round amounts that hold everything between low and high."""
    least = (high - low) / LINES
    unit = Decimal(1).scaleb(least.adjusted())
    step = next(unit * nice for nice in NICE if unit * nice >= least)
    first = (low / step).to_integral_value(rounding="ROUND_FLOOR")
    last = (high / step).to_integral_value(rounding="ROUND_CEILING")
    return _Scale([step * number for number in range(int(first), int(last) + 1)])


def _column(stack: Stack, series: Sequence[Any], scale: _Scale, told: Told, *, number: int, place: Decimal) -> Drawn:
    left, width = LEFT + int(place * number), int(place)
    x, wide = left + int(place * (1 - FULL) / 2), max(2, int(place * FULL))
    shapes = []
    up = down = NOTHING
    for position, value in enumerate(stack.values):
        low, high = (up, up + value) if value > 0 else (down + value, down)
        up, down = (high, down) if value > 0 else (up, low)
        if value:
            top = scale.y(high)
            words = _words(stack, series, position, value, told)
            shapes.append(Shape(x, top, wide, max(1, scale.y(low) - top), _colour(position), words))
    return Drawn(stack, left + width // 2, 0, shapes, told(stack.total), left=left, right=left + width)


def _bar(stack: Stack, series: Sequence[Any], number: int, longest: Decimal, told: Told) -> Drawn:
    room, y = BARS_WIDTH - NAMES - ENDS, ROW * number + (ROW - BAR) // 2
    parts = [(position, value) for position, value in enumerate(stack.values) if value > 0]
    edges = [
        NAMES + round(room * upto / longest) for upto in accumulate((value for _p, value in parts), initial=NOTHING)
    ]
    shapes = [
        Shape(
            edges[at],
            y,
            max(1, edges[at + 1] - edges[at]),
            BAR,
            _colour(place),
            _words(stack, series, place, value, told),
        )
        for at, (place, value) in enumerate(parts)
    ]
    return Drawn(stack, NAMES - 10, ROW * number + ROW // 2, shapes, told(stack.total), end=edges[-1] + 8)


def _words(stack: Stack, series: Sequence[Any], position: int, value: Decimal, told: Told) -> str:
    parts = (
        [str(stack.name or stack.label), str(series[position])] if len(series) > 1 else [str(stack.name or stack.label)]
    )
    return f"{', '.join(parts)}: {told(value)}"


def _named(series: Sequence[Any]) -> Sequence[tuple[int, Any]]:
    return [(_colour(position), name) for position, name in enumerate(series)] if len(series) > 1 else []


def _colour(position: int) -> int:
    return min(position + 1, SERIES)


def _short(value: Decimal) -> str:
    whole = value.to_integral_value()
    return number_format(whole if whole == value else value.normalize(), force_grouping=True)

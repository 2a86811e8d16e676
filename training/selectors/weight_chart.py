"""A member's weight as a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from training.models import BodyCheckup

WIDTH, HEIGHT = 480, 160  # of the drawing, in its own units
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 14, 24
FEWEST = 2  # one point is no line
ROOM = Decimal(1)  # kilograms above and below the line


@dataclass(frozen=True, slots=True)
class Point:
    """One check-up in the drawing."""

    x: int
    y: int
    on: date
    weight: Decimal


@dataclass(frozen=True, slots=True)
class WeightChart:
    """A drawing of weights.

    path: the line as the points of a polyline
    highest, lowest: kilograms at the upper and the lower edge
    change: from the first to the last
    """

    points: tuple[Point, ...]
    path: str
    highest: Decimal
    lowest: Decimal
    change: Decimal
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM

    @property
    def foot(self) -> int:
        """Where the days are written."""
        return HEIGHT - 6


def weight_chart(checkups: Sequence[BodyCheckup]) -> WeightChart | None:
    """Return the weights as a line over their days; None for fewer than two.

    checkups: in the order of their days
    """
    weighed = [(each.checked_on, each.weight) for each in checkups if each.weight is not None]
    if len(weighed) < FEWEST:
        return None
    weights = [weight for _on, weight in weighed]
    highest, lowest = max(weights) + ROOM, max(min(weights) - ROOM, Decimal(0))
    first, last = weighed[0][0], weighed[-1][0]
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    points = tuple(
        Point(
            x=LEFT + wide * (on - first).days // (last - first).days,
            y=TOP + int(high * (highest - weight) / (highest - lowest)),
            on=on,
            weight=weight,
        )
        for on, weight in weighed
    )
    path = " ".join(f"{point.x},{point.y}" for point in points)
    return WeightChart(points, path, highest, lowest, weights[-1] - weights[0])

"""A picture of amounts in two directions: the more, the darker, and each says its figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

STEPS = 10  # shades between nothing and all


@dataclass(frozen=True, slots=True)
class Warmth:
    """One place of a heat map.

    percent: of what is darkest; None where nothing can be, e.g. a closed hour
    title: says it in words
    text: what stands in it; empty for the percentage
    link: where it leads
    """

    percent: int | None
    title: str
    text: str = ""
    link: str = ""

    @property
    def shade(self) -> int:
        """How dark it is, from nothing to all; what there is at all is never as light as nothing."""
        return min(STEPS, -(-(self.percent or 0) * STEPS // 100))


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Amounts in two directions.

    heads: of the columns, each short and in full; rows: each with its name and as many places as there are columns
    legend: what the shades count, from nothing to `most`; nowhere: why a place is empty, where some are
    is_named: its rows have names, which need more room than hours
    """

    title: Any
    summary: str
    heads: Sequence[tuple[Any, Any]]
    rows: Sequence[tuple[str, Sequence[Warmth]]]
    legend: Any
    most: str = "100"
    nowhere: Any = ""
    is_named: bool = False
    template: str = "admin/reports/_heat.html"

    @property
    def scale(self) -> Sequence[int]:
        """The shades, for the legend."""
        return range(STEPS + 1)

"""Where an adoption is written down: an app with tables in each studio provides it in its `ready()`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from studio.tenancy.adoption.source import Content


@dataclass(frozen=True, slots=True)
class Link:
    """A former row and what it became.

    object_type: a model, as app.model
    """

    table: str
    row_id: str
    object_type: str
    object_id: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a former row found no place: all of it, or some columns."""

    table: str
    row_id: str
    content: Content
    reason: str


class Records(Protocol):
    """The record of adoptions in the studio that the connection stands in."""

    def source(self, *, name: str, marks: set[str], now: datetime) -> tuple[Any, bool]:
        """Return the record of a source, the one that shares half of the marks or a new one, and whether it is new."""

    def links(self, source: Any) -> dict[tuple[str, str], str]:
        """Return (table, row) -> key of what it became."""

    def add_links(self, source: Any, links: Iterable[Link]) -> None:
        """Write down what rows became."""

    def keep(self, source: Any, rows: Iterable[Kept]) -> None:
        """Keep what found no place, in the place of what was kept of the same rows before."""

    def settle(self, source: Any, rows: Iterable[tuple[str, str]], *, now: datetime) -> None:
        """Note that nothing of these rows is without a place any more."""


_records: list[Records] = []


def provide(records: Records) -> None:
    """Say where adoptions are written down."""
    _records[:] = [records]


def provided() -> Records:
    """Return where adoptions are written down."""
    return _records[0]

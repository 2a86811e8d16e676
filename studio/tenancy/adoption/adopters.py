"""Which former tables have a home: apps register an adopter for each in their `ready()`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext as _

from studio.tenancy.adoption.rows import FormerRow, SetAside


@dataclass(slots=True)
class Run:
    """What an adopter needs to know besides its row.

    shift: added to the times of bookings, on the wall calendar
    links: (table, row) -> key of what the row became, of this run and of those before
    left: the (table, row) that exist in the source and were set aside
    rows_of: reads another table of the source
    parts: what rows of other tables became together with the row that they belong to, or why they became nothing
    """

    zone: ZoneInfo
    currency: str
    now: datetime
    shift: timedelta
    links: dict[tuple[str, str], str] = field(default_factory=dict)
    left: set[tuple[str, str]] = field(default_factory=set)
    rows_of: Callable[[str], Iterable[FormerRow]] = lambda _table: ()
    parts: dict[tuple[str, str], "Part"] = field(default_factory=dict)
    _grouped: dict[tuple[str, str], dict[str, list[FormerRow]]] = field(default_factory=dict)
    _sources: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def link(self, table: str, row_id: str, key: str) -> None:
        """Remember what a row became."""
        self.links[table, row_id] = key
        if table in self._sources:
            self._sources[table].setdefault(key, []).append(row_id)

    def rows_that_became(self, table: str, key: object) -> list[str]:
        """Return which rows of a table became, or turned out to be, the row of the studio with this key.

        The links are searched once for each table.
        """
        sources = self._sources.get(table)
        if sources is None:
            sources = self._sources[table] = {}
            for (name, row_id), became in self.links.items():
                if name == table:
                    sources.setdefault(became, []).append(row_id)
        return sources.get(str(key), [])

    def belonging_to(self, row: FormerRow, table: str, column: str) -> list[FormerRow]:
        """Return the rows of another table that name this one, in the order of their key.

        The table is read once, and held.
        """
        return self.naming(row.row_id, table, column)

    def naming(self, value: str, table: str, column: str) -> list[FormerRow]:
        """Return the rows of a table that have a value in a column, in the order of their key."""
        groups = self._grouped.get((table, column))
        if groups is None:
            groups = self._grouped[table, column] = {}
            for each in self.rows_of(table):
                groups.setdefault(str(each.content.get(column)), []).append(each)
        return groups.get(value, [])

    def part(self, row: FormerRow) -> "Part | None":
        """Return what this row became together with the row it belongs to; None when that came in another run."""
        found = self.parts.pop((row.table, row.row_id), None)
        if found is not None:
            row.go_on_from(found.row)
        return found

    def linked(self, row: FormerRow, column: str, table: str) -> str | None:
        """Return the key of what the row named by `column` became; None when nothing is named.

        A row that never was in the source is dropped from the link, which is noted; one that was set
        aside may still come, and this row waits for it.
        raises: SetAside
        """
        named = row.value(column)
        if named is None:
            return None
        key = (table, str(named))
        if key in self.links:
            return self.links[key]
        if key in self.left:
            raise SetAside(
                _("It belongs to row %(row)s of %(table)s, which was set aside.") % {"row": named, "table": table}
            )
        row.keep(column, _("Row %(row)s of %(table)s does not exist; left empty.") % {"row": named, "table": table})
        return None

    def required(self, row: FormerRow, column: str, table: str) -> str:
        """Return the key of what the row named by `column` became.

        raises: SetAside when there is none
        """
        key = self.linked(row, column, table)
        if key is None:
            facts = {"column": column, "value": row.content.get(column), "table": table}
            raise SetAside(_("%(column)s names no row of %(table)s: %(value)s.") % facts)
        return key


@dataclass(frozen=True, slots=True)
class Found:
    """A row of the studio that a former row turns out to be, e.g. a seed: it is linked, not made.

    row: stays as it is
    """

    row: models.Model


@dataclass(frozen=True, slots=True)
class Part:
    """A row that became something, or was refused, together with the row that it belongs to.

    became: the row of the studio, or the sentence that says why there is none
    """

    row: FormerRow
    became: models.Model | SetAside


Adopt = Callable[[FormerRow, Run], models.Model | Found]
Rank = Callable[[FormerRow], Any]


@dataclass(frozen=True, slots=True)
class Adopter:
    """The home of a former table.

    after: tables whose rows this one's refer to
    rank: where rows exclude each other, the one of the greatest rank comes first and stays; None takes them by key
    adopt: makes the row's new self, through the ORM, and returns it, or finds it; raises SetAside
    """

    table: str
    adopt: Adopt
    after: tuple[str, ...] = ()
    rank: Rank | None = None


_adopters: dict[str, Adopter] = {}


def register(*, table: str, adopt: Adopt, after: tuple[str, ...] = (), rank: Rank | None = None) -> None:
    """Give a former table a home; the last one registered holds."""
    _adopters[table] = Adopter(table, adopt, after, rank)


def unregister(table: str) -> None:
    """Take a table's home away; its rows are set aside again."""
    _adopters.pop(table, None)


def adopter_of(table: str) -> Adopter | None:
    """Return a table's home, None when it has none yet."""
    return _adopters.get(table)


def in_order(tables: Iterable[str]) -> list[str]:
    """Return the tables with each after those it refers to, else by name.

    raises: ValueError when two wait for each other
    """
    waiting = sorted(tables)
    ordered: list[str] = []
    while waiting:
        free = [name for name in waiting if not _waits_for(name, waiting)]
        if not free:
            raise ValueError(f"These tables wait for each other: {', '.join(waiting)}.")
        ordered += free
        waiting = [name for name in waiting if name not in free]
    return ordered


def _waits_for(table: str, waiting: list[str]) -> bool:
    adopter = adopter_of(table)
    return adopter is not None and any(name in waiting for name in adopter.after if name != table)

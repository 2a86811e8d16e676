"""What a report says: figures, a picture, and a table that a file has word for word."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Protocol

from django.utils.formats import date_format, number_format

from studio.showing import NOTHING, day, hours, money

type Value = str | Decimal | int | date | timedelta | None

HUNDRED, TENTH, HUNDREDTH = Decimal(100), Decimal("0.1"), Decimal("0.01")
HOUR = 3600


class As(StrEnum):
    """How the values of a column are read: as text, or by what they count."""

    TEXT = "text"
    MONEY = "money"  # Decimal, in the report's currency
    COUNT = "count"
    QUANTITY = "quantity"
    PERCENT = "percent"  # Decimal: 12.5 is 12.5 %
    HOURS = "hours"  # timedelta; in a file as a decimal number
    DAY = "day"
    MONTH = "month"  # any day in it


WORDS = frozenset({As.TEXT, As.DAY, As.MONTH})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; the first of a table heads its rows.

    is_for_files: a page has no room for it, and says it in another column
    """

    label: Any
    shown_as: As = As.TEXT
    is_for_files: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its values stand on the right."""
        return self.shown_as not in WORDS

    @property
    def is_unbroken(self) -> bool:
        """Whether its values stay on one line."""
        return self.shown_as == As.DAY


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and the page that says what it is made of."""

    value: Value
    link: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with as many values, or cells, as there are columns.

    rows: read once; a long one is an iterator, which a file streams and a page reads the beginning of
    total: a last row, of the same columns; empty for none
    """

    columns: Sequence[Column]
    rows: Iterable[Sequence[Value | Cell]]
    total: Sequence[Value | Cell] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number above the picture.

    change: by how many percent it differs from the period before; None where nothing can be said
    """

    label: Any
    text: str
    change: Decimal | None = None
    link: str = ""

    @property
    def change_shown(self) -> str:
        """The change with its sign."""
        return "" if self.change is None else f"{'+' if self.change > 0 else ''}{number_format(self.change)} %"


class Picture(Protocol):
    """What can stand above a table: it brings its template, which finds it as `picture`, and says what it shows.

    title: names it; summary: says in a sentence or two what is to be seen, for those who do not see it
    """

    @property
    def template(self) -> str:
        """The template."""

    @property
    def title(self) -> Any:
        """Its name."""

    @property
    def summary(self) -> str:
        """What is to be seen."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where to go from a report: what the link says, and its address."""

    label: Any
    link: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report about some days.

    note: what is counted, and how
    empty: what it says without rows: why there is nothing, and what to do; `way` leads there
    links: where else to go from it
    """

    table: Table
    figures: Sequence[Figure] = ()
    picture: Picture | None = None
    note: Any = ""
    empty: Any = ""
    way: Way | None = None
    currency: str = ""
    links: Sequence[Way] = ()

    @property
    def compares(self) -> bool:
        """Whether a figure says how it differs from the period before."""
        return any(figure.change is not None for figure in self.figures)


def change(now: Decimal | int, before: Decimal | int) -> Decimal | None:
    """Return by how many percent something grew, to the tenth; None where there was nothing, or less, before."""
    if before <= 0:
        return None
    return (HUNDRED * (now - before) / Decimal(before)).quantize(TENTH, rounding=ROUND_HALF_UP)


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return how many percent of the whole a part is, to the tenth; None where there is no whole."""
    if not whole:
        return None
    return (HUNDRED * part / Decimal(whole)).quantize(TENTH, rounding=ROUND_HALF_UP)


def percent(value: Decimal | int | None, *, places: int = 0) -> str:
    """Return a share in words; where there is none, what stands for nothing."""
    if value is None:
        return NOTHING
    return f"{number_format(Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))} %"


def shown(value: Value, shown_as: As, currency: str) -> str:
    """Return a value as the page has it."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, timedelta):
        return hours(value)
    if isinstance(value, date):
        return date_format(value, "F Y") if shown_as == As.MONTH else day(value)
    if isinstance(value, Decimal | int):
        return _number(Decimal(value), shown_as, currency)
    return value


def _number(value: Decimal, shown_as: As, currency: str) -> str:
    if shown_as == As.MONEY:
        return money(value, currency)
    if shown_as == As.PERCENT:
        return percent(value, places=1)
    plain = value.quantize(HUNDREDTH) if shown_as == As.QUANTITY else value
    whole = plain.to_integral_value()
    return number_format(whole if whole == plain else plain, force_grouping=True)


def in_file(value: Value, shown_as: As) -> object:
    """Return a value as a file has it: a number where it is one, a month as "2026-11"."""
    if isinstance(value, timedelta):
        return (Decimal(value // timedelta(seconds=1)) / HOUR).quantize(HUNDREDTH)
    if isinstance(value, date) and shown_as == As.MONTH:
        return f"{value:%Y-%m}"
    return value


def value_of(cell: Value | Cell) -> Value:
    """Return the value of a cell, or what stands for one."""
    return cell.value if isinstance(cell, Cell) else cell

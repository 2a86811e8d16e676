"""An import of clients as its pages show it: how many rows of each kind, and some of the rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count

from sessions_app.models import ClientImport, ClientImportRow, RowOutcome
from sessions_app.selectors.import_columns import LABELS, NOT_TAKEN

PER_PAGE = 100
SAMPLES = 3
SHORT = 80


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows have an outcome."""

    outcome: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Some rows of an import.

    heads: of the columns that are taken
    rows: each with its cells under these heads
    page, pages: from 1
    """

    counted: tuple[Counted, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[ClientImportRow, tuple[str, ...]], ...]
    page: int
    pages: int


def counted_rows(client_import: ClientImport) -> tuple[Counted, ...]:
    """Return how many rows have each outcome that any has; queries: 1."""
    found = client_import.rows.order_by().values_list("outcome").annotate(number=Count("pk"))
    numbers = dict(found)
    return tuple(
        Counted(outcome.value, str(outcome.label), numbers[outcome]) for outcome in RowOutcome if outcome in numbers
    )


def preview(client_import: ClientImport, *, outcome: str = "", page: int = 1) -> Preview:
    """Return a page of the rows, of one outcome where one is named; queries: 2."""
    counted = counted_rows(client_import)
    rows = client_import.rows.select_related("client").order_by("number")
    total = sum(each.number for each in counted if outcome in {"", each.outcome})
    if outcome:
        rows = rows.filter(outcome=outcome)
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(page, 1), pages)
    taken = [position for position, column in enumerate(client_import.columns) if column["field"] != NOT_TAKEN]
    heads = tuple(str(LABELS[client_import.columns[position]["field"]]) for position in taken)
    shown = tuple(
        (row, tuple(_short(row.cells, position) for position in taken))
        for row in rows[(page - 1) * PER_PAGE : page * PER_PAGE]
    )
    return Preview(counted, heads, shown, page, pages)


def samples(client_import: ClientImport) -> list[list[str]]:
    """Return for each column what its first rows say."""
    first = client_import.rows.order_by("number").values_list("cells", flat=True)[:SAMPLES]
    rows = list(first)
    return [[text for row in rows if (text := _short(row, position))] for position in range(len(client_import.columns))]


def report(client_import: ClientImport) -> Iterator[Sequence[object]]:
    """Yield a line for each row of the file: its number, what became of it, why, and what it said."""
    rows = client_import.rows.select_related("client").order_by("number")
    for row in rows.iterator(chunk_size=1000):
        yield row.number, row.get_outcome_display(), row.why, row.client_id, row.client, *row.cells


def _short(cells: Sequence[str], position: int) -> str:
    text = cells[position] if position < len(cells) else ""
    return text if len(text) <= SHORT else f"{text[:SHORT]}\N{HORIZONTAL ELLIPSIS}"

"""What an adoption did, table by table."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MOST_REASONS = 5


@dataclass(slots=True)
class TableReport:
    """The rows of one table of the source; read = created + existing + set_aside.

    reasons: for each row set aside, its key and a sentence
    """

    read: int = 0
    created: int = 0
    existing: int = 0
    set_aside: int = 0
    reasons: list[tuple[object, str]] = field(default_factory=list)

    def leave(self, row: object, why: str) -> None:
        """Count a row that is set aside."""
        self.set_aside += 1
        self.reasons.append((row, why))


@dataclass(frozen=True, slots=True)
class Note:
    """A row that was taken over with a repair."""

    table: str
    row: object
    what: str


@dataclass(slots=True)
class Report:
    """One adoption.

    lacks, unknown: tables, and table.column
    notes: of rows created in this run
    """

    source: str
    lacks: list[str]
    unknown: list[str]
    tables: dict[str, TableReport] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    @property
    def set_aside(self) -> int:
        """How many rows have no place."""
        return sum(table.set_aside for table in self.tables.values())

    @property
    def created(self) -> int:
        """How many rows were created."""
        return sum(table.created for table in self.tables.values())

    def as_json(self) -> Mapping[str, object]:
        """Return the report in the form that other programs read."""
        return {
            "source": self.source,
            "lacks": self.lacks,
            "unknown": self.unknown,
            "tables": {name: _table_as_json(table) for name, table in sorted(self.tables.items())},
            "notes": [{"table": note.table, "row": note.row, "what": note.what} for note in self.notes],
        }


def _table_as_json(table: TableReport) -> Mapping[str, object]:
    return {
        "read": table.read,
        "created": table.created,
        "existing": table.existing,
        "set_aside": table.set_aside,
        "reasons": [{"row": row, "why": why} for row, why in table.reasons],
    }


def told(report: Report) -> Iterator[str]:
    """Return lines for a person: the commonest reasons for setting rows aside, by table, then the whole."""
    for name, table in sorted(report.tables.items()):
        if not table.set_aside:
            continue
        yield f"{name}: {table.set_aside} of {table.read} rows set aside"
        reasons = Counter(why for _row, why in table.reasons).most_common()
        yield from (f"  {count} x {why}" for why, count in reasons[:MOST_REASONS])
        if others := reasons[MOST_REASONS:]:
            yield f"  {sum(count for _why, count in others)} x {len(others)} other reasons"
    read, existing = (sum(getattr(table, part) for table in report.tables.values()) for part in ("read", "existing"))
    yield f"In all: {read} read, {report.created} created, {existing} existing, {report.set_aside} set aside."

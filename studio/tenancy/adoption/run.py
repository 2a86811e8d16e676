"""Taking over a source: everything in one transaction, inside the studio, as its role."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from studio.db import advisory_lock, constraint_name
from studio.errors import DomainError
from studio.tenancy.adoption import records
from studio.tenancy.adoption.adopters import Adopter, Found, Run, adopter_of, in_order
from studio.tenancy.adoption.former import compare
from studio.tenancy.adoption.records import Kept, Link
from studio.tenancy.adoption.report import Note, Report, TableReport
from studio.tenancy.adoption.rows import FormerRow, SetAside
from studio.tenancy.adoption.source import Content, Source, SourceRow, SourceTable
from studio.tenancy.context import inside
from studio.tenancy.models import Studio
from studio.tenancy.signals import source_adopted

Tell = Callable[[str], None]
ROWS_AT_ONCE = 1000
RESOURCE = "adoption"  # two adoptions into one studio wait for each other


def quiet(_line: str) -> None:
    """Say nothing."""


def adopt(
    *, source: Source, studio: Studio, now: datetime, shift: timedelta = timedelta(), tell: Tell = quiet
) -> Report:
    """Take a source over into a studio and return what happened; a failure leaves nothing behind.

    shift: added to the times of bookings on the wall calendar, e.g. to bring a demonstration up to date
    tell: takes a line of progress per table
    """
    with inside(studio), transaction.atomic():
        return _TakeOver(source, studio, now, shift, tell).run()


def rehearse(
    *, source: Source, studio: Studio, now: datetime, shift: timedelta = timedelta(), tell: Tell = quiet
) -> Report:
    """Return what `adopt` would report, and write nothing."""
    with inside(studio), transaction.atomic():
        report = _TakeOver(source, studio, now, shift, tell).run()
        transaction.set_rollback(True)
    return report


@dataclass(slots=True)
class _Batch:
    """What one table's rows leave to be written down."""

    links: list[Link] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    settled: list[tuple[str, str]] = field(default_factory=list)


class _TakeOver:
    """One adoption under way."""

    def __init__(self, source: Source, studio: Studio, now: datetime, shift: timedelta, tell: Tell) -> None:
        self.source, self.studio, self.tell = source, studio, tell
        self.found: Any = None
        self.run_facts = Run(
            zone=ZoneInfo(studio.time_zone), currency=studio.currency, now=now, shift=shift, rows_of=self._former_rows
        )
        difference = compare({table.name: table.columns for table in source.tables})
        self.report = Report(source=source.name, lacks=difference.lacks, unknown=difference.unknown)

    def run(self) -> Report:
        advisory_lock([RESOURCE])
        with connection.cursor() as cursor:
            # A key that is checked only at the commit would fail there, and name no row.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        written = records.provided()
        now = self.run_facts.now
        self.found, is_new = written.source(name=self.source.name, marks=self.source.marks(), now=now)
        self.run_facts.links = written.links(self.found)
        tables = {table.name: table for table in self.source.tables}
        for name in in_order(tables):
            self._table(tables[name])
        if is_new or self.report.created:
            source_adopted.send(sender=Studio, studio=self.studio, source=self.found, report=self.report, now=now)
        return self.report

    def _table(self, table: SourceTable) -> None:
        counts = self.report.tables[table.name] = TableReport()
        adopter, batch = adopter_of(table.name), _Batch()
        for row in self._rows(table, adopter):
            counts.read += 1
            if counts.read % ROWS_AT_ONCE == 0:
                self.tell(f"{table.name}: {counts.read}")
                self._write(batch)
            if (table.name, row.row_id) in self.run_facts.links:
                counts.existing += 1
            elif adopter is None:
                self._leave(table, row, self._no_home(table), batch)
            else:
                self._row(table, row, adopter, batch)
        self._write(batch)
        self.tell(
            f"{table.name}: {counts.read} read, {counts.created} created, {counts.existing} existing,"
            f" {counts.set_aside} set aside"
        )

    def _rows(self, table: SourceTable, adopter: Adopter | None) -> Iterable[SourceRow]:
        """Return the rows of a table in the order in which they are taken over."""
        rows = self.source.rows(table)
        if adopter is None or (rank := adopter.rank) is None:
            return rows
        return sorted(rows, key=lambda row: rank(self._former(table, row)), reverse=True)  # of equals the first stays

    def _former_rows(self, name: str) -> Iterator[FormerRow]:
        """Yield the rows of another table of the source, none when there is no such table."""
        for table in self.source.tables:
            if table.name == name:
                yield from (self._former(table, row) for row in self.source.rows(table))

    def _former(self, table: SourceTable, row: SourceRow) -> FormerRow:
        return FormerRow(table=table.name, row_id=row.row_id, content=row.content, zone=self.run_facts.zone)

    def _write(self, batch: _Batch) -> None:
        written = records.provided()
        written.add_links(self.found, batch.links)
        written.keep(self.found, batch.kept)
        written.settle(self.found, batch.settled, now=self.run_facts.now)
        batch.links, batch.kept, batch.settled = [], [], []

    def _no_home(self, table: SourceTable) -> str:
        if table.name in self.report.unknown:
            return _("Nothing is known of this table; its rows are kept.")
        return _("There is no place for this table yet; its rows are kept and taken over once there is.")

    def _leave(self, table: SourceTable, row: SourceRow, why: str, batch: _Batch) -> None:
        self.report.tables[table.name].leave(row.shown, why)
        self.run_facts.left.add((table.name, row.row_id))
        batch.kept.append(Kept(table.name, row.row_id, row.content, why))

    def _row(self, table: SourceTable, row: SourceRow, adopter: Adopter, batch: _Batch) -> None:
        former = self._former(table, row)
        try:
            with _refusals(), transaction.atomic():
                answer = adopter.adopt(former, self.run_facts)
                made, is_found = (answer.row, True) if isinstance(answer, Found) else (answer, False)
                _set_bookkeeping(made, former, is_found=is_found)
        except DomainError as refusal:
            self._leave(table, row, str(refusal), batch)
            return
        counts = self.report.tables[table.name]
        counts.existing, counts.created = counts.existing + is_found, counts.created + (not is_found)
        self.report.notes += [Note(table.name, row.shown, note) for note in former.notes]
        key = str(made.pk)
        self.run_facts.link(table.name, row.row_id, key)
        batch.links.append(Link(table.name, row.row_id, made._meta.label_lower, key))
        self._keep_leftover(table, row, former, batch)

    def _keep_leftover(self, table: SourceTable, row: SourceRow, former: FormerRow, batch: _Batch) -> None:
        leftover: Content = {name: value for name, value in former.leftover().items() if name not in table.key}
        if not leftover:
            batch.settled.append((table.name, row.row_id))
            return
        why = " ".join(
            [*former.notes, _("Columns kept as they were: %(names)s.") % {"names": ", ".join(sorted(leftover))}]
        )
        batch.kept.append(Kept(table.name, row.row_id, leftover, why))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what the database or a model's rules refuse about one row into a sentence."""
    try:
        yield
    except ValidationError as exc:
        raise SetAside(" ".join(exc.messages)) from exc
    except ObjectDoesNotExist as exc:
        raise SetAside(_("What it belongs to was taken over once and has been deleted here since.")) from exc
    except IntegrityError as exc:
        name = constraint_name(exc)
        raise SetAside(_sentences().get(name or "") or _("It breaks the rule %(name)s.") % {"name": name}) from exc
    except DataError as exc:
        raise SetAside(_("The database cannot hold it: %(why)s.") % {"why": str(exc).partition("\n")[0]}) from exc


def _sentences() -> dict[str, str]:
    """Return the sentence of each named constraint of the models that have one of their own."""
    return {
        constraint.name: str(constraint.violation_error_message)
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if constraint.violation_error_message != constraint.default_violation_error_message
    }


def _set_bookkeeping(made: models.Model, former: FormerRow, *, is_found: bool) -> None:
    """Give the new row the times of the old one, which saving would set to now; a found one keeps its own."""
    times = former.bookkeeping()
    if times and not is_found:
        models.QuerySet(type(made)).filter(pk=made.pk).update(**times)

"""Writing down what was taken over from former databases."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from studio.office.models import AdoptionLink, AdoptionRow, AdoptionSource
from studio.tenancy.adoption.records import Kept, Link

ROWS_AT_ONCE = 500
SAME_SOURCE = 0.5  # of the marks: rows are deleted and added in a living database


class OfficeRecords:
    """The record of adoptions in the studio's own tables."""

    def source(self, *, name: str, marks: set[str], now: datetime) -> tuple[AdoptionSource, bool]:
        """Return the source that shares half of its marks, or a new one under a free name, and whether it is new."""
        for known in AdoptionSource.objects.order_by("pk"):
            if _is_same(known, name=name, marks=marks):
                known.marks, known.adopted_at = sorted(marks), now
                known.save(update_fields=["marks", "adopted_at"])
                return known, False
        taken = set(AdoptionSource.objects.filter(name__startswith=name[:240]).values_list("name", flat=True))
        free = next(label for label in _labels(name[:240]) if label not in taken)
        return AdoptionSource.objects.create(name=free, marks=sorted(marks), adopted_at=now), True

    def links(self, source: AdoptionSource) -> dict[tuple[str, str], str]:
        """Return (table, row) -> key of what it became."""
        rows = source.links.values_list("table_name", "row_id", "object_id")
        return {(table, row_id): object_id for table, row_id, object_id in rows}

    def add_links(self, source: AdoptionSource, links: Iterable[Link]) -> None:
        """Write down what rows became."""
        AdoptionLink.objects.bulk_create(
            [
                AdoptionLink(
                    source=source,
                    table_name=link.table,
                    row_id=link.row_id,
                    object_type=link.object_type,
                    object_id=link.object_id,
                )
                for link in links
            ],
            batch_size=ROWS_AT_ONCE,
        )

    def keep(self, source: AdoptionSource, rows: Iterable[Kept]) -> None:
        """Keep what found no place, in the place of what was kept of the same rows before."""
        AdoptionRow.objects.bulk_create(
            [
                AdoptionRow(
                    source=source, table_name=row.table, row_id=row.row_id, content=row.content, reason=row.reason
                )
                for row in rows
            ],
            batch_size=ROWS_AT_ONCE,
            update_conflicts=True,
            unique_fields=["source", "table_name", "row_id"],
            update_fields=["content", "reason", "settled_at", "updated_at"],
        )

    def settle(self, source: AdoptionSource, rows: Iterable[tuple[str, str]], *, now: datetime) -> None:
        """Note that nothing of these rows is without a place any more."""
        by_table: dict[str, list[str]] = {}
        for table, row_id in rows:
            by_table.setdefault(table, []).append(row_id)
        for table, row_ids in by_table.items():
            AdoptionRow.objects.filter(
                Q(source=source, table_name=table, row_id__in=row_ids), settled_at__isnull=True
            ).update(settled_at=now, updated_at=now)


def _is_same(known: AdoptionSource, *, name: str, marks: set[str]) -> bool:
    if not marks or not known.marks:
        return known.name == name
    return len(marks.intersection(known.marks)) >= SAME_SOURCE * min(len(marks), len(known.marks))


def _labels(name: str) -> Iterable[str]:
    yield name
    number = 2
    while True:
        yield f"{name} ({number})"
        number += 1

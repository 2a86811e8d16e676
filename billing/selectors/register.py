"""The proof of numbers: of each series what was issued, that none is missing, and that nothing was changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Value, Window
from django.db.models.functions import Lag

from billing.models import Invoice, NumberSeries, SeriesKind
from billing.selectors.snapshots import fingerprint

MOST_BREAKS = 50
AT_ONCE = 500
DOCUMENTS = (SeriesKind.INVOICE, SeriesKind.CREDIT_NOTE)


@dataclass(frozen=True, slots=True)
class SeriesProof:
    """One series.

    first, last: numbers as they are printed; "" while there are none
    missing: numbers between 1 and the next one that no document has
    is_chained: each document names the fingerprint of the one before, and the series that of the last
    """

    series: NumberSeries
    first: str
    last: str
    count: int
    missing: int
    is_chained: bool


def series_proofs() -> Sequence[SeriesProof]:
    """Return the series of invoices and credit notes, the latest year first; looked at by what is stored of each.

    queries: 3, however many series and documents
    """
    rows = Invoice.objects.filter(series__isnull=False).values("series")
    counts = rows.annotate(count=Count("pk"), least=Min("number"), most=Max("number")).order_by("series")
    counted: dict[int, Any] = {row["series"]: row for row in counts}
    nothing: dict[str, Any] = {"count": 0, "least": None, "most": None}
    broken = _broken_links()
    all_series = NumberSeries.objects.filter(kind__in=DOCUMENTS).order_by("-year", "kind", "is_test", "pk")
    last_hashes = _hashes_of_last()
    return [
        _proof(
            series,
            counted.get(series.pk, nothing),
            is_chained=series.pk not in broken and last_hashes.get(series.pk, "") == series.last_hash,
        )
        for series in all_series
    ]


def _proof(series: NumberSeries, counted: dict[str, Any], *, is_chained: bool) -> SeriesProof:
    return SeriesProof(
        series=series,
        first=_printed(series, counted["least"]),
        last=_printed(series, counted["most"]),
        count=counted["count"],
        missing=series.next_number - 1 - counted["count"],
        is_chained=is_chained,
    )


def breaks_of(series: NumberSeries) -> Sequence[str]:
    """Return the numbers of documents whose fingerprint, worked out anew, is another, at most 50; none is the proof.

    queries: 1 for each 500 documents, read one after the other
    """
    found: list[str] = []
    before = ""
    rows = Invoice.objects.filter(series=series).order_by("number")
    facts = rows.values_list("invoice_number", "snapshot", "content_hash", "previous_hash")
    for number, snapshot, stored, previous in facts.iterator(chunk_size=AT_ONCE):
        if previous != before or fingerprint(snapshot or {}, previous) != stored:
            found.append(number)
        if len(found) == MOST_BREAKS:
            break
        before = stored
    return found


def _broken_links() -> set[int]:
    """Return the series in which a document does not follow the one before it."""
    last = Window(Lag("content_hash", default=Value("")), partition_by="series", order_by="number")
    number = Window(Lag("number", default=Value(0)), partition_by="series", order_by="number")
    rows = Invoice.objects.filter(series__isnull=False).annotate(hash_before=last, number_before=number)
    broken = rows.filter(~Q(previous_hash=F("hash_before")) | ~Q(number=F("number_before") + 1))
    return set(broken.values_list("series", flat=True).distinct())


def _hashes_of_last() -> dict[int, str]:
    rows = Invoice.objects.filter(series__isnull=False, number=F("series__next_number") - 1)
    return dict(rows.values_list("series", "content_hash"))


def _printed(series: NumberSeries, number: int | None) -> str:
    return series.pattern.format(year=series.year, number=number) if number else ""

"""The proof of numbers: of each series what was given, that none is missing, and that nothing was changed since.

It reads what the proof of the books reads, one series at a time: see `billing.selectors.books_numbers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, models

from billing.models import Invoice, NumberSeries, PaymentReceipt, SeriesKind
from billing.selectors.books_numbers import of_everything
from billing.selectors.snapshots import fingerprint

MOST_BREAKS = 50
AT_ONCE = 500
# Handed out with a number for good, each chained to the one before.
CHAINED = (SeriesKind.INVOICE, SeriesKind.CREDIT_NOTE, SeriesKind.RECEIPT)
PROOF = of_everything("""
    WITH counted AS (
        SELECT n.series_id, count(*) AS count, min(n.number) AS least, max(n.number) AS most
        FROM every_number AS n GROUP BY n.series_id),
    links AS (
        SELECT l.*, lag(l.content_hash, 1, '') OVER one AS hash_before,
            lag(l.number, 1, s.first_number - 1) OVER one AS number_before
        FROM every_link AS l JOIN number_series s ON s.id = l.series_id
        WINDOW one AS (PARTITION BY l.series_id ORDER BY l.number)),
    broken AS (
        SELECT series_id FROM links WHERE previous_hash <> hash_before OR number <> number_before + 1)
    SELECT s.id, coalesce(c.count, 0), c.least, c.most, s.id NOT IN (SELECT series_id FROM broken)
        AND s.last_hash = coalesce((SELECT l.content_hash FROM links l
            WHERE l.series_id = s.id AND l.number = s.next_number - 1), '')
    FROM number_series s LEFT JOIN counted c ON c.series_id = s.id
""")


@dataclass(frozen=True, slots=True)
class SeriesProof:
    """One series.

    first, last: numbers as they are printed; "" while there are none
    missing: numbers between its first and the next one that nothing has
    is_chained: each document names the fingerprint of the one before, and the series that of the last; None where
        numbers alone follow each other: quotes and contracts may be sent anew under theirs
    """

    series: NumberSeries
    first: str
    last: str
    count: int
    missing: int
    is_chained: bool | None


def series_proofs() -> Sequence[SeriesProof]:
    """Return every series, the latest year first; looked at by what is stored of each number.

    queries: 2, however many series and documents
    """
    with connection.cursor() as cursor:
        cursor.execute(PROOF)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    all_series = NumberSeries.objects.order_by("-year", "kind", "is_test", "pk")
    return [_proof(series, found[series.pk]) for series in all_series if series.pk in found]


def _proof(series: NumberSeries, row: tuple[int, int | None, int | None, bool]) -> SeriesProof:
    count, least, most, is_chained = row
    return SeriesProof(
        series=series,
        first=_printed(series, least),
        last=_printed(series, most),
        count=count,
        missing=series.next_number - series.first_number - count,
        is_chained=is_chained if series.kind in CHAINED else None,
    )


def breaks_of(series: NumberSeries) -> Sequence[str]:
    """Return the numbers of documents whose fingerprint, worked out anew, is another, at most 50; none is the proof.

    queries: 1 for each 500 documents, read one after the other
    """
    found: list[str] = []
    before = ""
    is_receipts = series.kind == SeriesKind.RECEIPT
    model: type[models.Model] = PaymentReceipt if is_receipts else Invoice
    rows = model._default_manager.filter(series=series).order_by("number")
    facts = ("receipt_number" if is_receipts else "invoice_number", "snapshot", "content_hash", "previous_hash")
    for number, snapshot, stored, previous in rows.values_list(*facts).iterator(chunk_size=AT_ONCE):
        if previous != before or fingerprint(snapshot or {}, previous) != stored:
            found.append(number)
        if len(found) == MOST_BREAKS:
            break
        before = stored
    return found


def _printed(series: NumberSeries, number: int | None) -> str:
    return series.pattern.format(year=series.year, number=number) if number else ""

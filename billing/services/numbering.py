"""Taking the next number of a series: as late in a transaction as can be, for whoever takes one holds all others up."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.models import TEST_PREFIX, NumberSeries, SeriesKind
from billing.selectors import former_numbers
from studio.clock import local_day
from studio.office.selectors.profile import current_profile

PATTERNS = {
    SeriesKind.INVOICE: "invoice_pattern",
    SeriesKind.CREDIT_NOTE: "credit_note_pattern",
    SeriesKind.QUOTE: "quote_pattern",
}
OTHER_PATTERNS = {SeriesKind.RECEIPT: "REC-{year}-{number:04}", SeriesKind.CONTRACT: "CTR-{year}-{number:04}"}


@dataclass(frozen=True, slots=True)
class Number:
    """The number that comes next.

    text: as it is printed
    at: when it was taken; never before the one that was taken before it
    previous_hash: fingerprint of the document before in the series, "" of the first
    """

    series: NumberSeries
    value: int
    text: str
    at: datetime
    previous_hash: str


def moment_of_issue(*, kind: SeriesKind, now: datetime, is_test: bool) -> datetime:
    """Return when a document of a kind is issued: now, or when the last one was, where the clock runs backwards.

    queries: 1
    """
    year = local_day(now, current_profile().zone).year
    series = NumberSeries.objects.filter(kind=kind, year=year, is_test=is_test).first()
    return max(now, (series and series.last_issued_at) or now)


def next_number(*, kind: SeriesKind, on: date, now: datetime, is_test: bool = False) -> Number:
    """Return the next number of a kind in the year of a day; the series stays locked until the end.

    A clock that runs backwards is held at the moment of the number before.
    """
    series = _locked(kind, on.year, is_test=is_test)
    text = series.pattern.format(year=series.year, number=series.next_number)
    at = max(now, series.last_issued_at or now)
    return Number(series, series.next_number, text, at, series.last_hash)


def take(*, number: Number, fingerprint: str) -> None:
    """Take a number, before the document that gets it is saved.

    fingerprint: of that document; the next one is chained to it
    """
    series = number.series
    series.next_number, series.last_issued_at, series.last_hash = number.value + 1, number.at, fingerprint
    series.save(update_fields=["next_number", "last_issued_at", "last_hash"])


def _locked(kind: SeriesKind, year: int, *, is_test: bool) -> NumberSeries:
    found = NumberSeries.objects.locked().filter(kind=kind, year=year, is_test=is_test).first()
    if found is None:
        pattern = _pattern(kind, is_test=is_test)
        made = NumberSeries(kind=kind, year=year, is_test=is_test, pattern=pattern)
        made.first_number = made.next_number = former_numbers.first_number(kind, pattern, year)
        NumberSeries.objects.bulk_create([made], ignore_conflicts=True)
        found = NumberSeries.objects.locked().get(kind=kind, year=year, is_test=is_test)
    return found


def _pattern(kind: SeriesKind, *, is_test: bool) -> str:
    field = PATTERNS.get(kind)
    pattern = getattr(current_profile(), field) if field else OTHER_PATTERNS[kind]
    return f"{TEST_PREFIX}{pattern}" if is_test else pattern

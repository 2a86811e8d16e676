"""What issuing a draft would make of it, before anybody does."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.models import TEST_PREFIX, Invoice, NumberSeries, SeriesKind
from billing.selectors.terms import due_on
from studio.clock import local_day
from studio.office.models import StudioProfile


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft becomes.

    number: the next one of its series; who issues another document first takes it
    """

    number: str
    issued_on: date
    due_on: date


def preview_of(draft: Invoice, profile: StudioProfile, now: datetime) -> Preview:
    """Return what a draft becomes when it is issued now.

    queries: 1
    """
    on = local_day(now, profile.zone)
    series = NumberSeries.objects.filter(kind=SeriesKind.INVOICE, year=on.year, is_test=draft.is_test).first()
    prefix = TEST_PREFIX if draft.is_test else ""
    pattern, number = (series.pattern, series.next_number) if series else (f"{prefix}{profile.invoice_pattern}", 1)
    return Preview(pattern.format(year=on.year, number=number), on, due_on(draft, on))

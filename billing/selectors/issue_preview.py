"""What issuing a draft would make of it, before anybody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from billing.models import TEST_PREFIX, Invoice, NumberSeries, SeriesKind
from billing.selectors.former_numbers import first_number
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

    queries: 1; 1 more where the series is still to be begun
    """
    on = local_day(now, profile.zone)
    number = number_to_come(SeriesKind.INVOICE, profile.invoice_pattern, on, is_test=draft.is_test)
    return Preview(number, on, due_on(draft, on))


def missing_facts(draft: Invoice, profile: StudioProfile) -> Sequence[str]:
    """Return which facts of the studio a document should state and will not."""
    stated = {
        _("register number"): profile.registration_number,
        _("VAT number"): profile.vat_number or not draft.tax_amount,
        _("IBAN"): profile.iban or not draft.payable,
    }
    return [name for name, is_said in stated.items() if not is_said]


def number_to_come(kind: SeriesKind, pattern: str, on: date, *, is_test: bool) -> str:
    """Return the next number of a series.

    pattern: of a series that is still to be begun
    queries: 1; 1 more where the series is still to be begun
    """
    series = NumberSeries.objects.filter(kind=kind, year=on.year, is_test=is_test).first()
    fresh = f"{TEST_PREFIX}{pattern}" if is_test else pattern
    if series is None:
        return fresh.format(year=on.year, number=first_number(kind, fresh, on.year))
    return series.pattern.format(year=on.year, number=series.next_number)

"""Lines as somebody writes them, of a quote or an invoice, and what each comes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _

from billing.models import Service, ServiceUnit, VatRate
from billing.services import sums
from sessions_app.services import facts
from studio.errors import DomainError
from studio.money import quantise

ONE = Decimal(1)
NOTHING = Decimal(0)


class RateArchived(DomainError):
    """The VAT rate of a line is no longer offered."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says."""

    description: str
    unit_price: Decimal
    vat_rate: VatRate
    quantity: Decimal = ONE
    unit: str = ServiceUnit.PIECE
    discount: Decimal = NOTHING
    service: Service | None = None


def facts_of(line: Line, *, currency: str, rate: VatRate) -> dict[str, object]:
    """Return the columns that a line makes, its sum among them.

    rate: of `rates_now`
    raises: facts.BadFacts for numbers that no document holds, or a discount that the currency has no amount for
    """
    amount = sums.amount_of(line.quantity, line.unit_price, line.discount, currency)
    if line.discount != quantise(line.discount, currency):
        told = {"currency": currency, "amount": line.discount}
        raise facts.BadFacts(_("%(currency)s has no amount of %(amount)s.") % told)
    return {
        "description": line.description.strip(),
        "unit": line.unit,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "discount": line.discount,
        "amount": amount,
        "net": amount,
        "vat_rate": rate,
        "vat_category": rate.category,
        "vat_percent": rate.rate,
        "service": line.service,
    }


def rates_now(lines: Iterable[Line]) -> Mapping[int, VatRate]:
    """Return the rates of lines as they are now, by their keys; also those that are no longer offered.

    queries: 1
    """
    return VatRate.objects.in_bulk({line.vat_rate.pk for line in lines})


def require_offered(rate: VatRate) -> VatRate:
    """Return a rate that a line may be written at.

    raises: RateArchived
    """
    if rate.archived_at:
        raise RateArchived(_("The VAT rate %(rate)s is archived: choose another.") % {"rate": rate})
    return rate


def store(rows: Sequence[models.Model]) -> None:
    """Store new lines of one document, many at a time; what their table refuses becomes a sentence.

    raises: facts.BadFacts
    """
    if rows:
        with facts.saving(rows[0]):
            type(rows[0])._default_manager.bulk_create(rows, batch_size=sums.LINES_AT_ONCE)

"""What is sold at the desk, and what it comes to before anything is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.models import PriceMode, Service, VatRate
from billing.selectors.taxes import Taxed, Totals, group_of, line_amount, totals_of
from billing.selectors.terms import details_of
from sessions_app.models import Client

NOTHING = Decimal(0)
MOST_OFFERED = 200


@dataclass(frozen=True, slots=True)
class OnSale:
    """A service as it stands at the desk.

    price: of one, with VAT
    """

    service: Service
    price: Decimal


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of something, at a price without VAT."""

    quantity: Decimal
    unit_price: Decimal
    rate: VatRate


def on_sale(currency: str) -> Sequence[OnSale]:
    """Return the catalogue, by group, each with its price as somebody at the desk pays it.

    queries: 1
    """
    found = Service.objects.on_sale().filter(vat_rate__archived_at__isnull=True).select_related("vat_rate")
    services = found.order_by("category", "position", "name", "pk")[:MOST_OFFERED]
    return [OnSale(service, _with_vat(service, currency)) for service in services]


def rate_for(client: Client | None, usual: VatRate) -> VatRate:
    """Return the rate of something that is sold: the client's own where they have one."""
    return (details_of(client).vat_rate if client else None) or usual


def sum_of(wanted: Iterable[Wanted], currency: str) -> Totals:
    """Return what things come to, as the invoice will say it."""
    lines = [
        Taxed(
            line_amount(quantity=each.quantity, unit_price=each.unit_price, discount=NOTHING, currency=currency),
            each.rate.category,
            each.rate.rate,
        )
        for each in wanted
    ]
    return totals_of(lines, mode=PriceMode.NET, currency=currency)


def _with_vat(service: Service, currency: str) -> Decimal:
    taxed = Taxed(service.unit_price, service.vat_rate.category, service.vat_rate.rate)
    group = group_of(taxed, mode=PriceMode.NET, currency=currency)
    return group.base + group.tax

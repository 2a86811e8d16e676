"""What is sold at the desk, and what it comes to before anything is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.models import PriceMode, Service, VatRate
from billing.selectors.taxes import Taxed, Totals, line_amount, totals_of, with_vat
from billing.selectors.terms import details_of
from sessions_app.models import Client

NOTHING = Decimal(0)
MOST_OFFERED = 200
# Ten of what costs 2.00 cost 20.00: the price that stands at the counter is multiplied, and not one without VAT.
AT_THE_DESK = PriceMode.GROSS_STATED


@dataclass(frozen=True, slots=True)
class OnSale:
    """A service as it stands at the desk.

    price: of one, with VAT
    """

    service: Service
    price: Decimal


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of something, at a price with VAT."""

    quantity: Decimal
    unit_price: Decimal
    rate: VatRate


def on_sale(currency: str) -> Sequence[OnSale]:
    """Return the catalogue, by group, each with its price as somebody at the desk pays it.

    queries: 1
    """
    found = Service.objects.on_sale().filter(vat_rate__archived_at__isnull=True).select_related("vat_rate")
    services = found.order_by("category", "position", "name", "pk")[:MOST_OFFERED]
    return [OnSale(service, price_at(service, service.vat_rate, currency)) for service in services]


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
    return totals_of(lines, mode=AT_THE_DESK, currency=currency)


def price_at(service: Service, rate: VatRate, currency: str) -> Decimal:
    """Return what one costs with VAT at a rate."""
    return with_vat(service.unit_price, rate.rate, currency)

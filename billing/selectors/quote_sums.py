"""What a quote comes to: its VAT by rate, the deposit that its acceptance asks, and until when it would hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from billing.models import PriceMode, Quote, QuoteItem, VatRate
from billing.selectors.taxes import Taxed, Totals, totals_of
from studio.clock import local_day, local_midnight
from studio.money import quantise
from studio.office.selectors.profile import current_profile

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class DepositPart:
    """What a deposit asks at one rate.

    amount: with or without VAT, as the quote states its prices
    """

    vat_rate: VatRate
    amount: Decimal


def computed(quote: Quote, items: Sequence[QuoteItem]) -> Totals:
    """Return the sums that lines make."""
    lines = [Taxed(item.amount, item.vat_category, item.vat_percent) for item in items]
    return totals_of(lines, mode=PriceMode(quote.price_mode), currency=quote.currency)


def deposit_parts(quote: Quote, items: Sequence[QuoteItem]) -> list[DepositPart]:
    """Return what the acceptance asks first, rate by rate; nothing where no deposit is asked.

    items: with their rates
    """
    rates = {(item.vat_category, item.vat_percent): item.vat_rate for item in items}
    shares = [
        DepositPart(
            rates[group.category, group.rate],
            quantise(group.amount * quote.deposit_percent / HUNDRED, quote.currency),
        )
        for group in computed(quote, items).groups
    ]
    return [share for share in shares if share.amount > 0]


def deposit_of(quote: Quote, items: Sequence[QuoteItem]) -> Decimal:
    """Return the deposit with its VAT, as its invoice will say."""
    parts = [Taxed(part.amount, part.vat_rate.category, part.vat_rate.rate) for part in deposit_parts(quote, items)]
    return totals_of(parts, mode=PriceMode(quote.price_mode), currency=quote.currency).payable


def valid_until(draft: Quote, items: Sequence[QuoteItem], now: datetime) -> datetime:
    """Return the end of the last day on which a quote is valid, or the start of its first slot if that is sooner."""
    zone = current_profile().zone
    end = local_midnight(local_day(now, zone) + timedelta(days=draft.validity_days + 1), zone)
    return min([end, *(item.session.starts_at for item in items if item.session and item.session.starts_at > now)])

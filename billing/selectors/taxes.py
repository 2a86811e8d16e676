"""VAT as EN 16931 computes it: once on the sum of each category and rate, never line by line.

Whatever is divided over several documents or lines is computed up to and including each, less what was stated before:
so the parts are the whole to the cent, however it was divided.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from billing.models import PriceMode
from studio.money import quantise

HUNDRED = Decimal(100)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Taxed:
    """An amount at a category and rate.

    amount: with or without VAT, as the document states its prices; below zero takes off
    rate: in percent
    """

    amount: Decimal
    category: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """What a document says of one category and rate.

    amount: sum of the lines, as the document states its prices
    rounding: the cent by which base and tax miss a sum with VAT that no sum without VAT gives
    """

    category: str
    rate: Decimal
    amount: Decimal
    base: Decimal
    tax: Decimal
    rounding: Decimal

    def less(self, before: Self) -> Self:
        """Return what is left of this group when a part of it was stated before."""
        return type(self)(
            self.category,
            self.rate,
            self.amount - before.amount,
            self.base - before.base,
            self.tax - before.tax,
            self.rounding - before.rounding,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a document.

    nets: of each line, in the order given
    """

    groups: tuple[TaxGroup, ...]
    nets: tuple[Decimal, ...]

    @property
    def subtotal(self) -> Decimal:
        """The sum without VAT."""
        return sum((group.base for group in self.groups), NOTHING)

    @property
    def tax_amount(self) -> Decimal:
        """All VAT."""
        return sum((group.tax for group in self.groups), NOTHING)

    @property
    def rounding(self) -> Decimal:
        """What is added to the total so that prices with VAT stay what they were."""
        return sum((group.rounding for group in self.groups), NOTHING)

    @property
    def payable(self) -> Decimal:
        """What is asked for, before deposits come off."""
        return self.subtotal + self.tax_amount + self.rounding


def line_amount(*, quantity: Decimal, unit_price: Decimal, discount: Decimal, currency: str) -> Decimal:
    """Return what a line comes to, as its document states prices."""
    return quantise(quantity * unit_price, currency) - discount


def with_vat(price: Decimal, percent: Decimal, currency: str) -> Decimal:
    """Return a price without VAT as it is with VAT."""
    return quantise(price * (HUNDRED + percent) / HUNDRED, currency)


def group_of(taxed: Taxed, *, mode: PriceMode, currency: str) -> TaxGroup:
    """Return base and tax of a sum at one category and rate.

    Without VAT: the tax is that of the sum. With VAT: it is taken out of the sum, and what is left is the base; or both
    are computed as if prices were without VAT, and the missing cent is stated.
    """
    amount, rate = taxed.amount, taxed.rate
    if mode == PriceMode.NET:
        base, tax, rounding = amount, quantise(amount * rate / HUNDRED, currency), NOTHING
    elif mode == PriceMode.GROSS:
        tax = quantise(amount * rate / (HUNDRED + rate), currency)
        base, rounding = amount - tax, NOTHING
    else:
        base = quantise(amount * HUNDRED / (HUNDRED + rate), currency)
        tax = quantise(base * rate / HUNDRED, currency)
        rounding = amount - base - tax
    return TaxGroup(taxed.category, rate, amount, base, tax, rounding)


def totals_of(lines: Sequence[Taxed], *, mode: PriceMode, currency: str, before: Iterable[TaxGroup] = ()) -> Totals:
    """Return the sums of a document.

    before: what other documents stated of the same whole, as credit notes did of their invoice
    """
    stated = {(group.category, group.rate): group for group in before}
    running: dict[tuple[str, Decimal], TaxGroup] = {}
    nets = []
    for line in lines:
        key = (line.category, line.rate)
        zero = TaxGroup(line.category, line.rate, NOTHING, NOTHING, NOTHING, NOTHING)
        so_far = running.get(key) or stated.get(key, zero)
        running[key] = group_of(
            Taxed(so_far.amount + line.amount, line.category, line.rate), mode=mode, currency=currency
        )
        nets.append(running[key].base - so_far.base)
    groups = [group.less(stated[key]) if key in stated else group for key, group in running.items()]
    return Totals(tuple(sorted(groups, key=lambda group: (-group.rate, group.category))), tuple(nets))

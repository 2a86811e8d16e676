"""What a draft comes to, also with a line that nobody has written yet."""

from dataclasses import dataclass
from decimal import Decimal

from billing.models import Invoice, InvoiceItem, PriceMode, VatRate
from billing.selectors.taxes import Taxed, TaxGroup, line_amount, totals_of
from studio.money import quantise

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line as it stands in a form."""

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    vat_rate: VatRate


@dataclass(frozen=True, slots=True)
class DraftSums:
    """The sums of a draft, by rate and together.

    line: what the typed line comes to; None without one
    """

    groups: tuple[TaxGroup, ...]
    subtotal: Decimal
    tax: Decimal
    rounding: Decimal
    deducted: Decimal
    line: Decimal | None = None

    @property
    def total(self) -> Decimal:
        """With VAT."""
        return self.subtotal + self.tax

    @property
    def payable(self) -> Decimal:
        """What is asked."""
        return self.total + self.rounding - self.deducted


def sums_with(draft: Invoice, typed: TypedLine | None, *, instead_of: InvoiceItem | None = None) -> DraftSums:
    """Return what a draft comes to with a line that is being typed.

    instead_of: the line that is being changed
    queries: 1
    """
    items = draft.items.order_by("position")
    if typed is not None and instead_of is not None:
        items = items.exclude(pk=instead_of.pk)
    lines = [Taxed(*facts) for facts in items.values_list("amount", "vat_category", "vat_percent")]
    amount = None
    if typed is not None:
        amount = line_amount(
            quantity=typed.quantity,
            unit_price=typed.unit_price,
            discount=quantise(typed.discount, draft.currency),
            currency=draft.currency,
        )
        lines.append(Taxed(amount, typed.vat_rate.category, typed.vat_rate.rate))
    totals = totals_of(lines, mode=PriceMode(draft.price_mode), currency=draft.currency)
    return DraftSums(totals.groups, totals.subtotal, totals.tax_amount, totals.rounding, draft.deducted_total, amount)

"""Lines of former documents and quotes: they are read with the document that they belong to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from django.db import models
from django.utils.translation import gettext as _

from billing.adoption.reading import signed
from billing.models import QuoteItem, VatRate
from billing.selectors.taxes import line_amount
from studio.tenancy.adoption.adopters import Part, Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

NOTHING = Decimal(0)
THOUSANDTH = Decimal("0.001")
MOST = Decimal("999999999.999")


@dataclass(frozen=True, slots=True)
class FormerLine:
    """A line as it stood: its amount is what was stated, whatever quantity and price make.

    row: None where the document says it without lines
    quote_item: the line of a quote that it charges
    """

    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    rate: VatRate
    row: FormerRow | None = None
    quote_item: QuoteItem | None = None

    def facts(self, position: int) -> dict[str, object]:
        """Return what a line of a document or of a quote is made of, with the moment it was made."""
        return (self.row.made_at() if self.row else {}) | {
            "position": position,
            "description": self.description,
            "quantity": self.quantity,
            "unit_price": self.unit_price,
            "amount": self.amount,
            "net": self.amount,
            "vat_rate": self.rate,
            "vat_category": self.rate.category,
            "vat_percent": self.rate.rate,
        }


def lines_of(
    rows: Sequence[FormerRow], run: Run, *, of: str, usual: Callable[[], VatRate], currency: str
) -> list[FormerLine]:
    """Return the lines that rows are; why one is none is told in its turn.

    of: the column that names the document
    usual: gives the rate of lines that name none
    """
    found, usual = [], cache(usual)
    for row in rows:
        row.value(of)
        try:
            found.append(_line(row, run, usual, currency))
        except SetAside as refusal:
            run.parts[row.table, row.row_id] = Part(row, refusal)
    return found


def note_made(run: Run, lines: Sequence[FormerLine], made: Sequence[models.Model]) -> None:
    """Remember what the rows of lines became, for their turn."""
    for line, item in zip(lines, made, strict=True):
        if line.row is not None:
            run.parts[line.row.table, line.row.row_id] = Part(line.row, item)


def adopt_invoice_line(row: FormerRow, run: Run) -> models.Model:
    """Return the line that a row of `invoice_items` became with its document."""
    return _became(row, run, "invoice_id", "invoices")


def adopt_quote_line(row: FormerRow, run: Run) -> models.Model:
    """Return the line that a row of `quote_items` became with its quote."""
    return _became(row, run, "quote_id", "quotes")


def _became(row: FormerRow, run: Run, column: str, table: str) -> models.Model:
    run.required(row, column, table)
    found = run.part(row)
    if found is None:
        _amounts(row, run.currency)  # why it was none in the run of its document, it says again
        run.linked(row, "vat_rate_id", "vat_rates")
        raise SetAside(_("What it belongs to was taken over without it, and stays as it is."))
    if isinstance(found.became, SetAside):
        raise found.became
    return found.became


def _line(row: FormerRow, run: Run, usual: Callable[[], VatRate], currency: str) -> FormerLine:
    quantity, unit_price, amount = _amounts(row, currency)
    key = run.linked(row, "vat_rate_id", "vat_rates")
    return FormerLine(
        description=row.raw_text("description").strip() or _("Without a description"),
        quantity=quantity,
        unit_price=unit_price,
        amount=amount,
        rate=VatRate.objects.get(pk=key) if key else usual(),
        row=row,
    )


def _amounts(row: FormerRow, currency: str) -> tuple[Decimal, Decimal, Decimal]:
    """Return the quantity, the price of one and the amount of a line.

    raises: SetAside
    """
    quantity, unit_price, amount = _quantity(row), signed(row, "unit_price"), signed(row, "amount")
    if unit_price < 0:
        quantity, unit_price = -quantity, -unit_price
    if amount * quantity < 0:
        told = {"quantity": quantity, "price": unit_price, "amount": amount}
        raise SetAside(_("%(quantity)s times %(price)s cannot be %(amount)s.") % told)
    made = line_amount(quantity=quantity, unit_price=unit_price, discount=NOTHING, currency=currency)
    if made != amount:
        row.notes.append(
            _("%(quantity)s times %(price)s is %(made)s; it stated %(amount)s, which is kept.")
            % {"quantity": quantity, "price": unit_price, "made": made, "amount": amount}
        )
    return quantity, unit_price, amount


def _quantity(row: FormerRow) -> Decimal:
    quantity = row.number("quantity")
    if quantity is None:
        return Decimal(1)
    if not quantity or abs(quantity) > MOST or quantity != quantity.quantize(THOUSANDTH):
        raise SetAside(_("quantity cannot be %(value)s.") % {"value": quantity})
    return quantity

"""What a draft comes to: net sums of its lines, VAT by rate, totals. Written whenever a line changes."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceItem, InvoiceKind, InvoiceTax, PriceMode, VatRate
from billing.selectors.taxes import Taxed, TaxGroup, Totals, line_amount, totals_of
from sessions_app.services import facts
from studio.money import quantise

SUM_FIELDS = ("subtotal", "tax_amount", "total", "rounding", "deducted_total")
NOTHING = Decimal(0)
MOST = Decimal("9999999999.99")  # that an amount has room for
LINES_AT_ONCE = 1000


def amount_of(quantity: Decimal, unit_price: Decimal, discount: Decimal, currency: str) -> Decimal:
    """Return what a line comes to, as its document states prices.

    raises: facts.BadFacts when no document holds such numbers
    """
    if not all(each.is_finite() and abs(each) <= MOST for each in (quantity, unit_price, discount)):
        raise facts.BadFacts(_("Quantity, price and discount are numbers of at most ten digits."))
    return line_amount(
        quantity=quantity, unit_price=unit_price, discount=quantise(discount, currency), currency=currency
    )


def refresh(draft: Invoice) -> Totals:
    """Compute a draft's sums out of its lines, write them down, and return them. The caller holds its row.

    raises: facts.BadFacts when no document holds such sums
    """
    items = list(draft.items.order_by("position"))
    totals = computed(draft, items)
    if any(
        abs(sum_) > MOST for sum_ in (totals.subtotal + totals.tax_amount, *(group.amount for group in totals.groups))
    ):
        raise facts.BadFacts(_("The document comes to more than one can hold: write several."))
    changed = []
    for item, net in zip(items, totals.nets, strict=True):
        if item.net != net:
            item.net = net
            changed.append(item)
    InvoiceItem.objects.bulk_update(changed, ["net"], batch_size=LINES_AT_ONCE)
    draft.taxes.all().delete()
    reasons = reasons_of(items)
    InvoiceTax.objects.bulk_create(_tax(draft, group, reasons) for group in totals.groups)
    draft.subtotal, draft.tax_amount, draft.rounding = totals.subtotal, totals.tax_amount, totals.rounding
    draft.total = totals.subtotal + totals.tax_amount
    draft.deducted_total = _deducted(draft)
    draft.save(update_fields=SUM_FIELDS)
    draft.refresh_from_db(fields=["payable"])
    return totals


def computed(draft: Invoice, items: Iterable[InvoiceItem]) -> Totals:
    """Return the sums that lines make in a document; a credit note goes on from those before it."""
    lines = [Taxed(item.amount, item.vat_category, item.vat_percent) for item in items]
    return totals_of(lines, mode=PriceMode(draft.price_mode), currency=draft.currency, before=stated_before(draft))


def stated_before(draft: Invoice) -> list[TaxGroup]:
    """Return what earlier credit notes took back of the invoice that a credit note is about; nothing of others."""
    if draft.kind != InvoiceKind.CREDIT_NOTE:
        return []
    earlier = Invoice.objects.issued().filter(kind=InvoiceKind.CREDIT_NOTE, refers_to=draft.refers_to_id)
    rows = (
        InvoiceTax.objects.filter(invoice__in=earlier.exclude(pk=draft.pk))
        .values_list("category", "rate")
        .annotate(amounts=Sum("amount"), bases=Sum("base"), taxes=Sum("tax"))
    )
    mode = PriceMode(draft.price_mode)
    return [
        TaxGroup(category, rate, amount, base, tax, NOTHING if mode == PriceMode.NET else amount - base - tax)
        for category, rate, amount, base, tax in rows
    ]


def reasons_of(items: Iterable[InvoiceItem]) -> dict[str, set[str]]:
    """Return why lines are charged no VAT, by category.

    queries: 1
    """
    found: dict[str, set[str]] = {}
    for rate in VatRate.objects.filter(pk__in={item.vat_rate_id for item in items}).exclude(reason=""):
        found.setdefault(rate.category, set()).add(rate.reason)
    return found


def _tax(draft: Invoice, group: TaxGroup, reasons: dict[str, set[str]]) -> InvoiceTax:
    return InvoiceTax(
        invoice=draft,
        category=group.category,
        rate=group.rate,
        reason=min(reasons.get(group.category, {""})),
        amount=group.amount,
        base=group.base,
        tax=group.tax,
    )


def _deducted(draft: Invoice) -> Decimal:
    return sum((part.base + part.tax + part.rounding for part in draft.deductions.all()), NOTHING)

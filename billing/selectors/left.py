"""What is left of an issued document, once credit notes and final invoices took their part of it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db.models import Sum

from billing.models import Invoice, InvoiceDeduction, InvoiceItem, InvoiceKind, InvoiceStatus, InvoiceTax

type PerRate = Mapping[tuple[str, Decimal], tuple[Decimal, Decimal]]
NOTHING = Decimal(0)
ZERO = (NOTHING, NOTHING)


def lines_left(original: Invoice) -> Mapping[int, Decimal]:
    """Return of each line that is not credited in full how much is left, by its key; below zero where it takes off.

    queries: 2
    """
    taken = dict(
        InvoiceItem.objects.filter(credits_item__invoice=original)
        .exclude(invoice__status=InvoiceStatus.DRAFT)
        .values_list("credits_item")
        .annotate(sum=Sum("amount"))
    )
    left = {item.pk: item.amount - taken.get(item.pk, NOTHING) for item in original.items.all()}
    return {key: amount for key, amount in left.items() if amount or key not in taken}


def per_rate_left(original: Invoice) -> PerRate:
    """Return what is not credited yet of a document as (category, rate) -> (base, VAT).

    queries: 2
    """
    notes = Invoice.objects.issued().filter(kind=InvoiceKind.CREDIT_NOTE, refers_to=original)
    left = per_rate(original.taxes.all())
    for key, (base, tax) in per_rate(InvoiceTax.objects.filter(invoice__in=notes)).items():
        there = left.get(key, ZERO)
        left[key] = (there[0] - base, there[1] - tax)
    return left


def per_rate(rows: Iterable[InvoiceTax | InvoiceDeduction]) -> dict[tuple[str, Decimal], tuple[Decimal, Decimal]]:
    """Return the sums of rows as (category, rate) -> (base, VAT)."""
    found: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
    for row in rows:
        base, tax = found.get((row.category, row.rate), ZERO)
        found[row.category, row.rate] = (base + row.base, tax + row.tax)
    return found


def taken_off_by(deposit: Invoice) -> Sequence[Invoice]:
    """Return the issued invoices that take a deposit off, until they are credited.

    queries: 1
    """
    standing = InvoiceDeduction.objects.filter(deposit=deposit, released_at__isnull=True)
    return list(Invoice.objects.issued().filter(pk__in=standing.values("invoice")).order_by("pk"))

"""What is left of an issued document, once credit notes and final invoices took their part of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum

from billing.models import (
    Invoice,
    InvoiceDeduction,
    InvoiceItem,
    InvoiceKind,
    InvoiceSource,
    InvoiceStatus,
    InvoiceTax,
    PriceMode,
)

NOTHING = Decimal(0)


class Stated(NamedTuple):
    """What a document says of a category and rate of VAT.

    rounding: what was added so that prices with VAT stayed what they were
    """

    base: Decimal = NOTHING
    tax: Decimal = NOTHING
    rounding: Decimal = NOTHING

    def moved(self, other: "Stated", sign: int = 1) -> "Stated":
        """Return this with another added, or taken away."""
        return Stated(*(mine + sign * its for mine, its in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class Moved:
    """What of a line came off the price of the plan that followed.

    document: that charges for the plan; "" where nothing was left to charge
    """

    amount: Decimal
    plan: str
    document: str


type PerRate = Mapping[tuple[str, Decimal], Stated]


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
    """Return what is not credited yet of a document, by category and rate.

    queries: 2
    """
    notes = Invoice.objects.issued().filter(kind=InvoiceKind.CREDIT_NOTE, refers_to=original)
    left = dict(stated_by(original))
    for row in InvoiceTax.objects.filter(invoice__in=notes):
        key = (row.category, row.rate)
        left[key] = left.get(key, Stated()).moved(_stated(row, original), -1)
    return left


def stated_by(document: Invoice) -> PerRate:
    """Return what a document says of its lines, by category and rate.

    queries: 1
    """
    return {(row.category, row.rate): _stated(row, document) for row in document.taxes.all()}


def taken_off(rows: Iterable[InvoiceDeduction]) -> PerRate:
    """Return what is taken off together, by category and rate."""
    found: dict[tuple[str, Decimal], Stated] = {}
    for row in rows:
        key = (row.category, row.rate)
        found[key] = found.get(key, Stated()).moved(Stated(row.base, row.tax, row.rounding))
    return found


def worth_moved(original: Invoice) -> Mapping[int, Moved]:
    """Return of each line whose plan was upgraded what came off the price of the next one, by the key of the line.

    Nothing of a plan whose next one was credited in full: that sale is undone.
    queries: 2
    """
    of_plans = InvoiceSource.objects.filter(item__invoice=original, subscription__upgraded_to__credited_amount__gt=0)
    sources = of_plans.select_related("subscription__upgraded_to")
    rows = {row.item_id: row.subscription.upgraded_to for row in sources if row.subscription}
    charging: dict[int, list[InvoiceSource]] = {}
    next_ones = InvoiceSource.objects.filter(subscription__in=[plan.pk for plan in rows.values() if plan])
    for source in next_ones.select_related("item__invoice").order_by("pk"):
        charging.setdefault(source.subscription_id or 0, []).append(source)
    found = {}
    for item, plan in rows.items():
        charged = charging.get(plan.pk, []) if plan else []
        standing = [source for source in charged if source.released_at is None]
        if plan and (standing or not charged):
            document = str(standing[0].item.invoice) if standing else ""
            found[item] = Moved(plan.credited_amount, str(plan), document)
    return found


def _stated(row: InvoiceTax, document: Invoice) -> Stated:
    is_net = document.price_mode == PriceMode.NET
    return Stated(row.base, row.tax, NOTHING if is_net else row.amount - row.base - row.tax)


def taken_off_by(deposit: Invoice) -> Sequence[Invoice]:
    """Return the issued invoices that take a deposit off, until they are credited.

    queries: 1
    """
    standing = InvoiceDeduction.objects.filter(deposit=deposit, released_at__isnull=True)
    return list(Invoice.objects.issued().filter(pk__in=standing.values("invoice")).order_by("pk"))

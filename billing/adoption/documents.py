"""Writing a former document down as it was issued: its sums as stated, its number as it was, frozen and posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from billing.adoption.lines import FormerLine, note_made
from billing.adoption.reading import NOTHING, Stated, checked_together, told_apart
from billing.models import (
    Invoice,
    InvoiceItem,
    InvoiceSource,
    InvoiceStatus,
    InvoiceTax,
    PriceMode,
    SeriesKind,
)
from billing.selectors import snapshots
from billing.selectors.taxes import Taxed, group_of
from billing.services import issuing, settling
from studio.clock import local_midnight
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow

LONGEST_STATUS = 50
MOST_DAYS = 32767
STATED_FIELDS = (
    *("status", "invoice_number", "issued_on", "issued_at", "due_on", "credited_total", "paid_total", "snapshot"),
    *("remaining_balance", "deposit_paid_at", "content_hash", "pdf_s3_key", "sent_at"),
)


@dataclass(frozen=True, slots=True)
class Printed:
    """What else stood on a document.

    number: as it was; another document may have it, too
    is_void: it was cancelled and counts for nothing
    seller: facts that it stated of the studio, in the place of ours
    """

    number: str
    issued_on: date
    due_on: date
    issued_at: datetime | None = None
    sent_at: datetime | None = None
    pdf: str = ""
    is_void: bool = False
    seller: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Group:
    """The VAT of a document at one rate."""

    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal


def keep_as_stated(
    document: Invoice, *, lines: Sequence[FormerLine], stated: Stated, printed: Printed, row: FormerRow, run: Run
) -> Invoice:
    """Write down a former document with its lines, post it, freeze it, and return it.

    document: its own facts; nothing of it is saved yet
    """
    taken = Invoice.objects.filter(invoice_number=printed.number).values_list("former_series", flat=True)
    document.former_series = told_apart(SeriesKind.INVOICE, printed.number, taken, row)
    document.former_status = row.raw_text("status")[:LONGEST_STATUS]
    document.price_mode = PriceMode.NET
    document.subtotal, document.tax_amount, document.total = stated.subtotal, stated.tax_amount, stated.total
    groups = _groups(document, lines, stated, run)
    _tell_differences(document, row)
    document.payment_term_days = min(max((printed.due_on - printed.issued_on).days, 0), MOST_DAYS)
    for name, made_at in row.made_at().items():
        setattr(document, name, made_at)
    with checked_together():
        document.save(force_insert=True)
        items = InvoiceItem.objects.bulk_create(
            InvoiceItem(invoice=document, **line.facts(position)) for position, line in enumerate(lines, 1)
        )
        InvoiceSource.objects.bulk_create(
            InvoiceSource(item=item, quote_item=line.quote_item, label=str(line.quote_item.quote))
            for line, item in zip(lines, items, strict=True)
            if line.quote_item
        )
        InvoiceTax.objects.bulk_create(_tax(document, group) for group in groups)
        _issue(document, printed, run)
    note_made(run, lines, items)
    return document


def moment_of(on: date, zone: ZoneInfo) -> datetime:
    """Return the moment that stands for a day of which no more is known."""
    return local_midnight(on, zone)


def _issue(document: Invoice, printed: Printed, run: Run) -> None:
    document.issued_on, document.due_on = printed.issued_on, printed.due_on
    document.issued_at, document.sent_at = printed.issued_at, printed.sent_at
    document.invoice_number, document.pdf_s3_key = printed.number, printed.pdf
    at = printed.issued_at or moment_of(printed.issued_on, run.zone)
    if printed.is_void:
        document.status = InvoiceStatus.CANCELLED
    else:
        issuing.post_issue(document=document, on=printed.issued_on, actor=None, now=at)
        settling.set_settled(document, at)
    content = snapshots.snapshot_of(document)
    document.snapshot = content | {"seller": content["seller"] | printed.seller}
    document.content_hash = snapshots.fingerprint(document.snapshot, document.previous_hash)
    document.save(update_fields=STATED_FIELDS)
    if document.refers_to is not None:
        settling.settle(invoice=document.refers_to, now=at)
    document.refresh_from_db(fields=["payable"])


def _groups(document: Invoice, lines: Sequence[FormerLine], stated: Stated, run: Run) -> list[_Group]:
    """Return the VAT by rate that comes to what was stated, and set by how much the lines make something else.

    The difference is put where the most was charged; sums that lines at their rates cannot make have one rate.
    """
    amounts: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        key = (line.rate.category, line.rate.rate)
        amounts[key] = amounts.get(key, NOTHING) + line.amount
    made = [
        group_of(Taxed(amount, *key), mode=PriceMode.NET, currency=document.currency)
        for key, amount in sorted(amounts.items())
    ]
    net, tax = sum((group.base for group in made), NOTHING), sum((group.tax for group in made), NOTHING)
    document.net_difference, document.tax_difference = stated.subtotal - net, stated.tax_amount - tax
    groups = [_Group(group.category, group.rate, group.base, group.tax) for group in made]
    if groups:
        most = max(groups, key=lambda group: group.tax)
        most.base += document.net_difference
        most.tax += document.tax_difference
    if groups and all(group.base * group.tax >= 0 and (group.rate or not group.tax) for group in groups):
        return groups
    rate = stated.rate(now=run.now)
    return [_Group(rate.category, rate.rate, stated.subtotal, stated.tax_amount)]


def _tax(document: Invoice, group: _Group) -> InvoiceTax:
    return InvoiceTax(
        invoice=document,
        category=group.category,
        rate=group.rate,
        amount=group.base,
        base=group.base,
        tax=group.tax,
    )


def _tell_differences(document: Invoice, row: FormerRow) -> None:
    """Note where a document's sums are not those of its lines, or not one another's: they are kept all the same."""
    net, tax, total = document.net_difference, document.tax_difference, document.misfit
    _tell(row, _("The net sum stated is %(stated)s; its lines make %(made)s."), document.subtotal, net)
    _tell(row, _("The VAT stated is %(stated)s; its lines make %(made)s."), document.tax_amount, tax)
    _tell(row, _("The total stated is %(stated)s; net and VAT make %(made)s."), document.total, total)


def _tell(row: FormerRow, sentence: str, stated: Decimal, off: Decimal) -> None:
    if off:
        row.notes.append(sentence % {"stated": stated, "made": stated - off})

"""Former drafts: they are drafts of ours, without a number, and come to what their lines make."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.adoption.lines import FormerLine, note_made
from billing.models import Invoice, InvoiceItem
from billing.selectors.taxes import line_amount
from billing.services import sums
from studio.money import quantise
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow

NOTHING = Decimal(0)


def keep_draft(document: Invoice, *, lines: Sequence[FormerLine], total: Decimal, row: FormerRow, run: Run) -> Invoice:
    """Save a draft with its lines, and return it.

    total: as it was stated
    """
    if row.value("invoice_number") is not None:
        told = _("It is a draft: its number %(number)s is kept besides; it gets one of ours when it is issued.")
        row.keep("invoice_number", told % {"number": row.content["invoice_number"]})
    for name, made_at in row.made_at().items():
        setattr(document, name, made_at)
    document.save(force_insert=True)
    items = InvoiceItem.objects.bulk_create(
        InvoiceItem(invoice=document, **line.facts(position) | {"amount": _amount(line, document)})
        for position, line in enumerate(lines, 1)
    )
    note_made(run, lines, items)
    sums.refresh(document)
    if document.total != quantise(total, document.currency):
        told = _("The draft said %(stated)s; its lines make %(made)s, which holds.")
        row.notes.append(told % {"stated": total, "made": document.total})
    return document


def _amount(line: FormerLine, document: Invoice) -> Decimal:
    return line_amount(quantity=line.quantity, unit_price=line.unit_price, discount=NOTHING, currency=document.currency)

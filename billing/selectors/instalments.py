"""What of a document is due when, where it is paid in parts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from billing.models import Instalment, Invoice

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Due:
    """An instalment as it stands.

    open: what is still to be paid of it
    is_late: its day is past, and something is open
    """

    due_on: date
    amount: Decimal
    open: Decimal
    is_late: bool


def schedules(invoices: Iterable[Invoice], today: date) -> Mapping[int, Sequence[Due]]:
    """Return the instalments of documents by their keys; none for one that is paid at once.

    queries: 1
    """
    by_key = {invoice.pk: invoice for invoice in invoices}
    rows = Instalment.objects.filter(invoice__in=by_key).order_by("invoice", "position")
    return {
        key: _standing(list(found), by_key[key], today) for key, found in groupby(rows, key=lambda row: row.invoice_id)
    }


def next_due(invoices: Iterable[Invoice], today: date) -> Mapping[int, Due]:
    """Return the first instalment that is open of each document that has some.

    queries: 1
    """
    found = {key: [due for due in dues if due.open] for key, dues in schedules(invoices, today).items()}
    return {key: dues[0] for key, dues in found.items() if dues}


def _standing(rows: Sequence[Instalment], invoice: Invoice, today: date) -> Sequence[Due]:
    settled, found = invoice.paid_total + invoice.credited_total, []
    for row in rows:
        covered = min(row.amount, settled)
        settled -= covered
        is_open = row.amount > covered
        found.append(Due(row.due_on, row.amount, row.amount - covered, is_open and row.due_on < today))
    return found

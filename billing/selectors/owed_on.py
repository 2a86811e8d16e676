"""What clients owed at the end of a day, by how long it had been due; out of the ledger, so also of days long past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from billing.selectors.ageing import BOUNDS, Band

NOTHING = Decimal(0)
# Written out: a hundred thousand documents are put into their bands where they are. A credit note counts to what it
# is about; what stands on no document is due on the day of its posting. Of a document in parts the last ones are open.
OPEN = """
    WITH documents AS (
        SELECT t.client_id, coalesce(o.id, i.id, -t.id) AS document, coalesce(o.due_on, i.due_on, t.booked_on) AS due,
            sum(e.debit - e.credit) AS open
        FROM ledger_transactions t
        JOIN ledger_entries e ON e.transaction_id = t.id AND e.ledger_account = 'receivables'
        LEFT JOIN invoices i ON i.id = t.invoice_id
        LEFT JOIN invoices o ON o.id = i.refers_to_id AND i.kind = 'credit_note'
        WHERE t.currency = %(currency)s AND t.booked_on <= %(day)s AND NOT t.is_test
        GROUP BY 1, 2, 3 HAVING sum(e.debit - e.credit) <> 0),
    parts AS (
        SELECT invoice_id, due_on, amount,
            sum(amount) OVER (PARTITION BY invoice_id ORDER BY position DESC) - amount AS later
        FROM instalments),
    claims AS (
        SELECT d.client_id, coalesce(p.due_on, d.due) AS due,
            CASE WHEN p.invoice_id IS NULL THEN d.open ELSE greatest(0, least(p.amount, d.open - p.later)) END AS open
        FROM documents d LEFT JOIN parts p ON p.invoice_id = d.document)
    SELECT d.client_id, c.name, %(day)s - d.due AS days, sum(d.open)
    FROM claims d JOIN clients c ON c.id = d.client_id WHERE d.open <> 0 GROUP BY 1, 2, 3
"""
CREDIT = """
    SELECT t.client_id, c.name, sum(e.credit - e.debit)
    FROM ledger_transactions t
    JOIN ledger_entries e ON e.transaction_id = t.id AND e.ledger_account = 'client_credit'
    JOIN clients c ON c.id = t.client_id
    WHERE t.currency = %(currency)s AND t.booked_on <= %(day)s AND NOT t.is_test
    GROUP BY 1, 2 HAVING sum(e.debit - e.credit) <> 0
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """What one client owed.

    bands: of documents, by how late they were; credit: what had come in beyond them, above zero
    """

    client: int
    name: str
    bands: Mapping[Band, Decimal]
    credit: Decimal

    @property
    def total(self) -> Decimal:
        """All of it; below zero the studio owed them."""
        return sum(self.bands.values(), NOTHING) - self.credit


def band_of(days: int) -> Band:
    """Return how late a claim is, by the days past its due day."""
    return next(band for band, (_least, most) in BOUNDS.items() if most is None or days <= most)


def owed_on(day: date, currency: str) -> Sequence[Owed]:
    """Return what each client owed at the end of a day, the most first; those who owed nothing are left out.

    A document is open by what was issued, credited and put against it until then; its credit notes count to it.
    queries: 2
    """
    asked: dict[str, date | str] = {"day": day, "currency": currency}
    names: dict[int, str] = {}
    bands: dict[int, dict[Band, Decimal]] = {}
    ahead: dict[int, Decimal] = {}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, asked)
        for client, name, days, amount in cursor.fetchall():
            names[client] = name
            theirs, band = bands.setdefault(client, {}), band_of(days)
            theirs[band] = theirs.get(band, NOTHING) + amount
        cursor.execute(CREDIT, asked)
        for client, name, amount in cursor.fetchall():
            names[client], ahead[client] = name, amount
    found = [Owed(key, name, bands.get(key, {}), ahead.get(key, NOTHING)) for key, name in names.items()]
    return sorted(found, key=lambda owed: (-owed.total, owed.name, owed.client))

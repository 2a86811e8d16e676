"""M1: whoever was reminded of a document owed it then, and its day was past."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

REMINDED = """invoice_reminders r
    JOIN reminder_letters l ON l.id = r.letter_id JOIN invoices i ON i.id = r.invoice_id"""
# What the ledger had open of a document when a letter was written: a credit note counts to what it is about.
OPEN_THEN = """(
    SELECT coalesce(sum(e.debit - e.credit), 0) AS open FROM ledger_transactions t
    JOIN ledger_entries e ON e.transaction_id = t.id AND e.ledger_account = 'receivables'
    WHERE t.id <= l.newest_posting_id AND (t.invoice_id = i.id OR t.invoice_id IN (
        SELECT c.id FROM invoices c WHERE c.refers_to_id = i.id AND c.kind = 'credit_note'))) o"""


def _check(says: Promise, sql: str) -> Check:
    """Return a question in which `reminded` stands for reminders with letter and document, `open_then` for the sum."""
    return Check("M1", says, sql.replace("reminded", REMINDED).replace("open_then", OPEN_THEN))


CHECKS = (
    _check(
        _("%(document)s was reminded of on %(day)s, and was not overdue then: it was due on %(due)s."),
        """
        SELECT i.invoice_number AS document, r.sent_on AS day, i.due_on AS due FROM reminded
        WHERE r.due_on >= r.sent_on OR (r.due_on <> i.due_on AND NOT EXISTS (
            SELECT FROM instalments p WHERE p.invoice_id = i.id AND p.due_on = r.due_on)) ORDER BY r.id
        """,
    ),
    _check(
        _("%(document)s was reminded of on %(day)s with %(said)s to pay, and the ledger had %(open)s open then."),
        """
        SELECT i.invoice_number AS document, r.sent_on AS day, r.remaining AS said, o.open
        FROM reminded CROSS JOIN LATERAL open_then WHERE r.remaining <> o.open OR o.open <= 0 ORDER BY r.id
        """,
    ),
    _check(
        _("A letter of %(day)s reminds of %(document)s, which is another client's, no claim, or of another day."),
        """
        SELECT i.invoice_number AS document, l.sent_on AS day FROM reminded
        WHERE i.client_id <> l.client_id OR i.is_test OR i.kind = 'credit_note' OR i.status = 'draft'
            OR r.sent_on <> l.sent_on ORDER BY r.id
        """,
    ),
)

"""N1, L1: postings are numbered, balance, and say what documents and payments say; B1: what clients owe is that."""

from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

CHECKS = (
    Check(
        "L1",
        _("Posting %(posting)s of %(day)s (%(kind)s, %(document)s) does not balance: %(debit)s against %(credit)s."),
        """
        SELECT t.id AS posting, t.booked_on AS day, t.kind, coalesce(i.invoice_number, '-') AS document,
            coalesce(sum(e.debit), 0) AS debit, coalesce(sum(e.credit), 0) AS credit
        FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id
        LEFT JOIN invoices i ON i.id = t.invoice_id
        GROUP BY t.id, t.booked_on, t.kind, i.invoice_number
        HAVING count(e.id) < 2 OR sum(e.debit) <> sum(e.credit) ORDER BY t.id
        """,
    ),
    Check(
        "N1",
        _("Postings of %(month)s in %(currency)s have numbers up to %(last)s, but only %(count)s of them have one."),
        """
        SELECT to_char(booked_on, 'YYYY-MM') AS month, currency, max(number) AS last, count(number)
        FROM ledger_transactions GROUP BY 1, 2 HAVING max(number) <> count(number) ORDER BY 1, 2
        """,
    ),
    Check(
        "L1",
        _("Entry %(entry)s of the ledger belongs to no posting."),
        """
        SELECT e.id AS entry FROM ledger_entries e LEFT JOIN ledger_transactions t ON t.id = e.transaction_id
        WHERE t.id IS NULL ORDER BY e.id
        """,
    ),
    Check(
        "L1",
        _("Posting %(posting)s is of another client, in another currency or mode than %(document)s."),
        """
        SELECT t.id AS posting, i.invoice_number AS document
        FROM ledger_transactions t JOIN invoices i ON i.id = t.invoice_id
        WHERE (t.client_id, t.currency, t.is_test) <> (i.client_id, i.currency, i.is_test) ORDER BY t.id
        """,
    ),
    Check(
        "L1",
        _("Posting %(posting)s is of another client, or in another currency, than payment %(payment)s."),
        """
        SELECT t.id AS posting, p.id AS payment FROM ledger_transactions t JOIN payments p ON p.id = t.payment_id
        WHERE (t.client_id, t.currency) <> (p.client_id, p.currency) ORDER BY t.id
        """,
    ),
    Check(
        "L1",
        _("%(document)s: the ledger has %(booked)s on %(account)s at %(rate)s %%, the document says %(said)s."),
        """
        WITH document AS (
            SELECT i.*, CASE i.kind WHEN 'credit_note' THEN -1 ELSE 1 END AS sign,
                CASE WHEN 'deposit_invoice' IN (i.kind, coalesce(o.kind, '')) THEN 'deposits'
                    ELSE 'revenue' END AS earned
            FROM invoices i LEFT JOIN invoices o ON o.id = i.refers_to_id
            WHERE i.status NOT IN ('draft', 'cancelled')),
        said AS (
            SELECT id, 'receivables' AS account, '' AS category, NULL::numeric AS rate, sign * payable AS amount
            FROM document
            UNION ALL SELECT id, 'rounding', '', NULL, -sign * (rounding + total - subtotal - tax_amount) FROM document
            UNION ALL SELECT d.id, d.earned, t.category, t.rate, -d.sign * t.base
                FROM document d JOIN invoice_taxes t ON t.invoice_id = d.id
            UNION ALL SELECT d.id, 'vat', t.category, t.rate, -d.sign * t.tax
                FROM document d JOIN invoice_taxes t ON t.invoice_id = d.id
            UNION ALL SELECT d.id, 'deposits', p.category, p.rate, d.sign * p.base
                FROM document d JOIN invoice_deductions p ON p.invoice_id = d.id
            UNION ALL SELECT d.id, 'vat', p.category, p.rate, d.sign * p.tax
                FROM document d JOIN invoice_deductions p ON p.invoice_id = d.id
            UNION ALL SELECT d.id, 'rounding', '', NULL, d.sign * p.rounding
                FROM document d JOIN invoice_deductions p ON p.invoice_id = d.id),
        moved AS (
            SELECT id, account, category, rate, amount AS said, 0 AS booked FROM said
            UNION ALL SELECT t.invoice_id, e.ledger_account, e.vat_category, e.vat_percent, 0, e.debit - e.credit
                FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
                WHERE t.kind IN ('issue', 'credit'))
        SELECT coalesce(min(i.invoice_number), '-') AS document, m.account, coalesce(m.rate, 0) AS rate,
            sum(m.said) AS said, sum(m.booked) AS booked
        FROM moved m LEFT JOIN invoices i ON i.id = m.id
        GROUP BY m.id, m.account, m.category, m.rate HAVING sum(m.said) <> sum(m.booked) ORDER BY m.id, m.account
        """,
    ),
    Check(
        "L1",
        _("Payment %(payment)s: the ledger has %(booked)s on %(account)s, the payment says %(said)s."),
        """
        WITH said AS (
            SELECT id, CASE WHEN state = 'failed' THEN 0 WHEN direction = 'in' THEN amount ELSE -amount END AS amount,
                CASE WHEN provider <> '' THEN 'clearing' WHEN method <> 'cash' THEN 'bank'
                    WHEN is_former THEN 'transit' ELSE 'cash' END AS till
            FROM payments WHERE kind <> 'dispute'),
        moved AS (
            SELECT id, till AS account, amount AS said, 0 AS booked FROM said
            UNION ALL SELECT id, 'client_credit', -amount, 0 FROM said
            UNION ALL SELECT t.payment_id, e.ledger_account, 0, e.debit - e.credit
                FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
                WHERE t.kind IN ('payment', 'refund', 'mistake'))
        SELECT coalesce(id::text, '-') AS payment, account, sum(said) AS said, sum(booked) AS booked FROM moved
        GROUP BY id, account HAVING sum(said) <> sum(booked) ORDER BY id, account
        """,
    ),
    Check(
        "L1",
        _("%(document)s: the ledger has put %(booked)s of payment %(payment)s against it, the list %(said)s."),
        """
        WITH moved AS (
            SELECT invoice_id, payment_id, amount AS said, 0 AS booked FROM allocations
            UNION ALL SELECT t.invoice_id, t.payment_id, 0, e.credit - e.debit
                FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
                WHERE t.kind = 'allocation' AND e.ledger_account = 'receivables')
        SELECT coalesce(min(i.invoice_number), '-') AS document, m.payment_id AS payment, sum(m.said) AS said,
            sum(m.booked) AS booked
        FROM moved m LEFT JOIN invoices i ON i.id = m.invoice_id
        GROUP BY m.invoice_id, m.payment_id HAVING sum(m.said) <> sum(m.booked) ORDER BY m.invoice_id, m.payment_id
        """,
    ),
    Check(
        "B1",
        _("%(client)s: the balance says %(said)s %(currency)s, the ledger %(booked)s."),
        """
        SELECT c.name AS client, c.balance_due AS said, c.currency, coalesce(l.owed, 0) AS booked
        FROM clients c LEFT JOIN (
            SELECT t.client_id, t.currency, sum(e.debit - e.credit) AS owed
            FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
            WHERE NOT t.is_test AND e.ledger_account IN ('receivables', 'client_credit')
            GROUP BY t.client_id, t.currency) l ON (l.client_id, l.currency) = (c.id, c.currency)
        WHERE c.balance_due <> coalesce(l.owed, 0) ORDER BY c.id
        """,
    ),
)

"""P1 to P5: money is where it is said to be, once, and documents say what was put against them."""

from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

CHECKS = (
    Check(
        "P1",
        _("Of payment %(payment)s, over %(amount)s %(currency)s, %(put)s is used and %(back)s paid back."),
        """
        SELECT p.id AS payment, p.amount, p.currency, coalesce(a.put, 0) AS put, coalesce(r.back, 0) AS back
        FROM payments p
        LEFT JOIN (SELECT payment_id, sum(amount) AS put FROM allocations GROUP BY payment_id) a ON a.payment_id = p.id
        LEFT JOIN (SELECT origin_id, sum(amount) AS back FROM payments WHERE state <> 'failed' GROUP BY origin_id) r
            ON r.origin_id = p.id
        WHERE NOT (coalesce(a.put, 0) >= 0 AND coalesce(a.put, 0) + coalesce(r.back, 0)
            <= CASE p.direction WHEN 'in' THEN p.amount ELSE 0 END) ORDER BY p.id
        """,
    ),
    Check(
        "P1",
        _("%(document)s: %(put)s of payment %(payment)s is put against it, which is below zero."),
        """
        SELECT coalesce(min(i.invoice_number), '-') AS document, a.payment_id AS payment, sum(a.amount) AS put
        FROM allocations a LEFT JOIN invoices i ON i.id = a.invoice_id
        GROUP BY a.invoice_id, a.payment_id HAVING sum(a.amount) < 0 ORDER BY a.invoice_id
        """,
    ),
    Check(
        "P1",
        _("%(document)s: payment %(payment)s is put against it, which is another's, or in another currency."),
        """
        SELECT DISTINCT coalesce(i.invoice_number, '-') AS document, a.payment_id AS payment
        FROM allocations a LEFT JOIN invoices i ON i.id = a.invoice_id LEFT JOIN payments p ON p.id = a.payment_id
        WHERE i.id IS NULL OR p.id IS NULL OR (i.client_id, i.currency) <> (p.client_id, p.currency) OR i.is_test
            OR i.status = 'draft' OR i.kind = 'credit_note'
        ORDER BY 1, 2
        """,
    ),
    Check(
        "P1",
        _("Payment %(payment)s pays back one that did not come in, of another client or in another currency."),
        """
        SELECT b.id AS payment FROM payments b LEFT JOIN payments p ON p.id = b.origin_id
        WHERE b.direction = 'out' AND (p.id IS NULL OR p.direction <> 'in'
            OR (p.client_id, p.currency) <> (b.client_id, b.currency)) ORDER BY b.id
        """,
    ),
    Check(
        "P2",
        _("%(document)s says that %(said)s is paid; %(put)s is put against it."),
        """
        SELECT coalesce(nullif(i.invoice_number, ''), '-') AS document, i.paid_total AS said, coalesce(a.put, 0) AS put
        FROM invoices i
        LEFT JOIN (SELECT invoice_id, sum(amount) AS put FROM allocations GROUP BY invoice_id) a ON a.invoice_id = i.id
        WHERE i.paid_total <> coalesce(a.put, 0) ORDER BY i.id
        """,
    ),
    Check(
        "P2",
        _("%(document)s says that %(said)s is credited; credit notes come to %(credited)s."),
        """
        SELECT coalesce(nullif(i.invoice_number, ''), '-') AS document, i.credited_total AS said,
            coalesce(n.credited, 0) AS credited
        FROM invoices i LEFT JOIN (
            SELECT refers_to_id, sum(payable) AS credited FROM invoices
            WHERE kind = 'credit_note' AND status NOT IN ('draft', 'cancelled')
            GROUP BY refers_to_id) n ON n.refers_to_id = i.id
        WHERE i.credited_total <> coalesce(n.credited, 0) ORDER BY i.id
        """,
    ),
    Check(
        "P2",
        _("%(document)s says that %(said)s is to be paid; %(rest)s is left of %(payable)s."),
        """
        WITH owed AS (
            SELECT id, coalesce(nullif(invoice_number, ''), '-') AS document, remaining_balance AS said, payable,
                CASE WHEN status IN ('draft', 'cancelled') OR kind = 'credit_note' THEN 0
                    ELSE payable - credited_total - paid_total END AS rest
            FROM invoices)
        SELECT document, said, rest, payable FROM owed WHERE said <> rest OR rest < 0 ORDER BY id
        """,
    ),
    Check(
        "P2",
        _("%(document)s: the ledger says that %(booked)s is open, the document %(said)s."),
        """
        WITH booked AS (
            SELECT CASE WHEN i.kind = 'credit_note' THEN i.refers_to_id ELSE i.id END AS id,
                sum(e.debit - e.credit) AS sum
            FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
            JOIN invoices i ON i.id = t.invoice_id WHERE e.ledger_account = 'receivables' GROUP BY 1)
        SELECT i.invoice_number AS document, coalesce(b.sum, 0) AS booked, i.remaining_balance AS said
        FROM invoices i LEFT JOIN booked b ON b.id = i.id
        WHERE i.status <> 'draft' AND i.kind <> 'credit_note' AND coalesce(b.sum, 0) <> i.remaining_balance
        ORDER BY i.id
        """,
    ),
    Check(
        "P3",
        _("%(document)s is called %(said)s; its money makes it %(made)s."),
        """
        WITH left_over AS (
            SELECT i.invoice_id, bool_or(coalesce(c.taken, 0) <> i.amount OR c.taken IS NULL) AS is_some
            FROM invoice_items i LEFT JOIN (
                SELECT c.credits_item_id, sum(c.amount) AS taken FROM invoice_items c
                JOIN invoices n ON n.id = c.invoice_id AND n.status <> 'draft' GROUP BY c.credits_item_id) c
                ON c.credits_item_id = i.id
            GROUP BY i.invoice_id),
        states AS (
            SELECT i.id, i.invoice_number AS document, i.status AS said, CASE
                WHEN i.status = 'cancelled' AND i.former_series <> '' THEN 'cancelled'
                WHEN i.kind = 'credit_note' THEN 'issued'
                WHEN i.remaining_balance > 0 AND i.paid_total > 0 THEN 'partially_paid'
                WHEN i.remaining_balance > 0 THEN 'issued'
                WHEN i.paid_total = 0 AND CASE WHEN i.former_series = '' THEN NOT coalesce(l.is_some, false)
                    ELSE i.credited_total > 0 END THEN 'credited'
                ELSE 'paid' END AS made
            FROM invoices i LEFT JOIN left_over l ON l.invoice_id = i.id
            WHERE i.status <> 'draft')
        SELECT document, said, made FROM states WHERE said <> made ORDER BY id
        """,
    ),
    Check(
        "P3",
        _("%(document)s: its deposit of %(deposit)s is called paid or not, against the %(paid)s that are paid."),
        """
        SELECT invoice_number AS document, deposit_amount AS deposit, paid_total AS paid FROM invoices
        WHERE status <> 'draft' AND former_series = '' AND deposit_amount IS NOT NULL
            AND (deposit_paid_at IS NOT NULL) <> (paid_total >= deposit_amount) ORDER BY id
        """,
    ),
    Check(
        "P4",
        _("%(number)s of %(provider)s is written down %(times)s times."),
        """
        SELECT provider_id AS number, provider, count(*) AS times FROM payments WHERE provider_id <> ''
        GROUP BY provider, provider_id HAVING count(*) > 1 ORDER BY 1
        """,
    ),
    Check(
        "P4",
        _("Payment %(payment)s is in the ledger %(times)s times."),
        """
        SELECT p.id AS payment, count(t.id) AS times FROM payments p LEFT JOIN ledger_transactions t
            ON t.payment_id = p.id AND t.kind = p.kind
        WHERE p.kind <> 'dispute' AND p.state <> 'failed' GROUP BY p.id HAVING count(t.id) <> 1 ORDER BY p.id
        """,
    ),
    Check(
        "P5",
        _("Payment %(payment)s says that %(origin)s was a mistake, and does not take back all of what that says."),
        """
        SELECT m.id AS payment, m.origin_id AS origin
        FROM payments m JOIN payments p ON p.id = m.origin_id WHERE m.kind = 'mistake' AND (p.provider <> ''
            OR (p.amount, p.method, p.is_former, m.state) <> (m.amount, m.method, m.is_former, 'settled'))
        ORDER BY m.id
        """,
    ),
    Check(
        "P5",
        _("Of payment %(payment)s, over %(amount)s, %(back)s is paid back."),
        """
        SELECT p.id AS payment, p.amount, sum(b.amount) AS back FROM payments p JOIN payments b ON b.origin_id = p.id
        WHERE b.state <> 'failed' GROUP BY p.id, p.amount HAVING sum(b.amount) > p.amount ORDER BY p.id
        """,
    ),
)

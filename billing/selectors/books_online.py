"""P4 and L1 of money at Stripe: payments, refunds and disputes there are the ones in the books, each once."""

from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

CHECKS = (
    Check(
        "P4",
        _("%(document)s: what was paid at Stripe, %(number)s over %(amount)s, is not the payment written down for it."),
        """
        SELECT i.invoice_number AS document, a.payment_intent_id AS number, a.amount
        FROM payment_attempts a JOIN invoices i ON i.id = a.invoice_id LEFT JOIN payments p ON p.id = a.payment_id
        WHERE (a.state = 'succeeded') <> (p.id IS NOT NULL) OR (p.id IS NOT NULL AND
            (p.provider, p.provider_id, p.amount, p.currency, p.direction, p.client_id)
            <> ('stripe', a.payment_intent_id, a.amount, a.currency, 'in', i.client_id))
        ORDER BY a.id
        """,
    ),
    Check(
        "P4",
        _("Payment %(payment)s went back as %(said)s; Stripe was asked for it, and it is %(state)s there."),
        """
        SELECT p.id AS payment, p.state AS said, r.state
        FROM refund_attempts r JOIN payments p ON p.id = r.payment_id
        WHERE p.provider_id <> r.refund_id OR p.kind <> 'refund' OR p.state <> CASE r.state
            WHEN 'succeeded' THEN 'settled' WHEN 'failed' THEN 'failed' ELSE 'pending' END
        ORDER BY r.id
        """,
    ),
    Check(
        "L1",
        _("Payment %(payment)s, which a bank took back: the ledger has %(booked)s on %(account)s, it says %(said)s."),
        """
        WITH said AS (
            SELECT id, state, amount FROM payments WHERE kind = 'dispute'),
        moved AS (
            SELECT id, 'clearing' AS account, CASE state WHEN 'failed' THEN 0 ELSE -amount END AS said, 0 AS booked
                FROM said
            UNION ALL SELECT id, 'disputed', CASE state WHEN 'pending' THEN amount ELSE 0 END, 0 FROM said
            UNION ALL SELECT id, 'client_credit', CASE state WHEN 'settled' THEN amount ELSE 0 END, 0 FROM said
            UNION ALL SELECT t.payment_id, e.ledger_account, 0, e.debit - e.credit
                FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id WHERE t.kind = 'dispute')
        SELECT coalesce(id::text, '-') AS payment, account, sum(said) AS said, sum(booked) AS booked FROM moved
        GROUP BY id, account HAVING sum(said) <> sum(booked) ORDER BY id, account
        """,
    ),
    Check(
        "L1",
        _("A fee of %(fee)s is booked for payment %(payment)s, which came in at no provider."),
        """
        SELECT coalesce(p.id::text, '-') AS payment, sum(e.debit - e.credit) AS fee
        FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id AND e.ledger_account = 'fees'
        LEFT JOIN payments p ON p.id = t.payment_id
        WHERE p.id IS NULL OR t.kind <> 'fee' OR p.provider = '' OR p.direction <> 'in'
        GROUP BY p.id HAVING sum(e.debit - e.credit) <> 0 ORDER BY p.id
        """,
    ),
)

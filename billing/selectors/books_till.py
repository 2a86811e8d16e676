"""C1: closings of the till take up what moved, once, and the cash of the ledger is what the till holds."""

from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

CHECKS = (
    Check(
        "C1",
        _("Closings: the numbers from %(first)s to %(last)s are missing."),
        """
        WITH given AS (SELECT 0 AS number UNION SELECT number FROM till_closings),
        steps AS (SELECT number, lead(number) OVER (ORDER BY number) AS following FROM given)
        SELECT number + 1 AS first, following - 1 AS last FROM steps WHERE following > number + 1 ORDER BY number
        """,
    ),
    Check(
        "C1",
        _("Closing %(closing)s begins with %(said)s in the till; the one before left %(rest)s."),
        """
        WITH ordered AS (
            SELECT number AS closing, opening_cash AS said, coalesce(lag(counted_cash - taken_out)
                OVER (PARTITION BY currency ORDER BY number), 0) AS rest
            FROM till_closings)
        SELECT closing, said, rest FROM ordered WHERE said <> rest ORDER BY closing
        """,
    ),
    Check(
        "C1",
        _("Closing %(closing)s, %(method)s: it says %(came)s in and %(went)s out; %(put)s and %(back)s moved."),
        """
        WITH said AS (
            SELECT c.id, s.key AS method, s.value ->> 0 AS came, s.value ->> 1 AS went
            FROM till_closings c, jsonb_each(CASE jsonb_typeof(c.sums) WHEN 'object' THEN c.sums ELSE '{}' END) AS s
            UNION ALL SELECT id, 'cash', cash_in::text, cash_out::text FROM till_closings),
        taken AS (
            SELECT m.closing_id AS id, p.method, p.direction = 'in' AS is_in, p.amount
            FROM till_movements m JOIN payments p ON p.id = m.payment_id
            UNION ALL SELECT m.closing_id, 'cash', c.kind IN ('put_in', 'expense_back'), c.amount
            FROM till_movements m JOIN cash_moves c ON c.id = m.cash_move_id),
        moved AS (
            SELECT id, method, coalesce(sum(amount) FILTER (WHERE is_in), 0) AS put,
                coalesce(sum(amount) FILTER (WHERE NOT is_in), 0) AS back
            FROM taken GROUP BY id, method),
        compared AS (
            SELECT id, method, coalesce(s.came, '0') AS came, coalesce(s.went, '0') AS went,
                coalesce(m.put, 0) AS put, coalesce(m.back, 0) AS back
            FROM said s FULL JOIN moved m USING (id, method))
        SELECT coalesce(c.number::text, '-') AS closing, b.method, b.came, b.went, b.put, b.back
        FROM compared b LEFT JOIN till_closings c ON c.id = b.id
        WHERE c.id IS NULL OR NOT (pg_input_is_valid(b.came, 'numeric') AND pg_input_is_valid(b.went, 'numeric'))
            OR CASE WHEN pg_input_is_valid(b.came, 'numeric') AND pg_input_is_valid(b.went, 'numeric')
                THEN (b.came::numeric, b.went::numeric) <> (b.put, b.back) END
        ORDER BY c.number, b.method
        """,
    ),
    Check(
        "C1",
        _("Closing %(closing)s takes up payment %(payment)s: a provider's, former, not settled or in other currency."),
        """
        SELECT c.number AS closing, m.payment_id AS payment
        FROM till_movements m JOIN till_closings c ON c.id = m.closing_id LEFT JOIN payments p ON p.id = m.payment_id
        WHERE m.cash_move_id IS NULL AND p.id IS NULL OR p.currency <> c.currency OR p.provider <> '' OR p.is_former
            OR p.state <> 'settled'
        ORDER BY m.id
        """,
    ),
    Check(
        "C1",
        _("Closing %(closing)s: the ledger has %(booked)s on %(account)s, the closing says %(said)s."),
        """
        WITH said AS (
            SELECT id, 'cash' AS account, difference - taken_out AS amount FROM till_closings
            UNION ALL SELECT id, 'cash_difference', -difference FROM till_closings
            UNION ALL SELECT id, 'transit', taken_out FROM till_closings),
        moved AS (
            SELECT id, account, amount AS said, 0 AS booked FROM said
            UNION ALL SELECT t.closing_id, e.ledger_account, 0, e.debit - e.credit
                FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id WHERE t.kind = 'closing')
        SELECT coalesce(min(c.number)::text, '-') AS closing, m.account, sum(m.said) AS said, sum(m.booked) AS booked
        FROM moved m LEFT JOIN till_closings c ON c.id = m.id
        GROUP BY m.id, m.account HAVING sum(m.said) <> sum(m.booked) ORDER BY m.id, m.account
        """,
    ),
    Check(
        "C1",
        _("Cash move %(move)s: the ledger has %(booked)s on %(account)s, the move says %(said)s."),
        """
        WITH signed AS (
            SELECT id, kind, CASE WHEN kind IN ('put_in', 'expense_back') THEN amount ELSE -amount END AS amount
            FROM cash_moves),
        moved AS (
            SELECT id, 'cash' AS account, amount AS said, 0 AS booked FROM signed
            UNION ALL SELECT id, CASE WHEN kind IN ('expense', 'expense_back') THEN 'suppliers' ELSE 'transit' END,
                -amount, 0 FROM signed
            UNION ALL SELECT t.cash_move_id, e.ledger_account, 0, e.debit - e.credit
                FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id WHERE t.kind = 'till')
        SELECT coalesce(id::text, '-') AS move, account, sum(said) AS said, sum(booked) AS booked FROM moved
        GROUP BY id, account HAVING sum(said) <> sum(booked) ORDER BY id, account
        """,
    ),
    Check(
        "C1",
        _("Expense %(expense)s: %(moved)s went out of the till for it, it says %(said)s."),
        """
        WITH moved AS (
            SELECT expense_id AS id, sum(CASE kind WHEN 'expense' THEN amount ELSE -amount END) AS amount
            FROM cash_moves WHERE expense_id IS NOT NULL GROUP BY expense_id),
        said AS (
            SELECT e.id, e.description, m.amount AS moved,
                CASE WHEN e.status = 'paid' AND e.payment_method = 'cash' THEN e.amount ELSE 0 END AS said
            FROM expenses e JOIN moved m USING (id))
        SELECT description AS expense, moved, said FROM said WHERE moved <> said ORDER BY id
        """,
    ),
    Check(
        "C1",
        _("In %(currency)s the ledger has %(booked)s in cash; the till holds %(held)s."),
        """
        WITH held AS (
            SELECT currency, counted_cash - taken_out AS amount FROM till_closings WHERE id IN (
                SELECT DISTINCT ON (currency) id FROM till_closings ORDER BY currency, number DESC)
            UNION ALL SELECT p.currency, CASE p.direction WHEN 'in' THEN p.amount ELSE -p.amount END
            FROM payments p LEFT JOIN till_movements m ON m.payment_id = p.id
            WHERE m.id IS NULL AND p.method = 'cash' AND p.provider = '' AND NOT p.is_former
                AND p.state <> 'failed'
            UNION ALL SELECT c.currency, CASE WHEN c.kind IN ('put_in', 'expense_back') THEN c.amount ELSE -c.amount END
            FROM cash_moves c LEFT JOIN till_movements m ON m.cash_move_id = c.id WHERE m.id IS NULL),
        moved AS (
            SELECT currency, amount AS held, 0 AS booked FROM held
            UNION ALL SELECT t.currency, 0, e.debit - e.credit FROM ledger_transactions t
            JOIN ledger_entries e ON e.transaction_id = t.id WHERE e.ledger_account = 'cash' AND NOT t.is_test)
        SELECT currency, sum(booked) AS booked, sum(held) AS held FROM moved
        GROUP BY currency HAVING sum(booked) <> sum(held) ORDER BY currency
        """,
    ),
)

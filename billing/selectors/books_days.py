"""R1: what reports add up by day is what is written."""

from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

CHECKS = (
    Check(
        "R1",
        _("%(day)s: reports have %(found)s on %(account)s at %(rate)s %%, the ledger has %(right)s."),
        """
        WITH both_sides AS (
            SELECT booked_on, currency, ledger_account, vat_category, vat_percent, debit - credit AS found, 0 AS ledger
            FROM ledger_days
            UNION ALL
            SELECT t.booked_on, t.currency, e.ledger_account, e.vat_category, e.vat_percent, 0, e.debit - e.credit
            FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id WHERE NOT t.is_test)
        SELECT booked_on AS day, ledger_account AS account, coalesce(vat_percent, 0) AS rate,
            sum(found) AS found, sum(ledger) AS right
        FROM both_sides GROUP BY booked_on, currency, ledger_account, vat_category, vat_percent
        HAVING sum(found) <> sum(ledger) ORDER BY 1, 2, 3
        """,
    ),
    Check(
        "R1",
        _("%(day)s: reports have %(found)s sessions (%(status)s, %(seconds)s s), there are %(right)s (%(length)s s)."),
        """
        WITH both_sides AS (
            SELECT room_id, starts_on, status, sessions AS found, seconds, 0 AS there, 0 AS length FROM session_days
            UNION ALL
            SELECT s.room_id, (s.starts_at AT TIME ZONE p.time_zone)::date, s.status, 0, 0, 1,
                extract(epoch FROM s.ends_at - s.starts_at)::bigint
            FROM sessions s CROSS JOIN studio_profile p)
        SELECT starts_on AS day, status, sum(found) AS found, sum(seconds) AS seconds, sum(there) AS right,
            sum(length) AS length
        FROM both_sides GROUP BY room_id, starts_on, status
        HAVING (sum(found), sum(seconds)) <> (sum(there), sum(length)) ORDER BY 1, 2
        """,
    ),
)

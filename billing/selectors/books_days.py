"""R1: what reports add up by day is what is written; `manage.py rebuild_days` mends it."""

from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

CHECKS = (
    Check(
        "R1",
        _(
            "%(day)s: reports have %(debit)s debit and %(credit)s credit in %(currency)s on %(account)s at %(rate)s %%,"
            " the ledger has %(debited)s and %(credited)s. The command rebuild_days mends it."
        ),
        """
        WITH both_sides AS (
            SELECT booked_on, currency, ledger_account, vat_category, vat_percent, debit, credit, 0 AS debited,
                0 AS credited
            FROM ledger_days
            UNION ALL
            SELECT t.booked_on, t.currency, e.ledger_account, e.vat_category, e.vat_percent, 0, 0, e.debit, e.credit
            FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id WHERE NOT t.is_test)
        SELECT booked_on AS day, currency, ledger_account AS account, coalesce(vat_percent, 0) AS rate,
            sum(debit) AS debit, sum(credit) AS credit, sum(debited) AS debited, sum(credited) AS credited
        FROM both_sides GROUP BY booked_on, currency, ledger_account, vat_category, vat_percent
        HAVING (sum(debit), sum(credit)) <> (sum(debited), sum(credited)) ORDER BY 1, 2, 3, 4
        """,
    ),
    Check(
        "R1",
        _(
            "%(day)s, %(room)s: reports have %(found)s sessions (%(status)s, %(seconds)s s), there are %(right)s"
            " (%(length)s s). The command rebuild_days mends it."
        ),
        """
        WITH both_sides AS (
            SELECT room_id, starts_on, status, sessions AS found, seconds, 0 AS there, 0 AS length FROM session_days
            UNION ALL
            SELECT s.room_id, (s.starts_at AT TIME ZONE p.time_zone)::date, s.status, 0, 0, 1,
                extract(epoch FROM s.ends_at - s.starts_at)::bigint
            FROM sessions s CROSS JOIN studio_profile p WHERE s.kind <> 'blocker')
        SELECT b.starts_on AS day, coalesce(r.name, '-') AS room, b.status, sum(b.found) AS found,
            sum(b.seconds) AS seconds, sum(b.there) AS right, sum(b.length) AS length
        FROM both_sides b LEFT JOIN rooms r ON r.id = b.room_id GROUP BY r.id, b.starts_on, b.status
        HAVING (sum(b.found), sum(b.seconds)) <> (sum(b.there), sum(b.length)) ORDER BY 1, 2, 3
        """,
    ),
)

"""The numbers of postings, as the tax office wants them: without a gap, and for ever."""

from django.db import connection

from studio.db import advisory_lock, taking_turns

# One after the other, in the order in which they were written; what is committed late comes after what has its number.
GIVE = """
    WITH waiting AS (
        SELECT id, currency, date_trunc('month', booked_on::timestamp)::date AS month,
            row_number() OVER (PARTITION BY currency, date_trunc('month', booked_on::timestamp) ORDER BY id) AS place
        FROM ledger_transactions WHERE number IS NULL AND NOT is_test),
    given AS (
        SELECT w.currency, w.month, (
            SELECT coalesce(max(number), 0) FROM ledger_transactions t WHERE t.currency = w.currency
                AND t.booked_on >= w.month AND t.booked_on < w.month + interval '1 month') AS last
        FROM (SELECT DISTINCT currency, month FROM waiting) w)
    UPDATE ledger_transactions t SET number = g.last + w.place
    FROM waiting w JOIN given g USING (currency, month) WHERE t.id = w.id
"""


@taking_turns()
def number_postings() -> int:
    """Give each posting that has none its number within its month and currency, and return how many those were.

    Tests have none.
    raises: TryAgain
    """
    advisory_lock(["posting-numbers"])
    with connection.cursor() as cursor:
        cursor.execute(GIVE)
        return int(cursor.rowcount)

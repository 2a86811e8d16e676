"""The days of the ledger: putting their rows together, and adding them up anew."""

from django.db import connection, transaction


@transaction.atomic
def fold_ledger_days() -> int:
    """Put the rows of each day together, and return how many sums that were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_days_fold(current_schema())")
        return int(cursor.fetchone()[0])


@transaction.atomic
def rebuild_ledger_days() -> None:
    """Add the days of the ledger up anew; who posts meanwhile waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_days_rebuild(current_schema())")

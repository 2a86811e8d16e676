"""The days of sessions: putting their rows together, and counting them anew."""

from django.db import connection, transaction


@transaction.atomic
def fold_session_days() -> int:
    """Put the rows of each day together, and return how many days that were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_days_fold(current_schema())")
        return int(cursor.fetchone()[0])


@transaction.atomic
def rebuild_session_days() -> None:
    """Count the days of sessions anew; who writes sessions meanwhile waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_days_rebuild(current_schema())")

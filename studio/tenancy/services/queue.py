"""Keeping the queue: what a dead worker held is taken over, what is long over is forgotten.

The library offers this to asynchronous code only, which loses the studio; its own statements do the same.
"""

from django.db import IntegrityError, connection, transaction
from procrastinate.sql import queries

from studio.tenancy.context import as_owner
from studio.tenancy.jobs import QUEUE, TRIES

HEARTBEAT_SECONDS = 30  # without a sign a worker is dead; each gives one every 10 seconds
KEPT_HOURS = {"succeeded": 72, "failed": 31 * 24, "cancelled": 31 * 24, "aborted": 31 * 24}


def take_over_stalled() -> int:
    """Queue again what a worker that died held, and return how many jobs that were.

    A job that has outlived its tries of workers is failed; so is one whose like waits already.
    """
    sought = {"queue": QUEUE, "task_name": None, "seconds_since_heartbeat": HEARTBEAT_SECONDS}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(queries["select_stalled_jobs_by_heartbeat"], sought)
        columns = [column.name for column in cursor.description]
        stalled = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        for job in stalled:
            if job["attempts"] >= TRIES or not _queue_again(job["id"]):
                cursor.execute(queries["finish_job"], {"job_id": job["id"], "status": "failed", "delete_job": False})
    return len(stalled)


def _queue_again(job_id: int) -> bool:
    given = {"job_id": job_id, "retry_at": None, "new_priority": None, "new_queue_name": None, "new_lock": None}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(queries["retry_job"], given)
    except IntegrityError:  # the same job waits already, by its queueing lock
        return False
    return True


def forget_old() -> None:
    """Delete what ended well days ago, and what failed a month ago."""
    with as_owner(), connection.cursor() as cursor:
        for status, hours in KEPT_HOURS.items():
            cursor.execute(queries["delete_old_jobs"], {"nb_hours": hours, "queue": None, "statuses": [status]})

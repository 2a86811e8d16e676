"""Running what a test has queued, here and now."""

import json

from django.db import connection
from procrastinate.contrib.django import app

from studio.tenancy.context import as_owner

WAITING = "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' {} ORDER BY id"
OF_THESE = "AND task_name = ANY (%s)"


def waiting_jobs(*names: str) -> list[tuple[int, str, dict[str, object]]]:
    """Return (id, task name, arguments) of each queued job, or of those with one of the names, oldest first."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(WAITING.format(OF_THESE if names else ""), [list(names)] if names else None)
        return [(job_id, name, json.loads(arguments)) for job_id, name, arguments in cursor.fetchall()]


def run_jobs(*names: str) -> int:
    """Run every queued job, or those with one of the names, as a worker would, also those that jobs queue.

    returns: how many ran
    """
    ran = 0
    while jobs := waiting_jobs(*names):
        for job_id, task_name, arguments in jobs:
            app.tasks[task_name].func(**arguments)
            with as_owner(), connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job_id])
            ran += 1
    return ran


def forget(*names: str) -> None:
    """Take every queued job with one of the names out of the queue."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo' AND task_name = ANY (%s)", [list(names)])

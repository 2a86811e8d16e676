"""Running what a test has queued, here and now."""

import json

from django.db import connection
from procrastinate.contrib.django import app

from studio.tenancy.context import as_owner

WAITING = "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"


def waiting_jobs() -> list[tuple[int, str, dict[str, object]]]:
    """Return (id, task name, arguments) of each queued job, oldest first."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(WAITING)
        return [(job_id, name, json.loads(arguments)) for job_id, name, arguments in cursor.fetchall()]


def run_jobs() -> int:
    """Run every queued job as a worker would, also those that jobs queue, and return how many ran."""
    ran = 0
    while jobs := waiting_jobs():
        for job_id, task_name, arguments in jobs:
            app.tasks[task_name].func(**arguments)
            with as_owner(), connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job_id])
            ran += 1
    return ran

"""Jobs that know their studio.

A job is one row of the queue in the public schema, written in the transaction of what caused it, so it
exists exactly when its cause does. Its arguments are the schema's name and ids; a worker enters that
studio before the function runs, and refuses a job that names none.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from procrastinate import RetryDecision, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from studio.tenancy.context import as_owner, current_schema, inside, nowhere, on_platform
from studio.tenancy.place import PUBLIC
from studio.tenancy.selectors import registry

QUEUE = "studio"
TRIES = 8
DEFER = "SELECT extensions.defer_job(%s, %s, %s::jsonb, %s, %s, %s, %s)"
WITHDRAW = "SELECT extensions.withdraw_jobs(%s, %s)"
BEHIND_OTHERS = -1  # the priority of what nobody waits for


class JobRefused(Exception):
    """A job for a studio that is not there or not open; trying again would not help."""


class Retry(RetryStrategy):
    """Growing pauses between tries, and none for a job that was refused."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, or None."""
        if isinstance(exception, JobRefused):
            return None
        return super().get_retry_decision(exception=exception, job=job)


@dataclass(frozen=True, slots=True)
class StudioTask:
    """A function that runs inside a studio, and the name under which it is queued."""

    name: str
    run: Callable[..., None]

    def __call__(self, **arguments: Any) -> None:
        """Run it here and now, in the current studio."""
        self.run(**arguments)


def run_in_schema(task: StudioTask, schema: str | None, arguments: dict[str, Any]) -> None:
    """Enter the schema and run the task on the studio's clock, by which what it writes tells the time.

    raises: JobRefused without a schema, or for a studio that is not active
    """
    if not schema:
        raise JobRefused(f"{task.name} names no studio.")
    if schema == PUBLIC:
        with on_platform():
            task.run(**arguments)
        return
    studio = registry.active_studio(schema)
    if studio is None:
        raise JobRefused(f"{task.name}: there is no active studio {schema}.")
    with inside(studio), timezone.override(ZoneInfo(studio.time_zone)):
        task.run(**arguments)


def studio_task(*, name: str, tries: int = TRIES) -> Callable[[Callable[..., None]], StudioTask]:
    """Make a function with keyword arguments a job.

    name: `app.verb_noun`, unique
    tries: how often it is run when it raises, with growing pauses; JobRefused is final
    """

    def decorate(function: Callable[..., None]) -> StudioTask:
        task = StudioTask(name, function)

        def run_job(schema: str | None = None, **arguments: Any) -> None:
            with nowhere():
                run_in_schema(task, schema, arguments)

        retry = Retry(max_attempts=tries, exponential_wait=4)
        app.task(name=name, queue=QUEUE, retry=retry)(run_job)
        return task

    return decorate


def defer(
    task: StudioTask | str,
    *,
    queueing_lock: str = "",
    run_at: datetime | None = None,
    lock: str = "",
    priority: int = 0,
    **arguments: Any,
) -> int | None:
    """Queue a task for the current studio, in the current transaction.

    task: or its name, for a service, which stands below the tasks that call it
    queueing_lock: while a job with the same lock waits in this studio, another is not queued
    run_at: not before this instant
    lock: of the jobs with the same one in the whole installation one runs at a time; for the platform's own
    priority: where several wait the greater goes first; more than 0 is for the platform's own
    arguments: ids and other plain JSON values, never personal data
    returns: the job's id, or None when the same job waits already
    """
    schema = current_schema()
    once = f"{schema}:{queueing_lock}" if queueing_lock else ""
    name = task if isinstance(task, str) else task.name
    payload = json.dumps({"schema": schema, **arguments})
    with connection.cursor() as cursor:
        cursor.execute(DEFER, [QUEUE, name, payload, once, run_at, lock, priority])
        row = cursor.fetchone()
    return None if row[0] is None else int(row[0])


def withdraw(queueing_locks: Sequence[str]) -> None:
    """Take back the jobs of the current studio with one of these locks, in the current transaction.

    One that runs already goes on.
    """
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW, [current_schema(), list(queueing_locks)])


def periodic_task(*, name: str, cron: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Make a function a job of the whole installation at the times of a cron expression, in UTC."""

    def decorate(function: Callable[[], None]) -> Callable[[], None]:
        def run(**_timestamp: int) -> None:
            function()

        app.periodic(cron=cron)(app.task(name=name, queue=QUEUE, queueing_lock=name)(run))
        return function

    return decorate


def periodic_studio_task(*, name: str, cron: str) -> Callable[[Callable[..., None]], StudioTask]:
    """Make a function a job that every active studio gets at the times of a cron expression, in UTC.

    The function takes no arguments. A restored copy gets none before it is let live: it would issue, expire and remind
    on its own what its original has dealt with since.
    """

    def decorate(function: Callable[..., None]) -> StudioTask:
        task = studio_task(name=name)(function)

        def fan_out(**_timestamp: int) -> None:
            for schema in registry.living_schemas():
                with as_owner(schema):
                    defer(task, queueing_lock=name)

        app.periodic(cron=cron)(app.task(name=f"{name}.every_studio", queue=QUEUE)(fan_out))
        return task

    return decorate

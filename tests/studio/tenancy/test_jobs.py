"""The queue: a job exists exactly when its cause does, and runs in its own studio or not at all."""

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django import app

from studio.showing import when
from studio.tenancy.context import as_owner, current_schema, inside, on_platform
from studio.tenancy.jobs import (
    BEHIND_OTHERS,
    JobRefused,
    Retry,
    StudioTask,
    defer,
    run_in_schema,
    studio_task,
    withdraw,
)
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.services import queue
from tests.fleet import environment
from tests.jobs import run_jobs, waiting_jobs

RAN: list[tuple[str, int]] = []


@studio_task(name="tests.note_number")
def note_number(*, number: int) -> None:
    RAN.append((current_schema(), number))


@pytest.fixture(autouse=True)
def _nothing_ran():
    RAN.clear()


def test_a_job_is_queued_with_its_cause_and_gone_with_it(studio):
    def cause_and_fail() -> None:
        with transaction.atomic():
            defer(note_number, number=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cause_and_fail()
    assert waiting_jobs() == []

    defer(note_number, number=2)

    assert [(name, args) for _id, name, args in waiting_jobs()] == [
        ("tests.note_number", {"schema": studio.schema_name, "number": 2})
    ]


def test_jobs_of_two_studios_run_each_in_its_own(studio, other_studio):
    dice = random.Random(7)
    expected = []
    for number in range(200):
        where = dice.choice([studio, other_studio])
        with inside(where):
            defer(note_number, number=number)
        expected.append((where.schema_name, number))

    assert run_jobs() == 200

    assert expected == RAN


def test_a_job_tells_the_time_by_its_studios_clock(studio, other_studio):
    midnight, told = datetime(2030, 1, 1, tzinfo=UTC), []
    task = StudioTask("tests.tell_time", lambda: told.append(when(midnight)))
    with as_owner():
        Studio.objects.filter(pk=other_studio.pk).update(time_zone="America/New_York")

    for each in (studio, other_studio):
        run_in_schema(task, each.schema_name, {})

    assert told == ["Tue 1 Jan 2030, 01:00", "Mon 31 Dec 2029, 19:00"]
    assert when(midnight) == "Tue 1 Jan 2030, 00:00"


def test_the_same_waiting_job_is_not_queued_twice_and_harms_nobody(studio, other_studio):
    with transaction.atomic():
        assert defer(note_number, queueing_lock="nightly", number=1) is not None
        assert defer(note_number, queueing_lock="nightly", number=1) is None
        with inside(other_studio):
            assert defer(note_number, queueing_lock="nightly", number=1) is not None

    assert len(waiting_jobs()) == 2


def test_a_job_without_a_studio_is_refused(studio):
    with pytest.raises(JobRefused, match="names no studio"):
        app.tasks["tests.note_number"].func(number=1)
    assert RAN == []


def test_a_job_of_a_studio_that_is_not_active_is_refused_for_good(studio, other_studio):
    with as_owner():
        Studio.objects.filter(pk=other_studio.pk).update(status=StudioStatus.SUSPENDED)

    for schema in (other_studio.schema_name, "tenant_0"):
        with pytest.raises(JobRefused, match="no active studio"):
            run_in_schema(note_number, schema, {"number": 1})
    assert Retry(max_attempts=9).get_retry_decision(exception=JobRefused(), job=None) is None
    assert RAN == []


def test_a_studio_may_not_read_the_queue_nor_defer_for_another(studio, other_studio):
    def attempt(statement: str, values: list[object]) -> str:
        with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
        return refused.value.__cause__.sqlstate

    insert = "SELECT extensions.defer_job('studio', 'tests.note_number', %s::jsonb, '', NULL)"
    assert attempt("SELECT * FROM public.procrastinate_jobs", []) == "42501"
    assert attempt(insert, [f'{{"schema": "{other_studio.schema_name}"}}']) == "42501"
    own = f'{{"schema": "{studio.schema_name}"}}'
    assert attempt(insert.replace("NULL)", "NULL, 'capsules')"), [own]) == "42501"
    assert attempt(insert.replace("NULL)", "NULL, '', 1)"), [own]) == "42501"
    take_back = "SELECT extensions.withdraw_jobs(%s, '{x}')"
    assert attempt(take_back, [other_studio.schema_name]) == attempt(take_back, ["public"]) == "42501"


def test_a_studio_takes_back_what_waits_of_its_own_and_nothing_else(studio, other_studio):
    for place in (studio, other_studio):
        with inside(place):
            for number in range(3):
                defer(note_number, queueing_lock=f"number:{number}", number=number)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE args ->> 'number' = '2'")
    withdraw(["number:1", "number:2", "number:9"])

    assert run_jobs() == 3
    assert [(studio.schema_name, 0), *((other_studio.schema_name, number) for number in (0, 1))] == RAN
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
        assert cursor.fetchone() == (2,)


def test_a_studio_may_have_a_job_of_its_own_step_back(studio):
    for number, priority in enumerate((BEHIND_OTHERS, 0)):
        defer(note_number, number=number, priority=priority)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'number' FROM procrastinate_fetch_job_v2('{studio}', NULL)")
        assert cursor.fetchone() == ("1",)


def test_the_platform_has_jobs_of_its_own(studio):
    with on_platform():
        defer(note_number, number=3)
    run_jobs()
    assert RAN == [("public", 3)]


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_empties_the_queue(studio):
    defer(note_number, number=5)
    code = (
        "import django; django.setup();"
        "import tests.studio.tenancy.test_jobs;"
        "from django.core.management import call_command; call_command('work', until_empty=True)"
    )
    subprocess.run([sys.executable, "-c", code], env=environment(), check=True, timeout=60, cwd=settings.BASE_DIR)

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE task_name = 'tests.note_number'")
        assert cursor.fetchall() == [("succeeded",)]


@studio_task(name="tests.hang_once")
def hang_once(*, path: str) -> None:
    """Hang the first time, and leave a second line the next."""
    lines = Path(path)
    with lines.open("a") as out:
        out.write("ran\n")
    if lines.read_text().count("ran") == 1:
        time.sleep(120)


WORKER = (
    "import django; django.setup(); import tests.studio.tenancy.test_jobs;"
    "from django.core.management import call_command; call_command('work', until_empty=True)"
)


def worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment(), cwd=settings.BASE_DIR)


def status_of(task_name: str) -> str:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE task_name = %s", [task_name])
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_worker_that_was_killed_is_taken_over(studio, tmp_path):
    ran = tmp_path / "ran"
    defer(hang_once, path=str(ran))
    first = worker()
    deadline = time.monotonic() + 30
    while not ran.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    first.kill()
    first.wait(timeout=10)
    assert status_of("tests.hang_once") == "doing"

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        cursor.execute(
            "SELECT extensions.defer_job('studio', 'tenancy.take_over_stalled', '{\"timestamp\": 0}', '', NULL)"
        )
    assert worker().wait(timeout=60) == 0
    assert worker().wait(timeout=60) == 0  # the one before may have seen an empty queue before the job was back
    assert (ran.read_text(), status_of("tests.hang_once")) == ("ran\nran\n", "succeeded")


def test_what_is_long_over_is_forgotten(studio):
    done, failed, waiting = (defer(note_number, number=number) for number in range(3))
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id IN (%s, %s)", [done, failed])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [done])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [failed])
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '10 days'")

    queue.forget_old()

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == [failed, waiting]

"""Making backups: beside people, beside each other, by night; and which of them are kept."""

import time
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.core.files.storage import default_storage
from django.db import connection, connections, transaction
from django.utils import timezone

from sessions_app.services import task_types
from studio.db import alone
from studio.office.models import StoredFile
from studio.office.services import files, leftovers
from studio.tenancy import jobs
from studio.tenancy.capsules import archive, making
from studio.tenancy.context import as_owner, on_platform
from studio.tenancy.models import Capsule, CapsuleState
from studio.tenancy.services import capsules
from studio.tenancy.tasks import make_capsules
from tests import fleet
from tests.factories import NOW
from tests.jobs import run_jobs, waiting_jobs
from tests.studio.tenancy.capsule_acts import command, made

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
REFUSED, WITH_GAPS = 2, 3
WAITED_FOR = """
    SELECT EXISTS (
        SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted
    )
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_records(db):
    yield
    with as_owner():
        Capsule.objects.all().delete()


def test_a_lost_file_is_told_and_the_rest_is_kept(studio, tmp_path):
    lost = files.store_file(data=PDF, name="lost.pdf", actor=None, now=NOW)
    files.store_file(data=PDF, name="there.pdf", actor=None, now=NOW)
    default_storage.delete(lost.key)
    others = f"tenant_0/{lost.key.partition('/')[2]}"
    StoredFile.objects.create(key=others, name="x", content_type="x/y", size=1, sha256="0" * 64)

    code, told, said = command("make", studio.schema_name, "--to", tmp_path)

    assert (code, told["files"]) == (WITH_GAPS, 1)
    assert set(said.removeprefix("The backup was made, with gaps: ").splitlines()) == {
        f"The bytes of the file {lost.key} are not in the storage.",
        f"The file {others} belongs to another studio and was left out.",
    }
    with archive.opened(Path(told["file"])) as capsule, capsule.rows("stored_files") as rows:
        assert rows.read().count(b"\t@/") == 3
    with as_owner():
        assert Capsule.objects.get().state == CapsuleState.INCOMPLETE


def test_a_file_given_up_meanwhile_is_in_it(studio, tmp_path):
    stored, now = files.store_file(data=PDF, name="old.pdf", actor=None, now=NOW), timezone.now()
    swept = []

    def give_up(_line):
        if StoredFile.objects.exists():
            leftovers.discard_files(stored=[stored], now=now)
            swept.append(leftovers.sweep_leftovers(now=now))

    record = made(studio, tmp_path, give_up)

    assert (record.state, record.manifest["files"], swept) == (CapsuleState.READY, 1, [0])
    assert leftovers.sweep_leftovers(now=now) == 1


def test_a_studio_can_be_migrated_while_its_files_are_copied(studio, tmp_path):
    files.store_file(data=PDF, name="old.pdf", actor=None, now=NOW)
    free = {}

    def migrate(line):
        with alone(studio.schema_name, making.MIGRATE_LOCK) as is_mine:
            free[line.partition(":")[0]] = is_mine

    made(studio, tmp_path, migrate)

    assert (free["stored_files"], free["file 1 of 1, 0 MB"]) == (False, True)


def test_what_cannot_be_made_is_on_record_and_leaves_no_file(studio, tmp_path):
    (tmp_path / "taken").write_text("a file, no folder")

    code, told, said = command("make", studio.schema_name, "--to", tmp_path / "taken")

    assert (code, told) == (REFUSED, None)
    with as_owner():
        assert list(Capsule.objects.values_list("state", "problem")) == [(CapsuleState.FAILED, said)]
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]


def test_a_killed_process_leaves_the_old_one_and_the_next_takes_its_place(studio, tmp_path):
    old = Path(made(studio, tmp_path).path)
    before = old.read_bytes()
    part = tmp_path / f".{studio.schema_name}.part"
    with alone(studio.schema_name, making.MIGRATE_LOCK):  # for which the process waits once it has begun its file
        with fleet.start("capsule", "make", studio.schema_name, "--to", str(tmp_path)) as process:
            while not part.exists() and process.poll() is None:
                time.sleep(0.05)
            process.kill()

        assert sorted(tmp_path.iterdir()) == sorted([part, old])
    assert old.read_bytes() == before
    new = Path(made(studio, tmp_path).path)
    assert sorted(tmp_path.iterdir()) == sorted([old, new])


def test_two_at_once_are_made_one_after_the_other(studio, tmp_path, monkeypatch):
    second = []

    def wait_too(_line):
        if second:
            return
        monkeypatch.setattr(making, "LOCK_TIMEOUT", "100ms")
        with pytest.raises(making.Busy):
            made(studio, tmp_path)
        monkeypatch.undo()
        second.append(Thread(target=make_beside))
        second[0].start()
        until_somebody_waits()

    def make_beside():
        try:
            made(studio, tmp_path)
        finally:
            connections.close_all()

    task_types.seed_task_types()
    made(studio, tmp_path, wait_too)
    second[0].join()

    with as_owner():
        records = list(Capsule.objects.order_by("made_at").values_list("state", "path", "size"))
    assert [state for state, _path, _size in records] == ["ready", "failed", "ready"]
    for _state, path, size in records[::2]:
        assert (command("verify", path)[0], Path(path).stat().st_size) == (0, size)
    assert len(list(tmp_path.iterdir())) == len(records[::2])


def until_somebody_waits():
    """Return once a session waits for an advisory lock."""
    with as_owner(), connection.cursor() as cursor:
        for _try in range(500):
            cursor.execute(WAITED_FOR)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    pytest.fail("nobody waits")


def test_each_night_one_is_made_and_the_last_few_are_kept(studio, settings, tmp_path):
    settings.CAPSULE_DIR, settings.CAPSULES_KEPT = tmp_path, 1
    by_hand = made(studio, tmp_path)
    for _night in range(2):
        make_capsules()
        make_capsules()
        assert [name for _id, name, _arguments in waiting_jobs()] == ["tenancy.make_capsule"] * 2
        assert taken_by_workers() == ["tenancy.check_schema", "tenancy.make_capsule", None]
        run_jobs()

    with as_owner():
        paths = list(Capsule.objects.filter(studio=studio).order_by("made_at").values_list("path", "is_nightly"))
    assert (len(paths), paths[0]) == (2, (by_hand.path, False))
    assert len(list(tmp_path.iterdir())) == 3  # two of this studio, one of the other


def taken_by_workers():
    """What three workers begin at once when somebody queues a job after the backups of the night."""
    taken = []
    with on_platform(), transaction.atomic():
        jobs.defer("tenancy.check_schema", studio_id=1)
        with as_owner(), connection.cursor() as cursor:
            for _worker in range(3):
                cursor.execute("SELECT task_name FROM procrastinate_fetch_job_v2(ARRAY['studio'], NULL)")
                taken += [name for (name,) in cursor.fetchall()]
        transaction.set_rollback(True)
    return taken


def test_the_newest_whole_one_that_is_there_is_kept_beside_newer_ones_with_gaps(studio, settings, tmp_path):
    settings.CAPSULES_KEPT, lost = 2, 4
    with as_owner():
        for night, state in enumerate(["ready", "ready", "incomplete", "failed", "ready", "incomplete", "incomplete"]):
            file = tmp_path / str(night)
            if night != lost:
                file.touch()
            Capsule.objects.create(
                studio=studio,
                schema_name=studio.schema_name,
                studio_label=studio.name,
                state=state,
                path="" if state == "failed" else str(file),
                sha256="" if state == "failed" else "0" * 64,
                problem="" if state == "ready" else "A file is lost.",
                made_at=NOW + timedelta(days=night),
                is_nightly=True,
            )

    assert capsules.forget_old_capsules(studio=studio) == 2

    with as_owner():
        left = Capsule.objects.order_by("made_at").values_list("path", flat=True)
        assert [Path(path).name for path in left] == ["1", "5", "6"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["1", "3", "5", "6"]

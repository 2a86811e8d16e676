"""Backups of a studio that was adopted and has worked since: made beside people, restored beside the original."""

import json
import shutil
import time
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from billing.models import Invoice, Payment
from sessions_app.models import Client, StudioSession
from sessions_app.services import task_types
from studio.accounts.models import LoginSession
from studio.db import alone
from studio.mail.models import EmailMessage
from studio.mail.services import outbox
from studio.office.models import StoredFile
from studio.office.services import files, leftovers
from studio.tenancy.capsules.keeper import FILES_LOCK
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Capsule, CapsuleState, Domain, Studio, StudioStatus
from studio.tenancy.services import capsules, standing
from studio.tenancy.tasks import make_capsules
from tests import fleet
from tests.billing_factories import issued, paid
from tests.conftest import HOME, empty_after_commits
from tests.factories import NOW
from tests.jobs import run_jobs, waiting_jobs
from tests.studio.tenancy import capsule_files

LEGACY = Path(__file__).parents[2] / "data" / "legacy"
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
SET_ASIDE, REFUSED, WITH_GAPS = 3, 2, 3

pytestmark = pytest.mark.django_db(transaction=True)


def command(*arguments):
    """Return the exit code, what programs read, and what people are told."""
    out, told, code, refusal = StringIO(), StringIO(), 0, ""
    try:
        call_command("capsule", *map(str, arguments), stdout=out, stderr=told)
    except CommandError as error:
        code, refusal = error.returncode, str(error)
    return code, json.loads(out.getvalue() or "null"), refusal or told.getvalue()


def home():
    with as_owner():
        return Studio.objects.get(slug=HOME)


def made(studio, folder, tell=lambda _line: None, **given):
    return capsules.make_capsule(studio=studio, folder=folder, made_by="Olive", now=timezone.now(), tell=tell, **given)


@pytest.fixture(autouse=True)
def _no_records(db):
    yield
    with as_owner():
        Capsule.objects.all().delete()


@contextmanager
def restoring(schema):
    """Remove what a test restores there."""
    try:
        yield
    finally:
        with as_owner():
            left = Studio.objects.filter(schema_name=schema).first()
            Studio.objects.filter(slug=HOME).update(status=StudioStatus.ACTIVE, mails_held_since=None, copy_of=None)
        if left:
            shutil.rmtree(default_storage.path(schema), ignore_errors=True)
            fleet.remove(left)
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM released_names WHERE name LIKE 'harbour-%%'")


def free_schema():
    with as_owner():
        return f"tenant_{Studio.objects.order_by('-pk').first().pk + 7}"


def worked():
    """Adopt a former studio, issue and be paid, keep a file, write a mail, sign in; return what to look for."""
    task_types.seed_task_types()
    for former in ("tenant_1", "gym_before_machines"):
        with pytest.raises(SystemExit, match=str(SET_ASIDE)):
            call_command(
                "adopt", str(LEGACY / f"{former}.sql.gz"), into=home().schema_name, stdout=StringIO(), stderr=StringIO()
            )
    invoice = issued()
    paid(invoice, "50")
    stored = files.store_file(data=PDF, name="old.pdf", actor=None, now=NOW)
    outbox.queue_email(kind="k", about="a.b:1", recipient="a@b.example", subject="s", text="t", now=timezone.now())
    return SimpleNamespace(invoice=invoice, key=stored.key, sessions=StudioSession.objects.count())


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker, tmp_path_factory):
    """The adopted studio's capsule, made while somebody paid; the studio is emptied again afterwards."""
    folder = tmp_path_factory.mktemp("capsules")
    with django_db_blocker.unblock():
        facts, lines = worked(), []

        def pay_once(line):
            if not lines:
                paid(facts.invoice, "20")
            lines.append(line)

        facts.record = made(home(), folder, pay_once)
        facts.path, facts.payments = Path(facts.record.path), Payment.objects.count()
        facts.lines = lines
        with as_owner():
            Capsule.objects.all().delete()
        empty_after_commits(None)
    return facts


# Making -------------------------------------------------------------------------------------------


def test_a_lost_file_is_told_and_the_rest_is_kept(studio, tmp_path):
    lost = files.store_file(data=PDF, name="lost.pdf", actor=None, now=NOW)
    files.store_file(data=PDF, name="there.pdf", actor=None, now=NOW)
    default_storage.delete(lost.key)

    code, told, said = command("make", studio.schema_name, "--to", tmp_path)

    assert (code, told["files"]) == (WITH_GAPS, 1)
    assert said == f"The backup was made, with gaps: The bytes of the file {lost.key} are not in the storage."
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
    with alone(studio.schema_name, FILES_LOCK):  # for which the process waits once it has begun its file
        with fleet.start("capsule", "make", studio.schema_name, "--to", str(tmp_path)) as process:
            while not part.exists() and process.poll() is None:
                time.sleep(0.05)
            process.kill()

        assert sorted(tmp_path.iterdir()) == sorted([part, old])
    assert old.read_bytes() == before
    new = Path(made(studio, tmp_path).path)
    assert sorted(tmp_path.iterdir()) == sorted([old, new])


def test_each_night_one_is_made_and_the_last_few_are_kept(studio, settings, tmp_path):
    settings.CAPSULE_DIR, settings.CAPSULES_KEPT = tmp_path, 1
    by_hand = made(studio, tmp_path)
    for _night in range(2):
        make_capsules()
        make_capsules()
        assert [name for _id, name, _arguments in waiting_jobs()] == ["tenancy.make_capsule"] * 2
        run_jobs()

    with as_owner():
        paths = list(Capsule.objects.filter(studio=studio).order_by("made_at").values_list("path", "is_nightly"))
    assert (len(paths), paths[0]) == (2, (by_hand.path, False))
    assert len(list(tmp_path.iterdir())) == 3  # two of this studio, one of the other


def test_the_newest_whole_one_is_kept_beside_newer_ones_with_gaps(studio, settings, tmp_path):
    settings.CAPSULES_KEPT = 2
    with as_owner():
        for night, state in enumerate(["ready", "ready", "incomplete", "failed", "incomplete", "incomplete"]):
            file = tmp_path / str(night)
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
        assert [Path(path).name for path in left] == ["1", "4", "5"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["1", "3", "4", "5"]


# Restoring ----------------------------------------------------------------------------------------


def taken_back(kept, schema):
    """Restore: killed once while the files come, begun anew by the same command; return what is told."""
    with fleet.start("capsule", "restore", str(kept.path), "--into", schema) as process:
        for line in process.stderr:
            if line.startswith("building"):
                seen = [process.stderr.readline() for _table in range(3)]
                break
        process.kill()
    assert all(seen)
    with as_owner():
        half = Studio.objects.get(schema_name=schema)
        assert (half.status, half.restored_from) == (StudioStatus.PROVISIONING, kept.record.sha256)
        with pytest.raises(standing.NotInThatState, match="being restored"):
            standing.queue_provisioning(studio=half)
    return command("restore", kept.path, "--into", schema)


@pytest.mark.early
def test_a_restored_studio_is_what_it_was_and_takes_its_place_when_told(kept, studio, tmp_path):
    the_record_says_what_is_inside(kept)
    schema = free_schema()
    with restoring(schema):
        code, told, said = taken_back(kept, schema)

        assert (code, told["digest"], told["findings"]) == (0, kept.record.manifest["digest"], []), said
        with as_owner():
            copy = Studio.objects.get(schema_name=schema)
        assert (copy.status, copy.copy_of_id, told["address"]) == ("active", studio.pk, "harbour-restored.localhost")
        its_digest_is_the_originals_until_a_cell_changes(kept, copy, tmp_path)
        the_rows_are_its_own(kept, copy)
        it_writes_to_nobody_until_it_takes_the_originals_place(copy, studio)
        it_is_never_restored_over(kept, schema)


def the_record_says_what_is_inside(kept):
    record, told = kept.record, kept.record.manifest

    assert (record.state, record.problem, record.made_by) == (CapsuleState.READY, "", "Olive")
    assert record.size == kept.path.stat().st_size
    assert record.sha256 == kept.path.read_bytes()[-64:].decode()
    assert (told["files"], told["file_bytes"], told["tables"]["sessions"]) == (1, len(PDF), kept.sessions)
    assert told["studio"]["time_zone"] == "Europe/Paris"
    assert told["domains"] == ["harbour.localhost"]
    assert not {"login_sessions", "django_session", "cache_entries"} & told["tables"].keys()
    assert f"clients: {told['tables']['clients']} rows" in kept.lines


def the_rows_are_its_own(kept, copy):
    with inside(copy):
        stored = StoredFile.objects.get()
        assert stored.key == kept.key.replace(home().schema_name, copy.schema_name)
        with files.open_file(stored) as file:
            assert file.read() == PDF
        assert Payment.objects.count() == kept.payments - 1  # who paid while it was made is not in it, whole
        assert not LoginSession.objects.exists()
        last = Invoice.objects.get(pk=kept.invoice.pk)
        assert issued(client=last.client).number == last.number + 1


def its_digest_is_the_originals_until_a_cell_changes(kept, copy, tmp_path):
    original = kept.record.manifest["digest"]
    assert made(copy, tmp_path).manifest["digest"] == original
    with inside(copy):
        first = Client.objects.order_by("pk").first()
        Client.objects.filter(pk=first.pk).update(notes=f"{first.notes} ")
    assert made(copy, tmp_path).manifest["digest"] != original


def it_writes_to_nobody_until_it_takes_the_originals_place(copy, studio):
    with inside(copy):
        mail = EmailMessage.objects.get()
        assert outbox.send_email(mail.pk, timezone.now() + timedelta(hours=1)) is None
        assert outbox.resume_waiting(now=timezone.now() + timedelta(days=1)) == 0
    assert command("swap", copy.schema_name)[0] == 0
    with as_owner():
        hosts = dict(Domain.objects.values_list("domain", "studio__schema_name"))
        studio.refresh_from_db()
    assert hosts["harbour.localhost"] == copy.schema_name
    assert hosts["harbour-restored.localhost"] == studio.schema_name
    assert (studio.status, studio.slug, studio.copy_of_id) == ("suspended", "harbour-restored", copy.pk)
    with inside(copy):
        mail.refresh_from_db()
        assert (mail.state, mail.last_error[:41]) == ("failed", "It waited in a backup that was restored. ")
    with as_owner():
        Studio.objects.filter(pk=studio.pk).update(status=StudioStatus.ACTIVE)
    assert command("swap", studio.schema_name)[0] == 0
    with as_owner():
        assert Studio.objects.get(slug=HOME).pk == studio.pk


def it_is_never_restored_over(kept, schema):
    code, told, said = command("restore", kept.path, "--into", schema)
    assert (code, told) == (REFUSED, None)
    assert said == f"{schema} belongs to a studio already: nothing is restored over it."


def small(tmp_path, **changed):
    return capsule_files.forged(tmp_path / "small.capsule", told=capsule_files.told(**changed))


IMPOSSIBLE = ["public", "tenant_0", "tenant_1x", 'tenant_7"; DROP SCHEMA public', "x" * 300]


def test_what_cannot_be_restored_leaves_nothing(studio, tmp_path):
    with as_owner():
        before = list(Studio.objects.order_by("pk").values_list("schema_name", flat=True))
    newer = small(tmp_path, migrations=("office.9999_future",))
    code, told, said = command("restore", newer)
    assert (code, told) == (REFUSED, None)
    assert "does not have the migration office.9999_future" in said

    bare = small(tmp_path, migrations=())
    answers = {into: command("restore", bare, "--into", into)[2] for into in (*IMPOSSIBLE, *before, free_schema(), "")}

    assert {answers.pop(into) for into in IMPOSSIBLE} == {"A schema is named tenant_ and a number, e.g. tenant_42."}
    assert {said.partition(" ")[2] for said in map(answers.pop, before)} == {
        "belongs to a studio already: nothing is restored over it."
    }
    assert set(answers.values()) == {"The studio had other tables than its migrations make, e.g. clients.id."}
    with as_owner(), connection.cursor() as cursor:
        assert list(Studio.objects.order_by("pk").values_list("schema_name", flat=True)) == before
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^tenant_'")
        assert cursor.fetchone() == (len(before),)


@pytest.mark.long
def test_making_and_restoring_can_be_killed_at_any_moment(kept, studio, tmp_path):
    old, rounds = Path(made(studio, tmp_path).path), 6
    before, schema = old.read_bytes(), free_schema()
    began = time.monotonic()
    assert fleet.run("capsule", "make", studio.schema_name, "--to", str(tmp_path / "measured"))[0] == 0
    lasts = time.monotonic() - began
    for number in range(rounds):
        with fleet.start("capsule", "make", studio.schema_name, "--to", str(tmp_path)) as process:
            time.sleep(lasts * (number + 1) / (rounds + 1))
            process.kill()
        for each in tmp_path.glob("*.capsule"):
            assert command("verify", each)[0] == 0
        assert old.read_bytes() == before
    with restoring(schema):
        for number in range(rounds):
            with fleet.start("capsule", "restore", str(kept.path), "--into", schema) as process:
                time.sleep(lasts * (1 + number / 2))  # a restore takes some times as long
                process.kill()
            with as_owner():
                half = Studio.objects.filter(schema_name=schema).first()
            if half and half.status == StudioStatus.ACTIVE:
                break
        code, _told, said = command("restore", kept.path, "--into", schema)
        assert code == (REFUSED if half and half.status == StudioStatus.ACTIVE else 0), said
        with as_owner():
            copy = Studio.objects.get(schema_name=schema)
        assert made(copy, tmp_path).manifest["digest"] == kept.record.manifest["digest"]

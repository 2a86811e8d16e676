"""Backups of a studio that was adopted and has worked since: made beside people, restored beside the original."""

import shutil
import time
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from billing.models import Invoice, Payment
from billing.services import printed
from sessions_app.models import Client, StudioSession
from sessions_app.services import task_types
from studio.accounts.models import AuditEvent, LoginSession, RoleName
from studio.accounts.services import users
from studio.mail.models import EmailMessage
from studio.mail.services import outbox
from studio.mail.services.writing import Letter
from studio.office.models import StoredFile
from studio.office.services import files
from studio.tenancy.capsules.manifest import CapsuleRefused
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Capsule, CapsuleState, Domain, Studio, StudioStatus
from studio.tenancy.services import restoring as restoring_steps
from studio.tenancy.services import roles, standing
from tests import fleet
from tests.billing_factories import issued, paid
from tests.conftest import HOME, empty_after_commits
from tests.factories import NOW
from tests.studio.tenancy import capsule_files
from tests.studio.tenancy.capsule_acts import OLIVE, command, made

LEGACY = Path(__file__).parents[2] / "data" / "legacy"
OWNER, PASSWORD = "olga@harbour.example", "correct horse battery"
LETTER = Letter("s", "t", "")
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
SET_ASIDE, REFUSED, BROKEN_OFF = 3, 2, 4

pytestmark = pytest.mark.django_db(transaction=True)


def home():
    with as_owner():
        return Studio.objects.get(slug=HOME)


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
            Studio.objects.filter(schema_name=schema).update(provisioning_error="")
            Studio.objects.filter(slug=HOME).update(status=StudioStatus.ACTIVE, mails_held_since=None, copy_of=None)
        if left:
            shutil.rmtree(default_storage.path(schema), ignore_errors=True)
            fleet.remove(left)
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM released_names WHERE name LIKE 'harbour-%%'; TRUNCATE audit_events")


def free_schema():
    with as_owner():
        return f"tenant_{Studio.objects.order_by('-pk').first().pk + 7}"


def adopted(former):
    """Adopt a former studio and return the exit code."""
    source = str(LEGACY / f"{former}.sql.gz")
    try:
        call_command("adopt", source, into=home().schema_name, stdout=StringIO(), stderr=StringIO())
    except SystemExit as left:
        return left.code
    return 0


def worked():
    """Adopt a former studio, issue, print and be paid, keep a file, write a mail; return what to look for."""
    task_types.seed_task_types()
    assert [adopted(former) for former in ("tenant_1", "gym_before_machines")] == [SET_ASIDE, 0]
    users.create_account(
        email=OWNER, email_verified=True, password=PASSWORD, role=RoleName.OWNER, actor=None, now=timezone.now()
    )
    invoice = issued()
    printed.print_document(kind="invoice", key=invoice.pk, now=timezone.now())
    invoice.refresh_from_db()
    paid(invoice, "50")
    stored = files.store_file(data=PDF, name="old.pdf", actor=None, now=NOW)
    outbox.queue_email(kind="k", about="a.b:1", recipient="a@b.example", letter=LETTER, now=timezone.now())
    paper = bytes_of(StoredFile.objects.get(key=invoice.pdf_s3_key))
    return SimpleNamespace(invoice=invoice, paper=paper, key=stored.key, sessions=StudioSession.objects.count())


def bytes_of(stored):
    with files.open_file(stored) as file:
        return file.read()


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
        its_owner_downloads_an_old_invoice_as_it_was_printed(kept, copy)
        it_writes_to_nobody_until_it_takes_the_originals_place(copy, studio)
        it_is_never_restored_over(kept, schema)


def the_record_says_what_is_inside(kept):
    record, told = kept.record, kept.record.manifest

    assert (record.state, record.problem, record.made_by) == (CapsuleState.READY, "", OLIVE)
    assert record.size == kept.path.stat().st_size
    assert record.sha256 == kept.path.read_bytes()[-64:].decode()
    assert (told["files"], told["file_bytes"], told["tables"]["sessions"]) == (
        2,
        len(PDF) + len(kept.paper),
        kept.sessions,
    )
    assert told["studio"]["time_zone"] == "Europe/Paris"
    assert told["domains"] == ["harbour.localhost"]
    assert not {"login_sessions", "django_session", "cache_entries"} & told["tables"].keys()
    assert f"clients: {told['tables']['clients']} rows" in kept.lines


def the_rows_are_its_own(kept, copy):
    with inside(copy):
        assert bytes_of(StoredFile.objects.get(key=moved(kept.key, copy))) == PDF
        assert Payment.objects.count() == kept.payments - 1  # who paid while it was made is not in it, whole
        assert not LoginSession.objects.exists()
        last = Invoice.objects.get(pk=kept.invoice.pk)
        assert issued(client=last.client).number == last.number + 1


def moved(key, copy):
    """Return where a file of the original stands in a copy."""
    return key.replace(home().schema_name, copy.schema_name)


def its_owner_downloads_an_old_invoice_as_it_was_printed(kept, copy):
    browser, page = Browser(headers={"host": "harbour-restored.localhost"}), f"/admin/billing/invoice/{kept.invoice.pk}"
    assert browser.get(f"{page}/pdf/").status_code == 404
    assert browser.post("/accounts/login/", {"login": OWNER, "password": PASSWORD}).status_code == 302

    answer = browser.get(f"{page}/pdf/")
    there = Path(default_storage.path(moved(kept.invoice.pdf_s3_key, copy)))

    assert answer.getvalue() == kept.paper == there.read_bytes()
    assert sha256(kept.paper).hexdigest() == kept.invoice.pdf_hash

    # The twin: one byte of the restored file is another.
    there.write_bytes(kept.paper[:-1] + b"x")
    refused = browser.get(f"{page}/pdf/")
    assert (refused.status_code, kept.paper in refused.content) == (409, False)


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
    assert command("swap", copy.schema_name, "--yes")[0] == 0
    with as_owner():
        hosts = dict(Domain.objects.values_list("domain", "studio__schema_name"))
        studio.refresh_from_db()
    assert hosts["harbour.localhost"] == copy.schema_name
    assert hosts["harbour-restored.localhost"] == studio.schema_name
    assert (studio.status, studio.slug, studio.copy_of_id) == ("suspended", "harbour-restored", copy.pk)
    with inside(copy):
        mail.refresh_from_db()
        assert (mail.state, mail.last_error[:39]) == ("failed", "It waited while a backup was restored. ")
    assert command("swap", studio.schema_name, "--yes")[0] == 0
    with as_owner():
        acts = AuditEvent.objects.filter(object_id=str(copy.pk)).order_by("pk").values_list("verb", flat=True)
        assert list(acts) == ["restore", "swap"]
        assert (Studio.objects.get(slug=HOME).pk, Studio.objects.get(pk=studio.pk).status) == (studio.pk, "active")


def it_is_never_restored_over(kept, schema):
    code, told, said = command("restore", kept.path, "--into", schema)
    assert (code, told) == (REFUSED, None)
    assert said == f"{schema} belongs to a studio already: nothing is restored over it."


def small(tmp_path, **changed):
    return capsule_files.forged(tmp_path / "small.capsule", told=capsule_files.told(**changed))


# Made on another installation.
MOVED = {
    "uid": "0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a",
    "platform": "old.example",
    "domains": ("book.sunset.example", "sunset.old.example"),
}
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


def test_what_is_refused_half_way_says_what_stays(studio, tmp_path, monkeypatch):
    schema, lost = free_schema(), "The file 0a did not arrive as it was."

    def lose(*_given):
        raise CapsuleRefused(lost)

    monkeypatch.setattr(restoring_steps, "_load", lambda _capsule, copy, *_given: begin(copy.schema_name))
    monkeypatch.setattr(restoring_steps, "_put_files", lose_the_server)
    with restoring(schema):
        gone = command("restore", small(tmp_path, migrations=(), **MOVED), "--into", schema)
        monkeypatch.setattr(restoring_steps, "_put_files", lose)
        code, told, said = command("restore", small(tmp_path, migrations=(), **MOVED), "--into", schema)
        with as_owner():
            half = Studio.objects.get(schema_name=schema)

    assert (gone[0], gone[2][:50]) == (BROKEN_OFF, "terminating connection due to administrator comman")
    assert (code, told) == (BROKEN_OFF, None)
    assert said == f"{lost} What was restored so far stays, closed, as {schema}; the same command begins anew."
    assert (half.status, half.provisioning_error) == ("provisioning", lost)
    assert (half.copy_of_id, half.uid, half.former_slug) == (None, UUID(MOVED["uid"]), "sunset")
    assert half.former_hosts == ["book.sunset.example", "sunset.localhost"]


def begin(schema):
    with as_owner():
        roles.ensure_studio_role(schema)
        roles.run("CREATE SCHEMA IF NOT EXISTS {schema}", schema=schema)


def lose_the_server(*_given):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


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

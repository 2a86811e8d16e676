"""The command: its report adds up for every table, a second run creates nothing, a failed one leaves nothing."""

import gzip
import json
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from sessions_app.models import Client, ClientNote, Musician, Project, Room, StudioSession
from sessions_app.services import task_types
from studio.accounts.models import AuditEvent
from studio.office.models import AdoptionLink, AdoptionRow, AdoptionSource
from studio.tenancy.adoption import adopters, scratch
from studio.tenancy.adoption.rows import SetAside
from studio.tenancy.context import as_owner
from studio.tenancy.models import StudioStatus
from tests.lasting import lasting

LEGACY = Path(__file__).parents[2] / "data" / "legacy"
TENANT_1, TENANT_16, GYM = (str(LEGACY / f"{name}.sql.gz") for name in ("tenant_1", "tenant_16", "gym_before_machines"))
SET_ASIDE = 3
UNREADABLE = 2
SMALL = """
CREATE TABLE clients (id serial PRIMARY KEY, name text, created_at timestamp);
INSERT INTO clients VALUES (1, 'Ada', '2025-01-01 10:00'), (2, 'Bea', '2025-01-02 10:00');
CREATE TABLE badges (id serial PRIMARY KEY, label text, created_at timestamp);
INSERT INTO badges VALUES (1, 'first', '2025-01-01 11:00'), (2, '', '2025-01-01 12:00');
"""


def adopt(source: str, studio, *flags: str) -> tuple[int, dict]:
    """Return the exit code and the report."""
    out = StringIO()
    code = 0
    try:
        call_command("adopt", source, "--into", studio.schema_name, *flags, stdout=out, stderr=StringIO())
    except SystemExit as exit_:
        code = exit_.code
    return code, json.loads(out.getvalue())


def refusal(source: str, schema: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        call_command("adopt", source, "--into", schema, stdout=StringIO(), stderr=StringIO())
    return caught.value.returncode, str(caught.value)


def written() -> dict[str, int]:
    models = (Client, ClientNote, Musician, Project, Room, StudioSession, AdoptionLink, AdoptionRow, AdoptionSource)
    return {model.__name__: model.objects.count() for model in (*models, AuditEvent)}


@pytest.fixture(autouse=True)
def _seeded(studio):
    """The task types that a studio opens with: a former one of the same name is there already."""
    task_types.seed_task_types()


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.sql"
    path.write_text(SMALL)
    return str(path)


@pytest.fixture
def badge_home():
    """A later version that has a home for badges: each becomes a room, for want of a table of its own."""

    def make(row, run):
        label = row.text("label")
        if not label:
            raise SetAside("It has no label.")
        return Room.objects.create(name=label)

    adopters.register(table="badges", adopt=make, after=("clients",))
    yield
    adopters.unregister("badges")


@pytest.fixture(scope="module")
def rehearsal(django_db_setup, django_db_blocker):
    """A rehearsal of a whole studio: its exit code, its report, and what was written before and after it."""
    with lasting(django_db_blocker) as studio:
        before = written()
        code, report = adopt(TENANT_1, studio, "--dry-run")
        return SimpleNamespace(code=code, report=report, before=before, after=written())


def test_the_report_says_what_the_former_database_lacks(rehearsal):
    report = rehearsal.report

    assert report["source"] == "tenant_1.sql.gz"
    assert report["unknown"] == []
    assert report["lacks"] == [
        "invoices.deposit_amount",
        "invoices.deposit_paid_at",
        "invoices.pdf_s3_key",
        "invoices.remaining_balance",
        "invoices.sent_at",
        "invoices.stripe_deposit_payment_intent_id",
        "musicians.talent_type",
        "sessions.deposit_amount",
        "sessions.deposit_paid",
        "sessions.payment_status",
        "sessions.project_id",
        "sessions.stripe_checkout_session_id",
        "sessions.stripe_payment_intent_id",
    ]


def test_the_same_database_under_another_name_creates_nothing(studio, small, tmp_path):
    adopt(small, studio)
    before = written()
    other = tmp_path / "export.sql.gz"
    other.write_bytes(gzip.compress(SMALL.encode()))

    adopt(str(other), studio)

    assert written() == before


def test_another_database_with_the_same_keys_is_not_taken_for_it(studio, small, tmp_path):
    adopt(small, studio)
    other = tmp_path / "other.sql"
    other.write_text(SMALL.replace("2025-01", "2024-03"))

    adopt(str(other), studio)

    assert AdoptionSource.objects.count() == 2
    assert Client.objects.count() == 2 + 2


def test_a_database_without_marks_is_known_by_its_name_and_taken_for_no_other(studio, small, tmp_path):
    bare = tmp_path / "bare.sql"
    bare.write_text("CREATE TABLE clients (id serial PRIMARY KEY, name text); INSERT INTO clients VALUES (1, 'Cy');")

    adopt(str(bare), studio)
    adopt(small, studio)
    adopt(str(bare), studio)

    assert sorted(AdoptionSource.objects.values_list("name", flat=True)) == ["bare.sql", "small.sql"]
    assert sorted(Client.objects.values_list("name", flat=True)) == ["Ada", "Bea", "Cy"]


def test_a_database_gives_the_same_report_as_its_dump(studio, rehearsal):
    with scratch.loaded(Path(TENANT_1)) as loaded:
        loaded.execute("SET ROLE NONE")
        loaded.commit()
        address = scratch._login(dbname=loaded.info.dbname)
        _code, from_database = adopt(address, studio, "--dry-run")

    assert {**from_database, "source": None} == {**rehearsal.report, "source": None}


def test_a_dry_run_reports_the_same_and_writes_nothing(studio, rehearsal):
    assert rehearsal.after == rehearsal.before == written()
    code, report = adopt(TENANT_1, studio)
    assert (rehearsal.code, rehearsal.report["tables"]) == (code, report["tables"])


def test_exit_code_0_when_every_row_found_a_place(studio, tmp_path):
    dump = tmp_path / "whole.sql"
    dump.write_text(SMALL[: SMALL.index("CREATE TABLE badges")])

    assert adopt(str(dump), studio)[0] == 0


def test_a_home_that_comes_later_takes_over_what_was_set_aside(studio, small, badge_home):
    adopters.unregister("badges")
    _code, before = adopt(small, studio)
    adopters.register(table="badges", adopt=lambda row, run: Room.objects.create(name=row.text("label")))

    code, after = adopt(small, studio)

    assert before["tables"]["badges"]["set_aside"] == 2
    assert (after["tables"]["badges"]["created"], after["tables"]["badges"]["set_aside"]) == (1, 1)
    assert after["tables"]["badges"]["reasons"] == [{"row": 2, "why": "It breaks the rule rooms_name_given."}]
    assert after["tables"]["clients"]["created"] == 0
    assert code == SET_ASIDE
    taken_over = AdoptionRow.objects.get(table_name="badges", row_id="1")
    still_aside = AdoptionRow.objects.get(table_name="badges", row_id="2")
    assert taken_over.settled_at is not None
    assert (still_aside.settled_at, still_aside.reason) == (None, "It breaks the rule rooms_name_given.")


def test_a_row_deleted_here_is_not_brought_back(studio, small):
    adopt(small, studio)
    Client.objects.get(name="Ada").delete()

    _code, report = adopt(small, studio)

    assert report["tables"]["clients"]["existing"] == 2
    assert list(Client.objects.values_list("name", flat=True)) == ["Bea"]


def test_the_report_goes_into_a_file(studio, small, tmp_path):
    file, out = tmp_path / "report.json", StringIO()

    with pytest.raises(SystemExit):
        call_command("adopt", small, "--into", studio.schema_name, "--report", str(file), stdout=out, stderr=StringIO())

    assert json.loads(file.read_text())["tables"]["clients"]["created"] == 2
    assert out.getvalue().strip() == f"2 rows created, 2 set aside; report in {file}."


def test_a_rehearsal_says_that_it_was_one(studio, small, tmp_path):
    file, out, told = tmp_path / "report.json", StringIO(), StringIO()

    with pytest.raises(SystemExit):
        call_command("adopt", small, "--into", studio.schema_name, "--dry-run", report=file, stdout=out, stderr=told)

    assert out.getvalue() == f"2 rows would be created, 2 would be set aside; report in {file}.\n"
    assert told.getvalue().endswith("\nNothing was written: this was a rehearsal.\n")


def test_a_person_is_told_the_reasons_and_how_often_while_programs_read_json(studio, tmp_path):
    dump, out, told = tmp_path / "hens.sql", StringIO(), StringIO()
    adopters.register(table="hens", adopt=refused_hen)
    rows = ", ".join(f"({number}, 'why {min(number, 7)}')" for number in range(1, 10))
    dump.write_text(f"CREATE TABLE hens (id serial PRIMARY KEY, label text);\nINSERT INTO hens VALUES {rows};\n")

    try:
        with pytest.raises(SystemExit):
            call_command("adopt", str(dump), "--into", studio.schema_name, stdout=out, stderr=told)
    finally:
        adopters.unregister("hens")

    assert len(json.loads(out.getvalue())["tables"]["hens"]["reasons"]) == 9
    assert told.getvalue().splitlines()[-8:] == [
        "hens: 9 of 9 rows set aside",
        "  3 x why 7",
        "  1 x why 1",
        "  1 x why 2",
        "  1 x why 3",
        "  1 x why 4",
        "  2 x 2 other reasons",
        "In all: 9 read, 0 created, 0 existing, 9 set aside.",
    ]


def refused_hen(row, run):
    raise SetAside(row.text("label"))


@pytest.mark.parametrize("schema", ["tenant_999999", "public", "", 'tenant_1"; DROP TABLE x', "x" * 300, "a\x00b"])
def test_a_studio_that_is_not_there_is_refused(db, small, schema):
    code, sentence = refusal(small, schema)

    assert code == UNREADABLE
    assert sentence.startswith("There is no studio")


def test_a_studio_that_is_not_active_is_refused(studio, small):
    with as_owner():
        studio.status = StudioStatus.SUSPENDED
        studio.save(update_fields=["status"])

    assert refusal(small, studio.schema_name) == (
        UNREADABLE,
        f"The studio {studio.schema_name} is suspended: only an active one can take rows over.",
    )


def test_a_truncated_dump_writes_nothing(studio, tmp_path):
    cut = tmp_path / "cut.sql.gz"
    cut.write_bytes(Path(TENANT_1).read_bytes()[:20000])
    before = written()

    code, sentence = refusal(str(cut), studio.schema_name)

    assert (code, sentence) == (UNREADABLE, "The dump is cut off: the packed file ends too early.")
    assert written() == before


def test_an_adopter_that_fails_leaves_nothing(studio, small):
    def broken(row, run):
        raise RuntimeError("a bug")

    before = written()
    adopters.register(table="badges", adopt=broken, after=("clients",))
    try:
        with pytest.raises(RuntimeError, match="a bug"):
            adopt(small, studio)
    finally:
        adopters.unregister("badges")

    assert written() == before


def test_a_killed_process_leaves_nothing_but_a_scratch_database_that_goes_with_the_next_run(studio, small):
    before = written()
    with subprocess.Popen(
        [sys.executable, "manage.py", "adopt", TENANT_1, "--into", studio.schema_name],
        env={**os.environ, "DATABASE_URL": address_of(str(connection.settings_dict["NAME"]))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if line.startswith("rooms:"):
                break
        process.send_signal(signal.SIGKILL)

    assert lines[-1].startswith("rooms: 5 read, 5 created"), "".join(lines)
    assert written() == before
    adopt(small, studio)
    with psycopg.connect(scratch._login(), autocommit=True) as admin:
        assert scratch.sweep(admin) == []


def address_of(database: str) -> str:
    facts = connection.settings_dict
    host = facts["HOST"] or "localhost"
    return f"postgresql://{facts['USER']}@/{database}?host={host}&port={facts['PORT'] or 5432}"


def test_tables_are_taken_over_after_those_they_refer_to():
    assert adopters.in_order(["sessions", "projects", "rooms", "clients", "aardvarks"]) == [
        "aardvarks",
        "clients",
        "rooms",
        "projects",
        "sessions",
    ]


def test_tables_that_wait_for_each_other_are_a_mistake():
    adopters.register(table="hens", adopt=lambda row, run: None, after=("eggs",))
    adopters.register(table="eggs", adopt=lambda row, run: None, after=("hens",))
    try:
        with pytest.raises(ValueError, match="eggs, hens"):
            adopters.in_order(["eggs", "hens"])
    finally:
        adopters.unregister("hens")
        adopters.unregister("eggs")


def test_the_marks_of_a_source_are_kept_up_to_date(studio, small):
    adopt(small, studio)

    source = AdoptionSource.objects.get()
    assert len(source.marks) == 4
    assert source.adopted_at <= timezone.now()

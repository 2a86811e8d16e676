"""Every studio gets every migration, or stays exactly as it was; one studio's trouble is its own."""

import random
import time

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone
from psycopg import sql
from psycopg.conninfo import make_conninfo

from studio.tenancy.catalogue import reader
from studio.tenancy.context import as_owner
from studio.tenancy.history import UnknownMigration, history
from studio.tenancy.models import MigrationResult, MigrationRun, RunState, Studio
from studio.tenancy.router import labels
from studio.tenancy.services import migrating
from tests.conftest import HOME
from tests.fleet import Harbour, digest, disbanded, dsn, run, start

pytestmark = [pytest.mark.early, pytest.mark.django_db(transaction=True)]

SECONDS_A_STUDIO = 0.08  # about what one takes: the kills fall anywhere in the run
FORMER = ("sessions_app", "0034")  # before the days of sessions
LONG_AGO = ("sessions_app", "0021")  # before all of billing, too
IN_THE_WAY = "CREATE TABLE session_days (id bigint)"


@pytest.fixture(scope="module")
def harbour(django_db_setup, django_db_blocker):
    """The studios of this module: to open one takes longer than most of what is asked of it."""
    with django_db_blocker.unblock():
        with as_owner():
            made = Harbour(Studio.objects.get(slug=HOME))
        yield made
        disbanded(made.studios)


@pytest.fixture
def fleet(harbour):
    return harbour.fleet


def take_back(schemas: list[str], since: tuple[str, str] = FORMER) -> None:
    """Bring studios to a former shape."""
    target = history().target(*since)
    for schema in schemas:
        migrating.migrate_schema(schema, target)


def block(schema: str) -> None:
    """Put something in the way of the next migration of one studio."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute(IN_THE_WAY)


def unblock(schema: str) -> None:
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute("DROP TABLE session_days")


def schemas_of(studios: list[Studio]) -> list[str]:
    return [studio.schema_name for studio in studios]


def test_stale_studios_become_current_and_a_second_run_changes_nothing(fleet):
    with fleet(2) as studios:
        fresh = digest(studios[0].schema_name)
        take_back(schemas_of(studios))
        former = digest(studios[0].schema_name)
        assert former != fresh

        call_command("migrate_schemas", verbosity=0)
        first = [digest(schema) for schema in schemas_of(studios)]
        runs = MigrationRunCount()
        call_command("migrate_schemas", verbosity=0)

        assert first == [fresh, fresh]
        assert [digest(schema) for schema in schemas_of(studios)] == first
        assert runs.unchanged()


class MigrationRunCount:
    """How many runs are on record; a run with nothing to do leaves none."""

    def __init__(self) -> None:
        self.before = self.count()

    def count(self) -> int:
        with as_owner():
            return MigrationRun.objects.count()

    def unchanged(self) -> bool:
        return self.count() == self.before


def test_an_empty_database_gets_every_table():
    """A second database on the same server: its roles are there already, its schemas are not."""
    fresh = f"{connection.settings_dict['NAME']}_fresh"
    with psycopg.connect(dsn(), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh)))
        try:
            address = make_conninfo(dsn(), dbname=fresh)
            told = [run("migrate_schemas", option, database=fresh) for option in ("--status", "--dry-run")]
            code, _out, err = run("migrate", database=fresh)
            with psycopg.connect(address) as database:
                found = database.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
                tables = {name for (name,) in found}
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(fresh)))
    expected = {m._meta.db_table for m in apps.get_models() if m._meta.app_label in labels("SHARED_APPS")}
    assert (code, expected - tables) == (0, set()), err
    assert [code for code, _out, _err in told] == [0, 0], told
    assert "public: behind by" in told[0][1]
    assert "public: would apply tenancy.0001_initial" in told[1][1]


def test_studios_left_at_different_migrations_end_alike(fleet):
    with fleet(3) as studios:
        schemas = schemas_of(studios)
        take_back(schemas[:1], LONG_AGO)
        take_back(schemas[1:])
        call_command("migrate_schemas", schema=schemas[2:], verbosity=0)
        assert len({digest(schema) for schema in schemas}) == 3

        call_command("migrate_schemas", verbosity=0)

        assert len({digest(schema) for schema in schemas}) == 1


def test_a_third_studio_opened_while_two_are_behind_ends_as_the_others(fleet):
    with fleet(3) as studios:
        fresh = schemas_of(studios)[2]
        take_back(schemas_of(studios)[:2])

        call_command("migrate_schemas", verbosity=0)

        assert {digest(schema) for schema in schemas_of(studios)} == {digest(fresh)}


def test_one_studio_can_be_migrated_alone(fleet, capsys):
    with fleet(2) as studios:
        alone, left = schemas_of(studios)
        take_back([alone, left])
        former = digest(left)

        call_command("migrate_schemas", schema=[alone])

        assert digest(left) == former != digest(alone)
        assert f"{alone}: " in capsys.readouterr().out


def test_failing_studios_do_not_stop_the_others_and_are_named(fleet):
    size, failing = 6, 1
    with fleet(size) as studios:
        schemas = schemas_of(studios)
        fresh = digest(schemas[0])
        take_back(schemas)
        bad = schemas[2 : 2 + failing]
        for schema in bad:
            block(schema)
        stuck = {schema: digest(schema) for schema in bad}

        code, _out, err = run("migrate_schemas")

        assert code == 3
        assert all(schema in err for schema in bad)
        assert {schema: digest(schema) for schema in bad} == stuck
        assert {digest(schema) for schema in schemas if schema not in bad} == {fresh}
        with as_owner():
            failed = MigrationResult.objects.filter(state=RunState.FAILED).values_list("schema_name", flat=True)
            assert sorted(failed) == sorted(bad)

        for schema in bad:
            unblock(schema)
        code, out, _err = run("migrate_schemas")
        assert (code, {digest(schema) for schema in schemas}) == (0, {fresh})
        assert f"{failing} migrated" in out


@pytest.mark.long
def test_three_of_a_hundred_failing_do_not_stop_ninety_seven(fleet):
    with fleet(100) as studios:
        schemas = schemas_of(studios)
        fresh = digest(schemas[0])
        take_back(schemas)
        bad = [schemas[3], schemas[50], schemas[99]]
        for schema in bad:
            block(schema)

        code, _out, err = run("migrate_schemas", timeout=600)

        assert code == 3
        assert [schema for schema in schemas if digest(schema) != fresh] == bad
        assert all(schema in err for schema in bad)


def test_a_failing_canary_stops_the_run(fleet):
    with fleet(3) as studios:
        schemas = schemas_of(studios)
        take_back(schemas)
        block(schemas[1])
        with as_owner():
            Studio.objects.filter(schema_name=schemas[1]).update(is_canary=True)
        former = digest(schemas[0])

        code, _out, err = run("migrate_schemas")

        assert code == 4
        assert "Stopped" in err
        assert digest(schemas[0]) == former


def test_too_many_failures_stop_the_run(fleet):
    with fleet(4) as studios:
        schemas = schemas_of(studios)
        take_back(schemas)
        for schema in schemas[:3]:
            block(schema)
        former = digest(schemas[3])

        code, _out, _err = run("migrate_schemas")

        assert code == 4
        assert digest(schemas[3]) == former


def test_dry_run_and_status_tell_and_change_nothing(fleet, capsys):
    with fleet(1) as studios:
        (schema,) = schemas_of(studios)
        take_back([schema])
        former = digest(schema)

        call_command("migrate_schemas", dry_run=True, schema=[schema])
        assert f"{schema}: would apply sessions_app.0035" in capsys.readouterr().out
        call_command("migrate_schemas", status=True)
        told = capsys.readouterr().out

        assert f"{schema}: behind by" in told
        assert "public: current, last " in told
        assert digest(schema) == former


@pytest.mark.parametrize("wanted", ["tenant_999999", "'; DROP SCHEMA public; --", "../x"])
def test_an_unknown_schema_is_refused_with_a_sentence(wanted):
    with pytest.raises(CommandError, match="There is no studio") as refused:
        call_command("migrate_schemas", schema=[wanted])
    assert refused.value.returncode == 2


def test_an_unknown_migration_is_refused_with_a_sentence():
    with pytest.raises(UnknownMigration):
        history().target("sessions_app", "9999")
    with pytest.raises(CommandError, match="has no migrations"):
        call_command("migrate_schemas", "nothing", "0001")


def test_two_runners_at_once_apply_everything_once(fleet):
    with fleet(4) as studios:
        schemas = schemas_of(studios)
        fresh = digest(schemas[0])
        take_back(schemas)

        runners = [start("migrate_schemas") for _runner in range(2)]
        outcomes = [(*runner.communicate(timeout=120), runner.returncode) for runner in runners]

        assert [code for _out, _err, code in outcomes] == [0, 0], outcomes
        assert {digest(schema) for schema in schemas} == {fresh}
        assert marked() == []


def test_a_runner_that_comes_second_leaves_no_studio_marked(fleet):
    """It marked the studio when the first one had just finished, and finds nothing to do."""
    with fleet(1) as studios:
        (schema,) = schemas_of(studios)

        migrating._flag(schema, timezone.now())
        assert marked() == [schema]

        outcome = migrating._attempt(schema, None, migrating.TRIES)

        assert (outcome.applied, outcome.error, marked()) == ((), "", [])


def marked() -> list[str]:
    """Return the schemas of the studios whose pages answer 503."""
    with as_owner():
        return list(Studio.objects.filter(migrating_since__isnull=False).values_list("schema_name", flat=True))


def kill_and_resume(fleet, size: int, kills: int) -> None:
    dice = random.Random(11)
    with fleet(size) as studios:
        schemas = schemas_of(studios)
        after = digest(schemas[0])
        take_back(schemas)
        before = digest(schemas[0])
        for _kill in range(kills):
            if before not in map(digest, schemas):
                take_back(schemas)
            runner = start("migrate_schemas")
            first = next((line for line in runner.stdout if "tenant_" in line), "")  # it is at work on the others now
            time.sleep(dice.random() * size * SECONDS_A_STUDIO)
            runner.kill()
            _out, err = runner.communicate(timeout=30)
            assert first, f"The runner ended without a word: {err}"
            assert {digest(schema) for schema in schemas} <= {before, after}
        code, _out, err = run("migrate_schemas", timeout=600)
        assert (code, {digest(schema) for schema in schemas}) == (0, {after}), err
        assert marked() == []


def test_a_killed_run_leaves_every_studio_before_or_after(fleet):
    kill_and_resume(fleet, size=10, kills=5)


@pytest.mark.long
def test_thirty_killed_runs_leave_every_one_of_a_hundred_studios_before_or_after(fleet):
    kill_and_resume(fleet, size=100, kills=30)


def test_one_transaction_a_migration_shows_the_mixture_that_the_kill_test_looks_for(fleet):
    """The digest tells a half-migrated studio from a whole one."""
    with fleet(1) as studios:
        (schema,) = schemas_of(studios)
        after = digest(schema)
        take_back([schema])
        before = digest(schema)
        with as_owner(schema), connection.cursor() as cursor:
            cursor.execute(IN_THE_WAY)
        assert digest(schema) not in {before, after}


def test_every_migration_can_be_taken_back_and_applied_again(fleet):
    with fleet(1) as studios:
        (schema,) = schemas_of(studios)
        after = digest(schema)
        for app_label in ("sessions_app", "office"):
            migrating.migrate_schema(schema, (app_label, ""))
        assert digest(schema) != after

        migrating.migrate_schema(schema)

        assert digest(schema) == after


@pytest.mark.parametrize(
    "lost",
    [
        "REVOKE SELECT ON users FROM {role}",
        "GRANT UPDATE ON audit_events TO {role}",
        "REVOKE UPDATE (ended_at) ON account_sessions FROM {role}",
        "REVOKE USAGE ON SCHEMA {role} FROM {role}",
        "REVOKE USAGE ON SEQUENCE sessions_id_seq FROM {role}",
    ],
)
def test_a_migration_gives_back_what_the_role_lost_and_takes_what_it_should_not_have(fleet, lost):
    with fleet(2) as studios:
        changed, kept = schemas_of(studios)
        take_back([changed])
        with as_owner(changed), connection.cursor() as cursor:
            cursor.execute(lost.format(role=changed))

        migrating.migrate_schema(changed)

        with as_owner():
            found = reader.read_digests([changed, kept])
        assert found[changed] == found[kept]

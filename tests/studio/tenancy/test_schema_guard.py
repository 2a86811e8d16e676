"""The guard names the studio and the thing that differs from the migrations, and is silent otherwise."""

import json
from datetime import UTC, datetime
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from studio.tenancy.catalogue import reader
from studio.tenancy.catalogue.comparison import differences
from studio.tenancy.context import as_owner
from studio.tenancy.history import history
from studio.tenancy.models import SchemaReference, SchemaReport, StudioStatus
from studio.tenancy.place import PUBLIC
from studio.tenancy.services import migrating, roles, schema_guard, schema_reference
from tests import fleet
from tests.superuser import by_superuser, superuser_names

NOW = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
DRIFT = 3
UNUSABLE = 2

# In the schemas of the platform: statement, schema named, sentence.
PLATFORM_TAMPERING = {
    "column": ("ALTER TABLE studios DROP COLUMN country", "public", "column studios.country is missing."),
    "index of the queue": (
        "DROP INDEX procrastinate_jobs_priority_idx_v1",
        "public",
        "index procrastinate_jobs.procrastinate_jobs_priority_idx_v1 is missing.",
    ),
    "stray table": ("CREATE TABLE mine ()", "public", "table mine is not known to the migrations."),
    "grant": (
        "GRANT SELECT ON users TO {web}",
        "public",
        "grant to {web} on users is not known to the migrations.",
    ),
    "door opened": (
        "GRANT EXECUTE ON FUNCTION extensions.schema_versions() TO PUBLIC",
        "extensions",
        "grant to PUBLIC on schema_versions() is not known to the migrations.",
    ),
    "door's guard down": (
        "ALTER FUNCTION extensions.schema_versions() RESET search_path",
        "extensions",
        'function schema_versions(): settings is nothing and should be {{"search_path=pg_catalog, pg_temp"}}.',
    ),
    "extension elsewhere": (
        by_superuser("CREATE SCHEMA odd; ALTER EXTENSION unaccent SET SCHEMA odd"),
        "extensions",
        "extension unaccent: schema is odd and should be extensions.",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _references_remembered(django_db_setup, django_db_blocker):
    """Make both references once: a test then makes the one that it finds a difference from."""
    with django_db_blocker.unblock():
        schema_guard.check_schemas(now=NOW)
        with as_owner():
            SchemaReport.objects.all().delete()
    yield
    with django_db_blocker.unblock(), as_owner():
        SchemaReference.objects.all().delete()


def execute(statement: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(statement.replace("%", "%%"))


def told(states) -> dict[str, list[str]]:
    """Return the sentences about each schema that has any."""
    found: dict[str, list[str]] = {}
    for state in states:
        for finding in state.findings:
            found.setdefault(finding.schema, []).append(finding.what)
    return found


def test_check_schemas_finds_nothing_in_studios_as_they_were_made(studio, other_studio):
    states = schema_guard.check_schemas(now=NOW)

    assert told(states) == {}
    assert [state.schema for state in states] == [PUBLIC, studio.schema_name, other_studio.schema_name]
    assert [state.pending for state in states] == [(), (), ()]
    assert states[1].digest == states[2].digest
    assert states[1].count("column") > 200


def test_check_schemas_of_one_studio_leaves_the_others_alone(studio, other_studio):
    execute(f"DROP INDEX {other_studio.schema_name}.sessions_of_project")

    assert told(schema_guard.check_schemas(schemas=[studio.schema_name], now=NOW)) == {}
    assert list(told(schema_guard.check_schemas(schemas=[other_studio.schema_name], now=NOW))) == [
        other_studio.schema_name
    ]


@pytest.mark.parametrize(("statement", "schema", "sentence"), PLATFORM_TAMPERING.values(), ids=PLATFORM_TAMPERING)
def test_check_schemas_names_what_differs_in_the_platform(studio, settings, statement, schema, sentence):
    names = {"web": settings.DATABASE_WEB_ROLE, **superuser_names(statement)}
    execute(statement.format(**names))

    states = schema_guard.check_schemas(schemas=[PUBLIC], now=NOW)

    assert told(states) == {schema: [sentence.format(**names)]}


def test_check_schemas_finds_a_missing_schema_a_stray_one_and_a_pending_migration(studio, other_studio):
    key = history().order[-1]
    execute(f"DROP SCHEMA {other_studio.schema_name} CASCADE; CREATE SCHEMA tenant_987654321")
    execute(f"DELETE FROM {studio.schema_name}.django_migrations WHERE app = '{key[0]}' AND name = '{key[1]}'")

    found = told(schema_guard.check_schemas(now=NOW))

    missing = found.pop(other_studio.schema_name)
    assert found == {
        studio.schema_name: [f"migration {'.'.join(key)} has not been applied."],
        "tenant_987654321": ["schema tenant_987654321 is not known to the migrations."],
    }
    assert len(missing) == len(history().order) + 1
    assert missing[-1] == f"schema {other_studio.schema_name} is missing."


def test_check_schemas_finds_a_studio_ahead_of_the_program(studio):
    execute(f"INSERT INTO {studio.schema_name}.django_migrations (app, name, applied) VALUES ('office', '9999', now())")

    assert told(schema_guard.check_schemas(schemas=[studio.schema_name], now=NOW)) == {
        studio.schema_name: ["migrations have been applied that this program does not have."]
    }


def test_check_schemas_passes_over_a_studio_that_is_still_being_made(studio):
    studio.status = StudioStatus.PROVISIONING
    with as_owner():
        studio.save(update_fields=["status"])

    assert studio.schema_name not in [state.schema for state in schema_guard.check_schemas(now=NOW)]


def test_check_schemas_keeps_its_result_on_record(studio, other_studio):
    execute(f"DROP INDEX {studio.schema_name}.sessions_of_project")
    schema_guard.check_schemas(now=NOW)
    states = schema_guard.check_schemas(now=NOW)

    with as_owner():
        rows = {row.schema_name: row for row in SchemaReport.objects.all()}
    assert rows.keys() == {PUBLIC, studio.schema_name, other_studio.schema_name}
    assert rows[studio.schema_name].studio_id == studio.pk
    assert rows[studio.schema_name].checked_at == NOW
    assert rows[studio.schema_name].digest == states[1].digest != rows[other_studio.schema_name].digest
    assert [finding["what"] for finding in rows[studio.schema_name].findings] == [
        "index sessions.sessions_of_project is missing."
    ]
    assert rows[PUBLIC].findings == rows[other_studio.schema_name].findings == []


# The reference ------------------------------------------------------------------------------------


def everything() -> set[tuple[str, str]]:
    """Every schema, role and function of the cluster and this database."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'schema', nspname FROM pg_namespace UNION SELECT 'role', rolname FROM pg_roles"
            " WHERE rolname LIKE 'reference%%' UNION SELECT 'function', oid::text || proname FROM pg_proc"
            " UNION SELECT 'relation', oid::text || relname FROM pg_class WHERE relkind = 'r'"
        )
        return set(cursor.fetchall())


def test_references_leave_nothing_behind(studio):
    before = everything()

    with schema_reference.reference_studio() as name:
        during = everything()
    with schema_reference.reference_public():
        during_public = everything()

    assert ("schema", name) in during
    assert ("role", name) in during
    assert before - during_public == set()
    assert len(during_public) > len(before)
    assert everything() == before


def test_references_are_made_once_and_remembered(studio, django_assert_max_num_queries):
    schema_guard.check_schemas(now=NOW)
    execute(f"DROP INDEX {studio.schema_name}.sessions_of_project")
    tampered = told(schema_guard.check_schemas(now=NOW))
    execute(f"CREATE INDEX sessions_of_project ON {studio.schema_name}.sessions (project_id, starts_at)")

    with django_assert_max_num_queries(80):  # making one takes more than a thousand
        clean = told(schema_guard.check_schemas(now=NOW))

    assert tampered == {studio.schema_name: ["index sessions.sessions_of_project is missing."]}
    assert clean == {}


@pytest.mark.parametrize("stale", [{"made_from": "other code"}, {"digests": {}}], ids=["other code", "wrong"])
def test_a_remembered_reference_that_is_stale_raises_no_alarm(studio, stale):
    schema_guard.check_schemas(now=NOW)
    with as_owner():
        fresh = list(SchemaReference.objects.order_by("place").values_list("place", "made_from", "digests"))
        SchemaReference.objects.update(**stale)

    assert told(schema_guard.check_schemas(now=NOW)) == {}

    with as_owner():
        assert list(SchemaReference.objects.order_by("place").values_list("place", "made_from", "digests")) == fresh


@pytest.mark.parametrize("table", ["schema_references", "schema_reports"])
def test_check_schemas_finds_its_own_tables_missing(studio, table):
    execute(f"DROP TABLE {table}")

    assert told(schema_guard.check_schemas(now=NOW)) == {PUBLIC: [f"table {table} is missing."]}


def test_reference_public_is_seen_by_nobody_else(studio, transactional_db):
    with (
        psycopg.connect(fleet.dsn(), autocommit=True, options="-c statement_timeout=2000") as other,
        schema_reference.reference_public(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT count(*) FROM public.studios")
        in_reference = cursor.fetchone()[0]
        outside = other.execute("SELECT count(*) FROM public.studios").fetchone()[0]
        other.execute("UPDATE public.studios SET name = name")

    assert in_reference == 0
    assert outside > 0


def test_a_studio_migrated_step_by_step_equals_one_made_at_once(studio):
    """Stops on the way are after each app's first migration: tables then exist and are changed later."""
    schema = "tenant_987654321"
    with as_owner():
        roles.ensure_studio_role(schema)
        roles.run("CREATE SCHEMA {schema}", schema=schema)
    stops = [history().graph.root_nodes(app)[0] for app in ("accounts", "office", "sessions_app", "billing")
             if app in history().loader.migrated_apps and history().graph.root_nodes(app)]  # fmt: skip
    for stop in stops:
        migrating.migrate_schema(schema, stop)
    migrating.migrate_schema(schema)

    with as_owner():
        found = reader.read_facts([studio.schema_name, schema])
        digests = reader.read_digests([studio.schema_name, schema])
    assert differences(found[studio.schema_name], found[schema]) == []
    assert digests[studio.schema_name] == digests[schema]
    assert len(stops) > 1


# The shallow form ---------------------------------------------------------------------------------


def test_behind_schemas_is_empty_when_all_is_current(studio, django_assert_num_queries):
    with django_assert_num_queries(6):
        assert schema_guard.behind_schemas() == []


# The command --------------------------------------------------------------------------------------


def command(*arguments: str) -> tuple[int, str]:
    """Return the exit code and the output."""
    out = StringIO()
    try:
        call_command("schema_guard", *arguments, stdout=out)
    except CommandError as exc:
        return exc.returncode, out.getvalue() + str(exc)
    return 0, out.getvalue()


def test_command_lists_every_schema_with_its_version_and_columns(studio, other_studio):
    code, output = command()

    columns = len(schema_guard.shape.model_columns(studio.schema_name)) + 4  # django_migrations has no model here
    assert code == 0
    assert [line for line in output.splitlines() if line.startswith("tenant_")] == [
        f"{each.schema_name} {each.name}: all migrations applied, {columns} columns, {indexes} indexes, ok"
        for each in (studio, other_studio)
        for indexes in [index_count(each.schema_name)]
    ]


def index_count(schema: str) -> int:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE schemaname = %s", [schema])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("depth", [[], ["--shallow"]], ids=["full", "shallow"])
def test_command_exits_with_3_and_names_the_studio_that_drifted(studio, other_studio, depth):
    execute(f"ALTER TABLE {studio.schema_name}.sessions DROP COLUMN notes")

    code, output = command(*depth)

    assert code == DRIFT
    assert "    column sessions.notes is missing.\n" in output
    assert output.endswith(f"{studio.schema_name}: not as the migrations make it.")
    assert command("--schema", other_studio.schema_name, *depth)[0] == 0


def test_command_tells_programs_in_json(studio):
    execute(f"ALTER TABLE {studio.schema_name}.sessions DROP COLUMN notes")

    code, output = command("--json", "--schema", studio.schema_name)

    document, _end = json.JSONDecoder().raw_decode(output)
    assert code == DRIFT
    assert document["clean"] is False
    assert [each["schema"] for each in document["schemas"]] == [studio.schema_name]
    assert document["findings"] == [
        {
            "schema": studio.schema_name,
            "studio": studio.name,
            "kind": "column",
            "table": "sessions",
            "name": "notes",
            "problem": "missing",
            "fact": "",
            "expected": "text",
            "actual": None,
            "what": "column sessions.notes is missing.",
        }
    ]


@pytest.mark.parametrize("name", ["tenant_0", "nobody", "public; DROP SCHEMA public", "x" * 300, ""])
def test_command_refuses_an_unknown_schema_in_one_sentence(studio, name):
    assert command("--schema", name) == (UNUSABLE, f"There is no studio {name}.")


def test_command_says_that_a_database_was_never_migrated(studio):
    execute("ALTER TABLE studios RENAME TO studios_held")

    assert command() == (DRIFT, "This database was never migrated: run manage.py migrate_schemas.")
    assert command("--shallow") == (DRIFT, "This database was never migrated: run manage.py migrate_schemas.")

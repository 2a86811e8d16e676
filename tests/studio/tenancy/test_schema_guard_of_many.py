"""The guard among many studios: it names those that differ, each with what differs, and asks no more of many."""

import pytest

from studio.tenancy.context import as_owner
from studio.tenancy.services import roles, schema_guard, studios
from tests.lasting import lasting
from tests.studio.tenancy.test_schema_guard import NOW, execute, told

# One change by hand in each of five studios, and the sentence that names it.
TAMPERING = {
    "ALTER TABLE {schema}.sessions DROP COLUMN notes": "column sessions.notes is missing.",
    "DROP INDEX {schema}.sessions_of_project": "index sessions.sessions_of_project is missing.",
    "ALTER TABLE {schema}.sessions ALTER COLUMN location SET DEFAULT 'here'": (
        "column sessions.location: default is 'here'::character varying and should be ''::character varying."
    ),
    "ALTER TABLE {schema}.sessions DROP CONSTRAINT sessions_ends_after_start": (
        "constraint sessions.sessions_ends_after_start is missing."
    ),
    "REVOKE UPDATE ON {schema}.clients FROM {schema}": (
        "grant to {schema} on clients: privileges is INSERT, SELECT, DELETE by {owner}"
        " and should be INSERT, SELECT, UPDATE, DELETE by {owner}."
    ),
}


def login() -> str:
    with as_owner():
        return roles.owner_login()


def tamper(schemas) -> dict[str, list[str]]:
    """Change one thing in each of five schemas, and return what the guard has to say of them."""
    expected = {}
    for schema, (statement, sentence) in zip(schemas, TAMPERING.items(), strict=True):
        execute(statement.format(schema=schema))
        expected[schema] = [sentence.format(schema=schema, owner=login())]
    return expected


def opened(numbers):
    return [
        studios.create_studio(name=f"Guarded {number}", slug=f"guarded-{number}", kind="mixed", now=NOW)
        for number in numbers
    ]


@pytest.fixture(scope="module")
def schemas(django_db_setup, django_db_blocker):
    """Five more studios: to open them takes longer than to look through them."""
    with lasting(django_db_blocker):
        yield [studio.schema_name for studio in opened(range(5))]


def test_check_schemas_names_each_of_five_changes_and_nothing_else(studio, schemas):
    expected = tamper(schemas)

    assert told(schema_guard.check_schemas(now=NOW)) == expected


def test_behind_schemas_asks_as_much_when_all_is_current(studio, schemas, django_assert_num_queries):
    with django_assert_num_queries(6):
        assert schema_guard.behind_schemas() == []


def test_behind_schemas_names_a_lost_column_a_lost_table_and_a_lost_migration(studio, schemas):
    columnless, tableless, migrationless, *_others = schemas
    execute(f"ALTER TABLE {columnless}.sessions DROP COLUMN notes")
    execute(f"DROP TABLE {tableless}.client_notes CASCADE")
    execute(f"DELETE FROM {migrationless}.django_migrations WHERE app = 'office'")

    found = told(schema_guard.behind_schemas())

    assert found == {
        columnless: ["column sessions.notes is missing."],
        tableless: ["table client_notes is missing."],
        migrationless: ["the applied migrations are not those of this program."],
    }


@pytest.mark.long
def test_check_schemas_names_each_of_five_changes_among_fifty_studios(studio):
    fifty = opened(range(5, 55))
    expected = tamper([studio.schema_name for studio in fifty[3::10]])

    assert told(schema_guard.check_schemas(now=NOW)) == expected

"""One studio can never be read or written from another, whatever the path or the SQL."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from studio.tenancy.context import as_owner, in_registry, inside
from studio.tenancy.models import Domain, Studio
from studio.tenancy.place import PUBLIC, Place
from studio.tenancy.router import labels

INSUFFICIENT_PRIVILEGE = "42501"
UNDEFINED_TABLE = "42P01"
UNDEFINED_OBJECT = "22023"
VERBS = {
    "SELECT": "SELECT 1 FROM {table}",
    "INSERT": "INSERT INTO {table} DEFAULT VALUES",
    "UPDATE": "UPDATE {table} SET {column} = DEFAULT",
    "DELETE": "DELETE FROM {table}",
    "TRUNCATE": "TRUNCATE {table}",
    "LOCK": "LOCK TABLE {table} IN ROW EXCLUSIVE MODE",
}


def tables_of(schema: str) -> list[tuple[str, str]]:
    """Return each table of a schema, quoted, with the name of its first column."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%%I.%%I', n.nspname, c.relname), quote_ident(a.attname) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1"
            " WHERE n.nspname = %s AND c.relkind = 'r' AND NOT a.attisdropped ORDER BY 1",
            [schema],
        )
        return cursor.fetchall()


def refusal(statement: str) -> str | None:
    """Return the SQLSTATE with which a statement is refused, or None when it is not."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as exc:
        return exc.__cause__.sqlstate
    return None


def answers(tables: list[tuple[str, str]]) -> dict[str, str | None]:
    return {
        f"{verb} {table}": refusal(statement.format(table=table, column=column))
        for table, column in tables
        for verb, statement in VERBS.items()
    }


def allowed(found: dict[str, str | None]) -> list[str]:
    return [attempt for attempt, code in found.items() if code != INSUFFICIENT_PRIVILEGE]


def test_a_studios_role_reaches_no_table_of_another_studio(studio, other_studio):
    foreign = tables_of(other_studio.schema_name)
    assert len(foreign) > 20
    assert allowed(answers(foreign)) == []


def test_a_studios_role_reaches_no_table_of_the_registry(studio):
    assert allowed(answers(tables_of(PUBLIC))) == []


def test_the_web_role_reaches_no_studio_and_of_the_public_schema_reads_the_registry_alone(studio, other_studio):
    with in_registry():
        assert allowed(answers(tables_of(studio.schema_name) + tables_of(other_studio.schema_name))) == []
        assert allowed(answers(tables_of(PUBLIC))) == ["SELECT public.domains", "SELECT public.studios"]


def test_the_probe_finds_a_grant_that_should_not_be(studio, other_studio):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA {other_studio.schema_name} TO {studio.schema_name}")
        cursor.execute(f"GRANT SELECT ON {other_studio.schema_name}.users TO {studio.schema_name}")
    assert allowed(answers(tables_of(other_studio.schema_name))) == [f"SELECT {other_studio.schema_name}.users"]


def test_a_studios_role_may_use_its_own_tables_and_not_change_what_is_only_added_to(studio):
    own = answers(tables_of(studio.schema_name))
    schema = studio.schema_name
    assert own[f"SELECT {schema}.users"] is None
    assert own[f"DELETE {schema}.sessions"] is None
    assert own[f"UPDATE {schema}.audit_events"] == INSUFFICIENT_PRIVILEGE
    assert own[f"DELETE {schema}.audit_events"] == INSUFFICIENT_PRIVILEGE
    assert own[f"INSERT {schema}.django_migrations"] == INSUFFICIENT_PRIVILEGE
    assert {code for attempt, code in own.items() if attempt.startswith("TRUNCATE")} == {INSUFFICIENT_PRIVILEGE}


def studio_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in labels("TENANT_APPS")]


@pytest.mark.parametrize("model", studio_models(), ids=lambda model: model._meta.label)
def test_no_model_is_read_or_written_in_a_schema_that_does_not_exist(studio, model):
    """The path names a missing schema, the role is the owner's: even then nothing falls through to another."""
    connection.move(Place("tenant_999999999", None))
    try:
        rows = model._base_manager.all()
        column = next(field.attname for field in model._meta.concrete_fields if not field.primary_key)
        change = {column: models.F(column)}
        for attempt in (rows.first, rows.delete, lambda: rows.bulk_create([model()]), lambda: rows.update(**change)):
            with pytest.raises(DatabaseError) as refused, transaction.atomic():
                attempt()
            assert refused.value.__cause__.sqlstate == UNDEFINED_TABLE
    finally:
        connection.move(Place(studio.schema_name, studio.schema_name))


def test_a_role_that_does_not_exist_is_refused(studio):
    class Ghost:
        schema_name = "tenant_999999999"

    with pytest.raises(DatabaseError) as refused, transaction.atomic(), inside(Ghost()):
        Studio.objects.first()
    assert refused.value.__cause__.sqlstate == UNDEFINED_OBJECT


def test_tables_of_studios_are_not_in_the_public_schema(studio):
    only_studios = labels("TENANT_APPS") - labels("SHARED_APPS")
    names = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in only_studios]
    assert "sessions" in names
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) name WHERE to_regclass('public.' || name) IS NOT NULL", [names]
        )
        assert cursor.fetchall() == []


def test_a_missing_table_is_an_error_and_never_another_studios_row(studio, other_studio):
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TABLE notifications CASCADE")
    assert refusal("SELECT * FROM notifications") == UNDEFINED_TABLE
    with inside(other_studio):
        assert refusal("SELECT * FROM notifications") is None


def test_a_session_of_another_studio_cannot_be_named(studio, other_studio):
    with inside(other_studio), connection.cursor() as cursor:
        cursor.execute("INSERT INTO rooms (name, kind) VALUES ('Red', 'recording') RETURNING id")
        (foreign_id,) = cursor.fetchone()
    room = apps.get_model("sessions_app", "Room")
    assert not room.objects.filter(pk=foreign_id).exists()
    with inside(other_studio):
        assert room.objects.filter(pk=foreign_id).exists()


@pytest.mark.parametrize(
    "name",
    ["zz','acme", "o'brien", "..", "../../x", "/etc", "information_schema", "x:y", "tenant_", "tenant_01x", "TENANT_1"],
)
def test_the_registry_refuses_a_schema_name_that_was_not_generated(studio, name):
    with as_owner(), pytest.raises(IntegrityError), transaction.atomic():
        Studio.objects.bulk_create([Studio(schema_name=name, slug="plain", name="Plain")])


def test_a_studio_cannot_take_over_another_studios_schema_name(studio):
    with as_owner(), pytest.raises(IntegrityError), transaction.atomic():
        Studio.objects.filter(pk=studio.pk).update(schema_name="tenant_424242")


def test_registry_tables_name_their_studio_by_key(studio):
    assert [field.column for field in Domain._meta.fields if field.is_relation] == ["studio_id"]
    assert settings.TENANT_LIMIT_SET_CALLS is True

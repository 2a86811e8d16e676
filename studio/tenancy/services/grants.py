"""What each database role may touch: written anew, as the owner, whenever a schema has changed."""

from collections.abc import Sequence

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from studio.tenancy.context import PLATFORM_ROLE, as_owner
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.place import PUBLIC
from studio.tenancy.router import labels_of
from studio.tenancy.services import roles
from studio.tenancy.services.roles import run

REGISTRY_TABLES = ("studios", "domains")
RECORDER_TABLE = "django_migrations"
REGISTRY_FUNCTIONS = ("schema_versions()", "lacking_migrations(text[])")

GRANT_TABLES = """
GRANT USAGE ON SCHEMA {schema} TO {role};
REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
REVOKE INSERT, UPDATE, DELETE ON {schema}.django_migrations FROM {role};
"""
KEEP_ROWS = "REVOKE UPDATE, DELETE ON {schema}.{table} FROM {role};"
FILL_LATER = "GRANT UPDATE ({column}) ON {schema}.{table} TO {role};"


def append_only_tables(schema: str) -> dict[str, tuple[str, ...]]:
    """Return the tables of a schema whose rows are kept, each with the columns that may still be filled in.

    They are those of models with `append_only = True`; the columns are the model's `append_only_except`.
    """
    labels = labels_of(schema)
    return {
        model._meta.db_table: tuple(getattr(model, "append_only_except", ()))
        for model in sorted(apps.get_models(), key=lambda model: model._meta.db_table)
        if getattr(model, "append_only", False) and model._meta.app_label in labels
    }


# Each table, sequence and column of a schema with what a role may do to it. A namespace's relations are found by what
# depends on it, which has an index: pg_class has none by namespace, and reading it whole grows with every studio.
HELD = """
    WITH mine AS MATERIALIZED (
        SELECT c.oid, c.relname, c.relkind, c.relacl
        FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
        WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = %(schema)s::regnamespace
        AND d.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'p', 'v', 'S')
    ), role AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolname = %(role)s)
    SELECT c.relkind = 'S', c.relname, '', (
        SELECT coalesce(string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type), '')
        FROM aclexplode(c.relacl) a WHERE a.grantee = r.oid)
    FROM mine c, role r
    UNION ALL
    SELECT false, c.relname, t.attname, string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type)
    FROM mine c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attacl IS NOT NULL, role r, aclexplode(t.attacl) a
    WHERE a.grantee = r.oid
    GROUP BY c.relname, t.attname
    UNION ALL
    SELECT false, '', '', (
        SELECT coalesce(string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type), '')
        FROM pg_namespace n, role r, aclexplode(n.nspacl) a
        WHERE n.nspname = %(schema)s AND a.grantee = r.oid)
"""
FULL, KEPT, READ, DRAW, ENTER = "DELETE INSERT SELECT UPDATE", "INSERT SELECT", "SELECT", "SELECT USAGE", "USAGE"


def _are_due(schema: str, role: str) -> bool:
    """Return whether a role holds something else than what is due: most migrations add no table.

    Giving everything anew writes a catalogue row for every table, which costs more than a usual change.
    """
    kept = append_only_tables(schema)
    due = {(table, column): "UPDATE" for table, filled in kept.items() for column in filled} | {("", ""): ENTER}
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"schema": schema, "role": role})
        found = {(table, column): (is_sequence, held) for is_sequence, table, column, held in cursor.fetchall()}
    for (table, column), (is_sequence, _held) in found.items():
        if table and not column:
            due[table, ""] = (
                DRAW if is_sequence else READ if table == RECORDER_TABLE else KEPT if table in kept else FULL
            )
    return due != {name: held for name, (_is_sequence, held) in found.items()}


def _kept_here(schema: str) -> dict[str, tuple[str, ...]]:
    """Return what the schema has of them, tables and columns: one that was taken back has not had all of it yet."""
    kept = append_only_tables(schema)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(a.attname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relname = ANY(%s) AND c.relnamespace = %s::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
            " GROUP BY c.relname",
            [list(kept), schema],
        )
        here = dict(cursor.fetchall())
    return {
        table: tuple(column for column in columns if column in here[table])
        for table, columns in kept.items()
        if table in here
    }


def _grant_tables(schema: str, role: str) -> None:
    """Take everything back and give what is due, in one round trip; nothing when that is what there is."""
    if not _are_due(schema, role):
        return
    who = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
    statements = [sql.SQL(GRANT_TABLES).format(**who)]
    for table, columns in _kept_here(schema).items():
        kept = who | {"table": sql.Identifier(table)}
        statements.append(sql.SQL(KEEP_ROWS).format(**kept))
        statements += [sql.SQL(FILL_LATER).format(**kept, column=sql.Identifier(column)) for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("").join(statements))


def grant_studio(schema: str) -> None:
    """Give a studio's role its own schema, and nothing else; append-only tables keep SELECT and INSERT."""
    _grant_tables(schema, schema)


def grant_public(tables: Sequence[str] = REGISTRY_TABLES) -> None:
    """Give the platform's role the public schema, and the web role the registry to read."""
    web = settings.DATABASE_WEB_ROLE
    run("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    _grant_tables(PUBLIC, PLATFORM_ROLE)
    run("GRANT USAGE ON SCHEMA public TO {role}", role=web)
    run("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", role=web)
    for table in tables:
        run("GRANT SELECT ON public.{table} TO {role}", table=table, role=web)
    for reader in (web, PLATFORM_ROLE):
        for function in REGISTRY_FUNCTIONS:
            run(f"GRANT EXECUTE ON FUNCTION extensions.{function} TO {{role}}", role=reader)


def grant(schema: str) -> None:
    """Bring the grants of a schema, the public one or a studio's, to what they must be."""
    if schema == PUBLIC:
        grant_public()
    else:
        grant_studio(schema)


def ensure_roles() -> list[str]:
    """Make every role that is missing and give each what is its due; return the schemas looked after.

    A dump holds no roles, so a database restored on another server has studios that nobody can enter. A
    studio that is still being set up gets its role when that is resumed.
    """
    with as_owner():
        is_set_up = Studio.objects.exclude(status=StudioStatus.PROVISIONING).order_by("pk")
        studios = list(is_set_up.values_list("schema_name", flat=True))
        roles.ensure_base_roles()
        for schema in (PUBLIC, *studios):
            with transaction.atomic():
                if schema != PUBLIC:
                    roles.ensure_studio_role(schema)
                grant(schema)
    return [PUBLIC, *studios]

"""Reading the live catalogue of one schema, for tests about what the database itself insists on."""

from dataclasses import dataclass

from django.db import connection

COLUMNS = """
    SELECT column_name, data_type, is_nullable = 'YES', column_default
    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s
"""
CONSTRAINTS = """
    SELECT c.conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c WHERE c.conrelid = (current_schema() || '.' || %s)::regclass
"""
TRIGGERS = """
    SELECT t.tgname FROM pg_trigger t
    WHERE t.tgrelid = (current_schema() || '.' || %s)::regclass AND NOT t.tgisinternal AND t.tgenabled = 'O'
"""


@dataclass(frozen=True)
class Column:
    type: str
    is_nullable: bool
    default: str | None


def rows(sql: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def columns(table: str) -> dict[str, Column]:
    return {name: Column(kind, nullable, default) for name, kind, nullable, default in rows(COLUMNS, table)}


def constraints(table: str) -> set[str]:
    """Return the definitions of a table's constraints, without their names."""
    return {definition for _name, definition in rows(CONSTRAINTS, table)}


def triggers(table: str) -> set[str]:
    return {name for (name,) in rows(TRIGGERS, table)}

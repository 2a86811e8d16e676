"""Introspection restricted to the schema a connection stands in."""

# The backend's base module first: Django 6.1's introspection and base modules import each other.
from typing import Any

import django.db.backends.postgresql.base  # noqa: F401 -- import order
from django.db.backends.base.introspection import TableInfo
from django.db.backends.postgresql import introspection

TABLES = """
    SELECT c.relname, CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END
    FROM pg_class c
    WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v') AND c.relnamespace = current_schema()::regnamespace
"""


class DatabaseIntrospection(introspection.DatabaseIntrospection):
    """Lists one schema's tables.

    The stock query asks `pg_table_is_visible` of every relation in the database, which makes
    migrating N studios cost N times N.
    """

    def get_table_list(self, cursor: Any) -> list[TableInfo]:
        """Return the TableInfo of each table and view in the current schema."""
        cursor.execute(TABLES)
        return [TableInfo(*row) for row in cursor.fetchall() if row[0] not in self.ignored_tables]

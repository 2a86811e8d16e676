"""The question asked before the first request or job: does a connection stay this process's own?"""

from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from studio.tenancy.backend.base import DatabaseWrapper
from studio.tenancy.context import PLATFORM_ROLE, in_registry
from studio.tenancy.place import PUBLIC, Place

ROUNDS = 4
WHERE = "SELECT pg_backend_pid(), current_setting('role'), current_setting('search_path')"


class ConnectionShared(ImproperlyConfigured):
    """A pooler hands server connections from one client to another between statements."""


def prove_connection() -> None:
    """Insist that path and role stay where they were put.

    Two connections stand in different roles and are asked in turn, one of them always inside a
    transaction: a pooler in transaction mode then answers the other from a server connection that it
    does not own, silently, as it would answer one studio's request with another's rows.
    raises: ConnectionShared; OperationalError when there is no database
    """
    with in_registry():  # the first connection of a process is asked for its types, on the default one
        first, second = (cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS].copy()) for _each in range(2))
        first.move(Place(PUBLIC, settings.DATABASE_WEB_ROLE))
        second.move(Place(settings.EXTENSIONS_SCHEMA, PLATFORM_ROLE))
        try:
            _compare(first, second)
        finally:
            first.close()
            second.close()


def _compare(first: BaseDatabaseWrapper, second: BaseDatabaseWrapper) -> None:
    expected = {first: _where(first), second: _where(second)}
    for number in range(ROUNDS):
        asked, busy = (first, second) if number % 2 else (second, first)
        busy.set_autocommit(False)
        _where(busy)
        answer = _where(asked)
        busy.rollback()
        busy.set_autocommit(True)
        if answer != expected[asked] or expected[first][0] == expected[second][0]:
            raise ConnectionShared(
                "The database is reached through a pooler that shares connections between statements;"
                " studios would see each other's data. Use its session mode, or connect directly."
            )


def _where(connection: BaseDatabaseWrapper) -> tuple[int, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(WHERE)
        found: tuple[int, str, str] = cursor.fetchone()
    return found

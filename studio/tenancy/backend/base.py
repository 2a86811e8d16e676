"""The connection: path and role are set together, lazily, and again after every rollback."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql.features import DatabaseFeatures as PostgresFeatures
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantsWrapper
from psycopg.pq import TransactionStatus

from studio.tenancy.backend.introspection import DatabaseIntrospection
from studio.tenancy.place import PUBLIC, Place

# Path and role travel in one round trip. A role named 'none' is the login itself.
ENTER = "SELECT set_config('role', %s, false), set_config('search_path', %s, false)"
LOGIN = "none"


class NoStudio(ImproperlyConfigured):
    """A query was sent by a connection that stands in no studio: a mistake in the program."""


class DatabaseFeatures(PostgresFeatures):
    """PostgreSQL's; what the stock class finds out by creating a table, or by asking for the version, is stated."""

    supports_transactions = True
    supports_virtual_generated_columns = False  # ours are stored; a check stands in no studio and may not ask


class DatabaseWrapper(TenantsWrapper):
    """A connection that stands in one `Place`, or nowhere, and then refuses every query.

    `move()` only notes the place. The first cursor after it sends path and role in one statement
    and remembers that it did. PostgreSQL takes a SET back when the transaction or savepoint it was
    sent in rolls back, so every rollback, also the one that a COMMIT after a swallowed error comes to,
    forgets what was sent and the next cursor sends it again.
    """

    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.place: Place | None = None
        self._sent: Place | None = None
        self._seen: set[str] = set()
        self.schema_name: str | None = None
        super().__init__(*args, **kwargs)
        self.introspection = DatabaseIntrospection(self)
        if self.alias == NO_DB_ALIAS:  # creating and dropping databases is the login's own business
            self.move(Place(PUBLIC, None))

    # The library's own ways in are closed: `inside()` is the only door.
    def set_tenant(self, *_asked: Any, **_also: Any) -> None:
        """Refuse whatever is asked; see studio.tenancy.context."""
        raise NoStudio("Enter a studio by studio.tenancy.context.inside().")

    def set_schema_to_public(self) -> None:
        """Stay nowhere; the library calls this when a connection is made."""
        self.tenant = self.schema_name = None

    def move(self, place: Place | None) -> None:
        """Stand in another place; nothing is sent before the next cursor."""
        self.place = place
        self.schema_name = place.schema if place else None

    def _cursor(self, name: str | None = None) -> Any:
        if self.place is None:
            message = "This query runs in no studio. Enter one by studio.tenancy.context.inside()."
            raise NoStudio(message)
        cursor = self._plain_cursor(name)
        if self._sent != self.place:
            self._send(self.place)
        return cursor

    def _plain_cursor(self, name: str | None = None) -> Any:
        return super(TenantsWrapper, self)._cursor(name=name)

    def _send(self, place: Place) -> None:
        path = f"{place.schema}, {settings.EXTENSIONS_SCHEMA}"
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(ENTER, [place.role or LOGIN, path])
        self._sent = place
        self.note_visit(place.schema)

    def note_visit(self, schema: str) -> None:
        """Remember a schema whose tables this connection has seen: its catalogue cache only grows."""
        self._seen.add(schema)

    # Savepoint commands need no path, and setting one in an aborted transaction would raise over
    # the error that aborted it.
    def _savepoint(self, sid: str) -> None:
        with self._plain_cursor() as cursor:
            cursor.execute(self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        with self._plain_cursor() as cursor:
            cursor.execute(self.ops.savepoint_rollback_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        with self._plain_cursor() as cursor:
            cursor.execute(self.ops.savepoint_commit_sql(sid))

    def savepoint_rollback(self, sid: str) -> None:
        """Roll back, and forget the path and role that may have gone with it."""
        try:
            super().savepoint_rollback(sid)
        finally:
            self._sent = None

    def commit(self) -> None:
        """Commit, and forget what PostgreSQL takes back: it ends a failed transaction by a silent rollback."""
        if self.connection is not None and self.connection.info.transaction_status == TransactionStatus.INERROR:
            self._sent = None
        super().commit()

    def rollback(self) -> None:
        """Roll back, and forget the path and role that may have gone with it."""
        self._sent = None
        super().rollback()

    def connect(self) -> None:
        """Open a connection, which has been nowhere yet."""
        self._sent = None
        self._seen = set()
        super().connect()

    def close(self) -> None:
        """Close the connection and forget what it was told."""
        self._sent = None
        super().close()

    def close_if_unusable_or_obsolete(self) -> None:
        """Close also a connection that has served many studios."""
        if (
            self.connection is not None
            and not self.in_atomic_block
            and len(self._seen) > settings.CONNECTION_MAX_STUDIOS
        ):
            self.close()
            return
        super().close_if_unusable_or_obsolete()

"""Whether this process may be given visitors: the database answers and no schema is behind the code."""

from django.db import DatabaseError, connection

from studio.tenancy.context import in_registry
from studio.tenancy.history import history

MAX_NAMED = 20


def schema_versions() -> dict[str, str]:
    """Return the digest of the applied migrations of every schema, as the database has them now."""
    with in_registry(), connection.cursor() as cursor:
        cursor.execute("SELECT schema_name, version FROM extensions.schema_versions()")
        return dict(cursor.fetchall())


def reasons_not_ready() -> list[str]:
    """Return a sentence for each thing in the way; empty when ready."""
    try:
        versions = schema_versions()
    except DatabaseError:
        return ["The database does not answer, or was never migrated."]
    expected = history().leaf_version()
    behind = sorted(schema for schema, version in versions.items() if version != expected)
    reasons = [f"{schema} is not at this version's migrations." for schema in behind[:MAX_NAMED]]
    if len(behind) > MAX_NAMED:
        reasons.append(f"{len(behind) - MAX_NAMED} more are not.")
    return reasons

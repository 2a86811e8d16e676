"""Whether this process may be given visitors: the database answers and no schema is behind the code."""

from django.db import DatabaseError, connection

from studio.tenancy.catalogue import shape
from studio.tenancy.catalogue.comparison import Problem
from studio.tenancy.context import in_registry
from studio.tenancy.history import history
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.place import PUBLIC

MAX_NAMED = 20


def schema_versions() -> dict[str, str]:
    """Return the digest of the applied migrations of every schema, as the database has them now."""
    with in_registry(), connection.cursor() as cursor:
        cursor.execute("SELECT schema_name, version FROM extensions.schema_versions()")
        return dict(cursor.fetchall())


def reasons_not_ready() -> list[str]:
    """Return a sentence for each thing in the way; empty when ready.

    A schema that has more than the code asks for is no reason: code goes back a release without it.
    queries: 4, and up to 2 more when something is missing, however many studios
    """
    try:
        with in_registry():
            lacking = _lacking_migrations()
            maimed = _lacking_columns() - lacking
    except DatabaseError:
        return ["The database does not answer, or was never migrated."]
    reasons = [f"{schema} is not at this version's migrations." for schema in sorted(lacking)]
    reasons += [f"{schema} lacks columns that its migrations made." for schema in sorted(maimed)]
    if len(reasons) > MAX_NAMED:
        reasons[MAX_NAMED:] = [f"{len(reasons) - MAX_NAMED} more schemas are not as they should be."]
    return reasons


def _lacking_migrations() -> set[str]:
    with connection.cursor() as cursor:
        wanted = [".".join(key) for key in history().order]
        cursor.execute("SELECT schema_name FROM extensions.lacking_migrations(%s)", [wanted])
        return {schema for (schema,) in cursor.fetchall()}


def _lacking_columns() -> set[str]:
    made = Studio.objects.exclude(status=StudioStatus.PROVISIONING).values_list("schema_name", flat=True)
    found = shape.missing_or_stray_columns([PUBLIC]) | shape.missing_or_stray_columns(list(made))
    return {
        schema
        for schema, differences in found.items()
        if any(difference.problem == Problem.MISSING for difference in differences)
    }

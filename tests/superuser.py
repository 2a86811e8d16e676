"""Damage that only a superuser can do: the product never is one, the tests' own server lends them one."""

import pytest
from django.db import connection

from studio.tenancy.context import as_owner

FIND = "SELECT rolname::text FROM pg_roles WHERE rolsuper AND pg_has_role(session_user, oid, 'MEMBER') LIMIT 1"


def by_superuser(statement: str) -> str:
    """Return the statement between placeholders that `superuser_names()` fills."""
    return f"SET LOCAL ROLE {{superuser}}; {statement}; SET LOCAL ROLE NONE"


def superuser_names(statement: str) -> dict[str, str]:
    """Return what a statement of `by_superuser()` is formatted with; a test on a server that lends none is skipped."""
    if "{superuser}" not in statement:
        return {}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(FIND)
        found = cursor.fetchone()
    if found is None:
        pytest.skip("This login may not become a superuser; the private server of ./dev test lends one.")
    return {"superuser": found[0]}

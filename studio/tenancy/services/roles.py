"""Database roles.

Three kinds: the owner (the login that migrates), the web role (owns nothing, reads the registry, may
become any studio role) and one role per studio. Roles belong to the whole cluster while studios belong
to one database, so making one tolerates that it is there. Every function runs as the owner.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection, transaction
from psycopg import sql

from studio.db import sqlstate
from studio.tenancy.context import PLATFORM_ROLE

GRANT_TRIES = 20

CREATE_ROLE = """
DO $$ BEGIN CREATE ROLE {role} NOLOGIN {inherit};
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""
# Two processes granting at once can meet on the same catalogue row ("tuple concurrently updated").
GRANT_ROLE = """
DO $$ BEGIN GRANT {role} TO {member};
EXCEPTION WHEN unique_violation OR internal_error THEN PERFORM pg_sleep(0.05); END $$
"""
IS_MEMBER = """
    SELECT EXISTS (
        SELECT FROM pg_auth_members m
        WHERE m.roleid = (SELECT oid FROM pg_roles WHERE rolname = %s)
          AND m.member = (SELECT oid FROM pg_roles WHERE rolname = %s)
          AND (current_setting('server_version_num')::int < 160000 OR (to_jsonb(m) ->> 'set_option')::boolean)
    ) OR (SELECT rolsuper FROM pg_roles WHERE rolname = %s)
"""
INSUFFICIENT_PRIVILEGE = "42501"


def run(statement: str, **names: str) -> None:
    """Execute one statement with identifiers filled in, quoted."""
    quoted = {key: sql.Identifier(value) for key, value in names.items()}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**quoted))


def owner_login() -> str:
    """Return the name of the login this process uses."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        return str(cursor.fetchone()[0])


def _is_member(role: str, member: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(IS_MEMBER, [role, member, member])
        return bool(cursor.fetchone()[0])


def grant_role(role: str, member: str) -> None:
    """Let `member` become `role`; nothing happens when it already may.

    raises: ImproperlyConfigured when the role was made by another installation on the same server
    """
    for _attempt in range(GRANT_TRIES):
        if _is_member(role, member):
            return
        try:
            with transaction.atomic():
                run(GRANT_ROLE, role=role, member=member)
        except ProgrammingError as exc:
            if sqlstate(exc) != INSUFFICIENT_PRIVILEGE:
                raise
            raise ImproperlyConfigured(
                f"The database role {role} was made by another login: roles belong to the whole PostgreSQL server."
                " Use a server of its own for this installation, or the same owner's login."
            ) from exc
    raise RuntimeError(f"Role {role} could not be granted to {member}.")


def ensure_role(role: str, *, inherit: str = "INHERIT") -> None:
    """Make a role that cannot log in, unless it exists."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        known = cursor.fetchone()
    if not known:
        run(CREATE_ROLE.replace("{inherit}", inherit), role=role)


def ensure_base_roles() -> None:
    """Make the web role and the platform's role, and let the owner and the web role become them.

    The web role does not inherit: without SET ROLE it may read the registry and nothing else.
    """
    web = settings.DATABASE_WEB_ROLE
    ensure_role(web, inherit="NOINHERIT")
    ensure_role(PLATFORM_ROLE)
    owner = owner_login()
    if owner != web:
        grant_role(web, owner)
    grant_role(PLATFORM_ROLE, owner)
    grant_role(PLATFORM_ROLE, web)


def ensure_studio_role(schema: str) -> None:
    """Make a studio's role; the owner and the web role may become it."""
    ensure_role(schema)
    grant_role(schema, owner_login())
    grant_role(schema, settings.DATABASE_WEB_ROLE)


def drop_role(role: str) -> None:
    """Drop a role, unless another database of the cluster still uses it."""
    run(
        "DO $$ BEGIN DROP ROLE IF EXISTS {role}; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $$",
        role=role,
    )

"""What the live database says of users and login sessions, in two studios; and that these tests can fail."""

import pytest
from django.db import IntegrityError, connection, transaction

from studio.accounts.models import LoginSession, User
from studio.tenancy.context import as_owner, inside
from studio.tenancy.place import PUBLIC
from tests.studio.accounts.catalogue import Column, columns, constraints, rows, triggers

pytestmark = pytest.mark.django_db

TEXT_KEY = Column("text", is_nullable=False, default=None)
NOW_DEFAULT = Column("timestamp with time zone", is_nullable=False, default="statement_timestamp()")


def findings() -> set[str]:
    """Return what is wrong with the tables of the current schema; this is the check the tests below mutate."""
    users, logins = columns("users"), columns("login_sessions")
    records, trail = columns("account_sessions"), columns("audit_events")
    expected = {
        "users.id is a text key": users["id"] == TEXT_KEY and "PRIMARY KEY (id)" in constraints("users"),
        "users.email is required": users["email"].is_nullable is False,
        "users.email is unique": "UNIQUE (email)" in constraints("users"),
        "users.email is lower case": any("lower(" in text for text in constraints("users")),
        "users.email_verified is false": users["email_verified"] == Column("boolean", False, "false"),
        "users.created_at is now": users["created_at"] == NOW_DEFAULT,
        "users.updated_at is now": users["updated_at"] == NOW_DEFAULT,
        "login_sessions.id is a text key": logins["id"] == TEXT_KEY
        and "PRIMARY KEY (id)" in constraints("login_sessions"),
        "login_sessions.user_id is required": logins["user_id"] == Column("text", False, None),
        "login_sessions.user_id cascades": has_key("login_sessions", "user_id", "users", "CASCADE"),
        "login_sessions.expires_at is required": logins["expires_at"]
        == Column("timestamp with time zone", False, None),
        "login_sessions.created_at is now": logins["created_at"] == NOW_DEFAULT,
        "account_sessions.account_id is nullable": records["account_id"] == Column("text", True, None),
        "account_sessions.account_id is emptied": has_key("account_sessions", "account_id", "users", "SET NULL"),
        "account_sessions.account_label is required": records["account_label"].is_nullable is False,
        "account_sessions is kept": "account_sessions_append_only" in triggers("account_sessions"),
        "audit_events.account_id is nullable": trail["account_id"] == Column("text", True, None),
        "audit_events.account_id is emptied": has_key("audit_events", "account_id", "users", "SET NULL"),
        "audit_events is kept": "audit_events_append_only" in triggers("audit_events"),
        "user_roles.user_id cascades": has_key("user_roles", "user_id", "users", "CASCADE"),
        "user_permissions.user_id cascades": has_key("user_permissions", "user_id", "users", "CASCADE"),
        "notifications.user_id cascades": has_key("notifications", "user_id", "users", "CASCADE"),
        "account_emailaddress.user_id cascades": has_key("account_emailaddress", "user_id", "users", "CASCADE"),
        "mfa_authenticator.user_id cascades": has_key("mfa_authenticator", "user_id", "users", "CASCADE"),
        "django_admin_log.user_id cascades": has_key("django_admin_log", "user_id", "users", "CASCADE"),
        "the last owner stays": "user_roles_last_owner" in triggers("user_roles")
        and "users_last_owner" in triggers("users"),
    }
    return {sentence for sentence, holds in expected.items() if not holds}


def has_key(table: str, column: str, target: str, action: str) -> bool:
    start = f"FOREIGN KEY ({column}) REFERENCES "
    return any(text.startswith(start) and f"{target}(id) ON DELETE {action}" in text for text in constraints(table))


def test_tables_are_as_required_in_every_schema(studio, other_studio):
    found = {studio.schema_name: findings()}
    with inside(other_studio):
        found[other_studio.schema_name] = findings()
    with as_owner(PUBLIC):
        found[PUBLIC] = findings()

    assert found == {studio.schema_name: set(), other_studio.schema_name: set(), PUBLIC: set()}


MUTATIONS = {
    "ALTER TABLE users DROP CONSTRAINT users_email_key": {"users.email is unique"},
    "ALTER TABLE users DROP CONSTRAINT users_email_lower_case": {"users.email is lower case"},
    "ALTER TABLE users ALTER email DROP NOT NULL": {"users.email is required"},
    "ALTER TABLE users ALTER email_verified DROP DEFAULT": {"users.email_verified is false"},
    "ALTER TABLE users ALTER created_at DROP DEFAULT": {"users.created_at is now"},
    "ALTER TABLE users ALTER updated_at DROP NOT NULL": {"users.updated_at is now"},
    "ALTER TABLE login_sessions ALTER user_id DROP NOT NULL": {"login_sessions.user_id is required"},
    "ALTER TABLE login_sessions ALTER expires_at DROP NOT NULL": {"login_sessions.expires_at is required"},
    "ALTER TABLE login_sessions ALTER created_at DROP DEFAULT": {"login_sessions.created_at is now"},
    "DROP TRIGGER audit_events_append_only ON audit_events": {"audit_events is kept"},
    "ALTER TABLE account_sessions DISABLE TRIGGER account_sessions_append_only": {"account_sessions is kept"},
    "ALTER TABLE account_sessions ALTER account_label DROP NOT NULL": {"account_sessions.account_label is required"},
}


@pytest.mark.parametrize(("statement", "reported"), MUTATIONS.items(), ids=[*MUTATIONS])
def test_a_loosened_table_is_reported(studio, statement, reported):
    with as_owner(studio.schema_name):
        with connection.cursor() as cursor:
            cursor.execute(statement)

        assert findings() == reported


def test_a_dropped_foreign_key_is_reported(studio):
    find = "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'login_sessions'::regclass"
    find += " AND confrelid = 'users'::regclass"
    with as_owner(studio.schema_name):
        ((name,),) = rows(find)
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE login_sessions DROP CONSTRAINT "{name}"')

        assert findings() == {"login_sessions.user_id cascades"}


def refused(sql: str, *parameters: object) -> str:
    """Return the name of the constraint or column over which the database refuses a statement."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    diagnostics = caught.value.__cause__.diag
    return diagnostics.constraint_name or diagnostics.column_name


def test_sql_needs_an_address(studio):
    assert refused("INSERT INTO users (id, password) VALUES ('a', '')") == "email"


def test_sql_cannot_repeat_an_address(owner):
    insert = "INSERT INTO users (id, email, name, image, password) VALUES (%s, %s, '', '', '')"

    assert refused(insert, "a", "owner@studio.example") == "users_email_key"
    assert refused(insert, "b", "OWNER@studio.example") == "users_email_lower_case"


def test_a_new_account_has_its_key_and_an_unconfirmed_address_before_it_is_saved():
    fresh = User(email="new@studio.example")

    assert (len(fresh.id), int(fresh.id, 16) > 0, fresh.email_verified) == (32, True, False)


def test_an_account_needs_neither_name_nor_picture(studio):
    made = User.objects.create_user("secret-passphrase", email="Plain@Studio.example")

    made.refresh_from_db()
    assert (made.email, made.name, made.image, made.email_verified) == ("plain@studio.example", "", "", False)


def test_saving_moves_updated_at_and_not_created_at(owner):
    before = User.objects.get(pk=owner.pk)

    owner.name = "Olive"
    owner.save(update_fields=["name"])

    after = User.objects.get(pk=owner.pk)
    assert after.created_at == before.created_at
    assert after.updated_at > before.updated_at


def test_a_login_session_needs_a_user_and_an_end(owner):
    insert = "INSERT INTO login_sessions (id, user_id, account_session_id, auth_hash, expires_at, last_seen_at)"

    assert refused(f"{insert} VALUES (repeat('a', 64), NULL, 1, '', now(), now())") == "user_id"
    assert refused(f"{insert} VALUES (repeat('a', 64), %s, 1, '', NULL, now())", owner.pk) == "expires_at"


def test_plain_selects_work(owner):
    assert rows("SELECT email FROM users WHERE id = %s", owner.pk) == [("owner@studio.example",)]
    assert rows("SELECT count(*) FROM login_sessions") == [(LoginSession.objects.count(),)]

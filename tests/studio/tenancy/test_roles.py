"""Roles belong to the server and studios to the database: after a restore they are brought together again."""

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from studio.tenancy.context import as_owner, inside
from studio.tenancy.services import schema_guard
from tests.studio.tenancy.test_isolation import INSUFFICIENT_PRIVILEGE, refusal

AS_RESTORED = """
    REVOKE {role} FROM studio_web;
    REVOKE ALL ON ALL TABLES IN SCHEMA {role} FROM {role};
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA {role} FROM {role};
    REVOKE ALL ON SCHEMA {role} FROM {role};
    REVOKE SELECT ON public.studios FROM studio_web;
"""


def findings() -> list[str]:
    found = schema_guard.check_schemas(now=timezone.now())
    return [finding.what for state in found for finding in state.findings]


def test_a_restored_studio_can_be_entered_once_its_roles_are_made(studio, other_studio, capsys):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(AS_RESTORED.format(role=other_studio.schema_name))
    with inside(other_studio):
        assert refusal(f"SELECT * FROM {other_studio.schema_name}.rooms") == INSUFFICIENT_PRIVILEGE
    assert len(findings()) > 20

    call_command("ensure_roles")

    assert findings() == []
    with inside(other_studio):
        assert refusal("SELECT * FROM rooms") is None
        assert refusal("DELETE FROM audit_events") == INSUFFICIENT_PRIVILEGE
    assert capsys.readouterr().out == "The roles of 3 schemas are as they must be.\n"

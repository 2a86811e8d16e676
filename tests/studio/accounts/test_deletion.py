"""What an account leaves behind when it goes, by SQL and by the service."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, ProgrammingError, connection, transaction

from studio.accounts.models import (
    AccountSession,
    AuditEvent,
    Invitation,
    LoginSession,
    Notification,
    User,
    UserPermission,
    UserRole,
)
from studio.accounts.services import audit, invitations, login_sessions, notifications, roles, users
from studio.tenancy.context import as_owner
from tests.studio.accounts.conftest import made_account

pytestmark = pytest.mark.django_db

RESTRICT_VIOLATION, INSUFFICIENT_PRIVILEGE = "23001", "42501"


@pytest.fixture
def leaver(owner, now) -> User:
    """Somebody with a row in every table that links to an account."""
    user = made_account("leaver", "front_desk")
    UserPermission.objects.create(user=user, permission=Permission.objects.first())
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(User), object_id=user.pk, action_flag=1
    )
    notifications.notify(user=user, kind="task", text="Tidy the booth")
    login_sessions.open_login_session(user=user, session_key="k" * 32, address="127.0.0.1", agent="Browser", now=now)
    audit.record(verb="change", subject=owner, actor=user, now=now, changes={"name": ("a", "b")})
    invitations.invite(email="guest@studio.example", role="read_only", actor=owner, now=now)
    Invitation.objects.update(invited_by=user, invited_by_label=user.label)
    return user


def records() -> tuple[list[tuple], list[tuple]]:
    signed_in = AccountSession.objects.order_by("pk").values_list(
        "account_id", "account_label", "started_at", "address"
    )
    trail = AuditEvent.objects.order_by("pk").values_list(
        "account_id", "actor_label", "verb", "object_label", "changes"
    )
    return list(signed_in), list(trail)


def credentials_of(user_id: str) -> dict[str, int]:
    models = (LoginSession, UserRole, UserPermission, Notification, EmailAddress, Authenticator, LogEntry)
    return {model.__name__: model.objects.filter(user_id=user_id).count() for model in models}


def without(pk: str, found: list[tuple]) -> list[tuple]:
    return [(None if row[0] == pk else row[0], *row[1:]) for row in found]


def test_a_plain_sql_delete_takes_the_credentials_and_empties_the_links(leaver):
    signed_in, trail = records()
    assert set(credentials_of(leaver.pk).values()) == {1}
    assert leaver.pk in {row[0] for row in signed_in} & {row[0] for row in trail}

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users WHERE id = %s", [leaver.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert set(credentials_of(leaver.pk).values()) == {0}
    assert records() == (without(leaver.pk, signed_in), without(leaver.pk, trail))
    invitation = Invitation.objects.get()
    assert (invitation.invited_by_id, invitation.invited_by_label) == (None, "Leaver <leaver@studio.example>")


def test_delete_account_keeps_every_record(leaver, owner, now):
    signed_in, trail = records()

    users.delete_account(user=leaver, actor=owner, now=now, reason="left the studio")

    kept_sessions, kept_trail = records()
    assert kept_sessions == without(None, [(None, *row[1:]) for row in signed_in])
    *before, last = kept_trail
    assert before == [(None if row[1].startswith("Leaver") else row[0], *row[1:]) for row in trail]
    assert last[:4] == (owner.pk, "Owner <owner@studio.example>", "delete", "Leaver <leaver@studio.example>")
    assert not User.objects.filter(email="leaver@studio.example").exists()


def test_orphans_are_found_by_the_filter_deleted_user(leaver, owner, now):
    users.delete_account(user=leaver, actor=owner, now=now)

    orphans = AuditEvent.objects.filter(account__isnull=True).exclude(actor_label="")
    assert [event.actor_label for event in orphans] == ["Leaver <leaver@studio.example>"]
    assert str(orphans.get()).endswith("Owner <owner@studio.example>")


def refused_with(sql: str, *parameters: object) -> str:
    refusals = (IntegrityError, ProgrammingError)
    with pytest.raises(refusals) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    return caught.value.__cause__.sqlstate


CHANGES = [
    "UPDATE audit_events SET verb = 'nothing'",
    "UPDATE audit_events SET account_id = NULL",
    "UPDATE account_sessions SET account_label = 'Nobody'",
    "UPDATE account_sessions SET account_id = NULL",
    "DELETE FROM audit_events",
    "DELETE FROM account_sessions",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_record_cannot_be_changed_by_the_studio(leaver, statement):
    assert refused_with(statement) == INSUFFICIENT_PRIVILEGE


@pytest.mark.parametrize("statement", CHANGES)
def test_the_record_cannot_be_changed_by_the_owner_of_the_tables_either(leaver, studio, statement):
    with as_owner(studio.schema_name):
        assert refused_with(statement) == RESTRICT_VIOLATION


def test_without_the_trigger_a_living_link_could_be_emptied(leaver, studio):
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_events_append_only ON audit_events")
        cursor.execute("UPDATE audit_events SET account_id = NULL")

        assert cursor.rowcount == AuditEvent.objects.count() > 0


def test_an_open_record_is_ended_once(leaver, now):
    ended = "UPDATE account_sessions SET ended_at = %s, end_reason = 'signed_out'"
    with connection.cursor() as cursor:
        cursor.execute(ended, [now])
        assert cursor.rowcount == 1

    assert refused_with(ended, now) == RESTRICT_VIOLATION


def test_ending_a_record_cannot_change_its_label(leaver, studio, now):
    with as_owner(studio.schema_name):
        changed = "UPDATE account_sessions SET ended_at = %s, end_reason = 'signed_out', account_label = 'Nobody'"
        assert refused_with(changed, now) == RESTRICT_VIOLATION


def test_a_rename_refreshes_labels_of_living_links_and_leaves_the_record(leaver, now):
    signed_in, _trail = records()

    users.rename_account(user=leaver, name="Lea", actor=leaver, now=now)

    assert Invitation.objects.get().invited_by_label == "Lea <leaver@studio.example>"
    assert records()[0] == signed_in


def test_revoking_a_single_account_does_not_touch_another(leaver, owner, now):
    roles.revoke_role(user=leaver, role="front_desk", actor=owner, now=now)

    assert owner.role_names == {"owner"}

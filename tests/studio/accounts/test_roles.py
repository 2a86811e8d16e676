from itertools import product

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from studio.accounts.models import AuditEvent, RoleName, User, UserRole
from studio.accounts.roles import RANKS, STUDIO_ROLES, TABLE, Scope, Verb, permission_names, scope_of
from studio.accounts.services import role_groups, roles, users
from studio.tenancy.context import as_owner, inside
from studio.tenancy.place import PUBLIC
from studio.tenancy.router import labels
from tests.studio.accounts.conftest import made_account

pytestmark = pytest.mark.django_db

# Tables that no page shows: links, counters, parts of a thing that has rights of its own.
WITHOUT_RIGHTS = {"accounts.cacheentry", "accounts.userpermission", "mail.emailattachment", "training.memberlistlayout"}
OURS = {"accounts", "mail", "office", "sessions_app", "training", "billing"}


def written() -> dict[str, set[str]]:
    return {
        group.name: {
            f"{app}.{code}"
            for app, code in group.permissions.order_by("pk").values_list("content_type__app_label", "codename")
        }
        for group in Group.objects.prefetch_related("permissions")
    }


def expected(role: RoleName) -> set[str]:
    existing = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.select_related("content_type")}
    return set(permission_names(role)) & existing


def test_every_studio_has_the_groups_of_the_table(studio, other_studio):
    assert written() == {role: expected(role) for role in STUDIO_ROLES}
    with inside(other_studio):
        assert written() == {role: expected(role) for role in STUDIO_ROLES}
    with as_owner(PUBLIC):
        assert written() == {RoleName.OPERATOR: expected(RoleName.OPERATOR)}


def test_write_roles_mends_what_was_changed_by_hand_and_then_changes_nothing(studio, django_assert_num_queries):
    group = Group.objects.get(name="front_desk")
    group.permissions.clear()
    Group.objects.get(name="trainer").delete()

    role_groups.write_roles()

    assert written() == {role: expected(role) for role in STUDIO_ROLES}
    ids = set(Group.objects.values_list("pk", flat=True))
    with django_assert_num_queries(3 + 2 * len(STUDIO_ROLES)):  # permissions, a savepoint; per role: group, its rights
        role_groups.write_roles()
    assert set(Group.objects.values_list("pk", flat=True)) == ids


def test_every_right_of_the_table_exists_in_the_database():
    known = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.select_related("content_type")}

    unknown = {name for role in RoleName for name in permission_names(role)} - known

    assert unknown == set()


def test_every_model_of_ours_is_in_the_table():
    named = {right.model for rights in TABLE.values() for right in rights}
    studio_labels = labels("TENANT_APPS") & OURS

    models = {model._meta.label_lower for model in apps.get_models() if model._meta.app_label in studio_labels}

    assert models - named - WITHOUT_RIGHTS == set()


def test_a_manager_holds_whatever_a_lower_role_holds():
    for role in STUDIO_ROLES - {RoleName.OWNER, RoleName.MANAGER}:
        assert permission_names(role) <= permission_names(RoleName.MANAGER), role
    assert permission_names(RoleName.MANAGER) <= permission_names(RoleName.OWNER)


def test_rights_follow_the_roles_and_nothing_else(owner, desk, stranger):
    assert (owner.has_perm("accounts.delete_user"), desk.has_perm("accounts.delete_user")) == (True, False)
    assert (desk.has_perm("sessions_app.add_client"), stranger.has_perm("sessions_app.add_client")) == (True, False)
    assert (owner.is_staff, desk.is_staff, stranger.is_staff) == (True, True, False)
    assert [user.is_superuser for user in (owner, desk, stranger)] == [False, False, False]


def test_there_is_no_superuser_to_become(owner):
    owner.is_superuser = True
    owner.save()

    assert User.objects.get(pk=owner.pk).is_superuser is False
    assert "is_superuser" not in {field.name for field in User._meta.get_fields()}


def test_scope_of_a_right():
    assert scope_of(["front_desk"], "sessions_app.studiosession", Verb.CHANGE) == Scope.ALL
    assert scope_of(["trainer"], "sessions_app.studiosession", Verb.VIEW) == Scope.OWN
    assert scope_of(["trainer", "read_only"], "sessions_app.studiosession", Verb.VIEW) == Scope.ALL
    assert scope_of(["trainer"], "sessions_app.studiosession", Verb.DELETE) is None
    assert scope_of([], "sessions_app.studiosession", Verb.VIEW) is None


def test_granting_is_recorded_and_takes_effect_at_once(owner, stranger, now):
    assert stranger.has_perm("sessions_app.add_client") is False

    roles.grant_role(user=stranger, role="front_desk", actor=owner, now=now, reason="first day")

    assert stranger.has_perm("sessions_app.add_client") is True
    event = AuditEvent.objects.get(verb="grant", account=owner)
    assert (event.object_label, event.changes, event.reason, event.at) == (
        "Stranger <stranger@studio.example>",
        {"role": [None, "front_desk"]},
        "first day",
        now,
    )


def test_granting_twice_is_one_role(owner, stranger, now):
    first = roles.grant_role(user=stranger, role="trainer", actor=owner, now=now)
    second = roles.grant_role(user=stranger, role="trainer", actor=owner, now=now)

    assert first == second
    assert AuditEvent.objects.filter(verb="grant", account=owner).count() == 1


@pytest.mark.parametrize("role", ["operator", "king", ""])
def test_a_role_that_is_not_of_a_studio_is_refused(owner, stranger, now, role):
    with pytest.raises(roles.RoleUnknown, match="no role"):
        roles.grant_role(user=stranger, role=role, actor=owner, now=now)


def test_nobody_gives_what_they_do_not_hold_nor_edits_their_equals(studio, now):
    """All pairs of actor and role: rights never rise without an owner's act."""
    people = {role: made_account(f"actor-{role}", role) for role in STUDIO_ROLES}
    target = made_account("target")

    granted = set()
    for actor, role in product(people, STUDIO_ROLES):
        try:
            roles.grant_role(user=target, role=role, actor=people[actor], now=now)
        except roles.NotAllowed:
            continue
        granted.add((actor, role))
        roles.revoke_role(user=target, role=role, actor=None, now=now)

    lower = STUDIO_ROLES - {RoleName.OWNER, RoleName.MANAGER}
    assert granted == {(RoleName.OWNER, role) for role in STUDIO_ROLES} | {(RoleName.MANAGER, role) for role in lower}


def test_a_manager_edits_neither_another_manager_nor_an_owner(owner, manager, now):
    equal = made_account("second", "manager")

    for target in (owner, equal):
        with pytest.raises(roles.NotAllowed, match="do not allow"):
            roles.grant_role(user=target, role="trainer", actor=manager, now=now)
        with pytest.raises(roles.NotAllowed, match="do not allow"):
            users.deactivate_account(user=target, actor=manager, now=now)
        with pytest.raises(roles.NotAllowed, match="do not allow"):
            users.delete_account(user=target, actor=manager, now=now)


def test_whoever_may_close_an_account_may_not_therefore_delete_it(owner, manager, now):
    trainer = made_account("trainer", "trainer")

    users.deactivate_account(user=trainer, actor=manager, now=now)
    with pytest.raises(roles.NotAllowed, match="do not allow"):
        users.delete_account(user=trainer, actor=manager, now=now)
    users.delete_account(user=trainer, actor=owner, now=now)

    assert not User.objects.filter(pk=trainer.pk).exists()


def test_the_last_owner_stays(owner, now):
    with pytest.raises(roles.LastOwner, match="last owner"):
        roles.revoke_role(user=owner, role="owner", actor=owner, now=now)
    with pytest.raises(roles.LastOwner, match="last owner"):
        users.deactivate_account(user=owner, actor=owner, now=now)
    with pytest.raises(roles.LastOwner, match="last owner"):
        users.delete_account(user=owner, actor=owner, now=now)

    fresh = User.objects.get(pk=owner.pk)
    assert (fresh.is_active, fresh.role_names) == (True, {"owner"})


def test_an_owner_may_go_when_another_stays(owner, now):
    heir = made_account("heir", "owner")

    users.delete_account(user=owner, actor=heir, now=now)

    assert [user.email for user in User.objects.all()] == ["heir@studio.example"]


def test_a_closed_owner_does_not_count(owner, now):
    other = made_account("other", "owner")
    users.deactivate_account(user=other, actor=owner, now=now)

    with pytest.raises(roles.LastOwner):
        roles.revoke_role(user=owner, role="owner", actor=None, now=now)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM user_roles",
        "DELETE FROM users",
        "UPDATE users SET is_active = false",
        "UPDATE user_roles SET group_id = (SELECT id FROM auth_group WHERE name = 'trainer')",
    ],
)
def test_sql_cannot_remove_the_last_owner(owner, statement):
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert caught.value.__cause__.diag.constraint_name == "user_roles_last_owner"
    assert roles.has_owner()


def test_without_the_triggers_sql_would_remove_the_last_owner(owner, studio):
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER user_roles_last_owner ON user_roles")
        cursor.execute("DELETE FROM user_roles")

    assert not roles.has_owner()


def test_a_role_in_use_cannot_be_deleted(owner):
    with pytest.raises(IntegrityError):
        Group.objects.get(name="owner").delete()
    assert UserRole.objects.count() == 1


def test_ranks_name_every_role():
    assert set(RANKS) == set(TABLE) == set(RoleName)


def test_the_command_writes_every_schema(studio, other_studio, capsys):
    for place in (studio, other_studio):
        with inside(place):
            Group.objects.get(name="trainer").permissions.clear()

    call_command("write_roles")

    assert "2 studios" in capsys.readouterr().out
    for place in (studio, other_studio):
        with inside(place):
            assert written() == {role: expected(role) for role in STUDIO_ROLES}

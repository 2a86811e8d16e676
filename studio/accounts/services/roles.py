"""Giving and taking roles."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from studio.accounts.models import RoleName, User, UserRole
from studio.accounts.roles import HIGHEST, RANKS, permission_names, rank, roles_of_schema
from studio.accounts.services import audit
from studio.db import refusing
from studio.errors import DomainError
from studio.tenancy.context import current_schema
from studio.tenancy.place import PUBLIC


class NotAllowed(DomainError):
    """The actor's own roles do not reach that far."""

    status_code = 403


class LastOwner(DomainError):
    """Somebody has to hold the highest role."""


class RoleUnknown(DomainError):
    """The role does not exist here."""

    status_code = 400


def last_owner() -> LastOwner:
    """Return the refusal for the last holder of the highest role."""
    return LastOwner(_("This is the last owner. Make somebody else an owner first."))


def _group(role: str) -> Group:
    group = Group.objects.filter(name=role).first()
    if group is None:
        raise RoleUnknown(_("There is no role %(role)s here.") % {"role": role})
    return group


def holds_role(actor: User, role: RoleName) -> bool:
    """Return whether a role is within what somebody holds: of a lower rank, without a right they lack.

    Whoever holds the highest rank holds every role.
    """
    mine = rank(actor.role_names)
    return mine == HIGHEST or (RANKS[role] < mine and permission_names(role) <= actor.get_all_permissions())


def may_change_role(actor: User, target: User, role: RoleName) -> bool:
    """Return whether somebody may give an account a role, or take it away.

    Nobody gives what they do not hold, and nobody edits an account of an equal or higher rank; the
    highest rank may do both.
    """
    if not (actor.is_active and actor.has_perm("accounts.add_userrole") and holds_role(actor, role)):
        return False
    mine = rank(actor.role_names)
    return mine == HIGHEST or rank(target.role_names) < mine


def _insist(actor: User | None, target: User, role: RoleName) -> None:
    if actor is not None and not may_change_role(actor, target, role):
        raise NotAllowed(_("Your own roles do not allow this."))


def _role(name: str) -> RoleName:
    if name not in RANKS:
        raise RoleUnknown(_("There is no role %(role)s here.") % {"role": name})
    return RoleName(name)


def _forget_rights(user: User) -> None:
    """Let the next question about an account's rights ask the database."""
    for cached in ("role_names", "_perm_cache", "_user_perm_cache", "_group_perm_cache"):
        user.__dict__.pop(cached, None)


@transaction.atomic
def grant_role(*, user: User, role: str, actor: User | None, now: datetime, reason: str = "") -> UserRole:
    """Give an account a role; one it holds already stays.

    actor: None for the product itself, which provisions and accepts invitations
    raises: RoleUnknown, NotAllowed
    """
    named = _role(role)
    group = _group(named)
    _insist(actor, user, named)
    link, is_new = UserRole.objects.get_or_create(user=user, group=group)
    if is_new:
        _forget_rights(user)
        audit.record(verb="grant", subject=user, actor=actor, now=now, changes={"role": (None, role)}, reason=reason)
    return link


@transaction.atomic
def revoke_role(*, user: User, role: str, actor: User | None, now: datetime, reason: str = "") -> None:
    """Take a role from an account; one it does not hold is no error.

    raises: RoleUnknown, NotAllowed, LastOwner
    """
    named = _role(role)
    group = _group(named)
    _insist(actor, user, named)
    with refusing(user_roles_last_owner=last_owner()):
        deleted, _per_model = UserRole.objects.filter(user=user, group=group).delete()
    if deleted:
        _forget_rights(user)
        audit.record(verb="revoke", subject=user, actor=actor, now=now, changes={"role": (role, None)}, reason=reason)


def has_owner() -> bool:
    """Return whether an active account holds the highest role of the current schema."""
    highest = [role for role in roles_of_schema(is_studio=current_schema() != PUBLIC) if RANKS[role] == HIGHEST]
    return UserRole.objects.filter(group__name__in=highest, user__is_active=True).exists()

"""Accounts: making, renaming, closing and deleting them."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from studio.accounts.models import EndReason, Invitation, LoginSession, User
from studio.accounts.roles import HIGHEST, rank
from studio.accounts.services import addresses, audit, login_sessions, roles
from studio.accounts.signals import account_relabelled
from studio.db import refusing
from studio.errors import DomainError


class EmailTaken(DomainError):
    """Another account has the address."""


class PasswordTooWeak(DomainError):
    """The password is refused by the rules for passwords."""

    status_code = 400


def _insist_on_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as exc:
        raise PasswordTooWeak(" ".join(exc.messages)) from exc


@transaction.atomic
def create_account(
    *,
    email: str,
    actor: User | None,
    now: datetime,
    name: str = "",
    password: str | None = None,
    email_verified: bool = False,
    role: str = "",
) -> User:
    """Make an account, with a role when one is named, and return it.

    password: None: nobody can sign in by one until it is set
    actor: None for the product itself
    raises: addresses.EmailInvalid, EmailTaken, PasswordTooWeak, roles.NotAllowed, roles.RoleUnknown
    """
    email = addresses.clean_email(email)
    if password is not None:
        _insist_on_password(password, User(email=email, name=name))
    with refusing(users_email_key=EmailTaken(_("There is an account with this address already."))):
        user = User.objects.create_user(password, email=email, name=name.strip(), email_verified=email_verified)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=email_verified)
    audit.record(verb="create", subject=user, actor=actor, now=now)
    if role:
        roles.grant_role(user=user, role=role, actor=actor, now=now)
    return user


@transaction.atomic
def rename_account(*, user: User, name: str, actor: User | None, now: datetime) -> User:
    """Give an account another name, and tell every label that stands beside a link to it.

    raises: roles.NotAllowed
    """
    _insist_on_rank(actor, user)
    old, user.name = user.name, name.strip()
    if old != user.name:
        user.save(update_fields=["name"])
        audit.record(verb="rename", subject=user, actor=actor, now=now, changes={"name": (old, user.name)})
        relabel_account(user=user)
    return user


@transaction.atomic
def relabel_account(*, user: User) -> None:
    """Write an account's present label wherever a living link to it carries one; records keep the old one."""
    Invitation.objects.filter(invited_by=user).update(invited_by_label=user.label)
    account_relabelled.send(sender=User, user=user, label=user.label)


def _insist_on_rank(actor: User | None, user: User, right: str = "accounts.change_user") -> None:
    if actor is None or actor.pk == user.pk:
        return
    mine = rank(actor.role_names)
    may = actor.is_active and actor.has_perm(right)
    if not may or (mine != HIGHEST and rank(user.role_names) >= mine):
        raise roles.NotAllowed(_("Your own roles do not allow this."))


@transaction.atomic
def deactivate_account(*, user: User, actor: User | None, now: datetime, reason: str = "") -> User:
    """Close an account and end its sign-ins; its records stay.

    raises: roles.NotAllowed, roles.LastOwner
    """
    _insist_on_rank(actor, user)
    user.is_active = False
    with refusing(user_roles_last_owner=roles.last_owner()):
        user.save(update_fields=["is_active"])
    login_sessions.end_all_of(user=user, reason=EndReason.DEACTIVATED, now=now)
    audit.record(verb="deactivate", subject=user, actor=actor, now=now, reason=reason)
    return user


@transaction.atomic
def reactivate_account(*, user: User, actor: User | None, now: datetime, reason: str = "") -> User:
    """Open a closed account again, with the roles it had.

    raises: roles.NotAllowed
    """
    _insist_on_rank(actor, user)
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(verb="reactivate", subject=user, actor=actor, now=now, reason=reason)
    return user


@transaction.atomic
def delete_account(*, user: User, actor: User | None, now: datetime, reason: str = "") -> None:
    """Delete an account and its credentials; the database empties the links of all records to it.

    raises: roles.NotAllowed, roles.LastOwner
    """
    _insist_on_rank(actor, user, "accounts.delete_user")
    audit.record(verb="delete", subject=user, actor=actor, now=now, reason=reason)
    login_sessions.end_all_of(user=user, reason=EndReason.DEACTIVATED, now=now)
    with refusing(user_roles_last_owner=roles.last_owner()):
        user.delete()


@transaction.atomic
def sign_out_device(*, login_session: LoginSession, actor: User, now: datetime, reason: str = "") -> None:
    """End one sign-in of an account, the actor's own or one of a lower rank.

    raises: roles.NotAllowed
    """
    _insist_on_rank(actor, login_session.user)
    audit.record(verb="sign_out", subject=login_session.account_session, actor=actor, now=now, reason=reason)
    login_sessions.end_login_sessions(ids=[login_session.pk], reason=EndReason.REVOKED, now=now)

"""Inviting people."""

from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from studio.accounts.models import Invitation, RoleName, User
from studio.accounts.models.invitation import InvitationQuerySet
from studio.accounts.roles import RANKS
from studio.accounts.services import addresses, audit, roles, users
from studio.accounts.tokens import scoped_digest
from studio.crypto import new_token
from studio.db import refusing
from studio.errors import DomainError
from studio.mail.selectors.house import current_house
from studio.mail.services import outbox, writing

VALID_FOR = timedelta(days=7)
PURPOSE = "invitation"


class AlreadyHere(DomainError):
    """The address has an account already."""


class HasOwner(DomainError):
    """Somebody here can invite people: that is no business of the platform any more."""


def may_invite(actor: User, role: RoleName) -> bool:
    """Return whether somebody may offer a role to a person who has no account yet."""
    return actor.is_active and actor.has_perm("accounts.add_invitation") and roles.holds_role(actor, role)


def _insist(actor: User | None, role: RoleName) -> None:
    if actor is not None and not may_invite(actor, role):
        raise roles.NotAllowed(_("Your own roles do not allow this."))


def _about(invitation: Invitation) -> str:
    return f"accounts.invitation:{invitation.pk}"


def _withdraw(rows: InvitationQuerySet, actor: User | None, now: datetime) -> None:
    """Make links worthless, and keep those that have not left from leaving."""
    for invitation in rows.unsettled().order_by("pk"):
        if rows.unsettled().filter(pk=invitation.pk).update(withdrawn_at=now, updated_at=now):
            outbox.cancel_email(
                kind=PURPOSE,
                about=_about(invitation),
                reason=_("The invitation was withdrawn before its mail was sent."),
                now=now,
            )
            audit.record(verb="withdraw", subject=invitation, actor=actor, now=now)


def _offer(email: str, role: str, actor: User | None, now: datetime) -> tuple[Invitation, str]:
    email = addresses.clean_email(email)
    if role not in RANKS or not Group.objects.filter(name=role).exists():
        raise roles.RoleUnknown(_("There is no role %(role)s here.") % {"role": role})
    _insist(actor, RoleName(role))
    if User.objects.filter(email=email).exists():
        raise AlreadyHere(_("This person has an account already: give it the role instead."))
    _withdraw(Invitation.objects.filter(email=email), actor, now)
    token = new_token()
    again = users.EmailTaken(_("Somebody else has just invited this address."))
    with refusing(invitations_one_open=again):
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            token_hash=scoped_digest(PURPOSE, token),
            expires_at=now + VALID_FOR,
            invited_by=actor,
            invited_by_label=actor.label if actor else "",
        )
    audit.record(verb="invite", subject=invitation, actor=actor, now=now, changes={"role": (None, role)})
    return invitation, token


@transaction.atomic
def invite(*, email: str, role: str, actor: User | None, now: datetime) -> Invitation:
    """Offer somebody a role by mail, and return the invitation; an open one for the address is replaced.

    actor: None for the product itself
    raises: addresses.EmailInvalid, AlreadyHere, roles.RoleUnknown, roles.NotAllowed
    """
    invitation, token = _offer(email, role, actor, now)
    _send(invitation, token, now)
    return invitation


@transaction.atomic
def invite_by_link(*, email: str, role: str, now: datetime) -> str:
    """Offer somebody a role and return the link that takes it; no mail is sent, and the link is kept nowhere.

    raises: addresses.EmailInvalid, AlreadyHere, roles.RoleUnknown
    """
    _invitation, token = _offer(email, role, None, now)
    return _link(token)


def _link(token: str) -> str:
    return current_house().origin + reverse("accounts:invitation-accept", args=[token])


def _send(invitation: Invitation, token: str, now: datetime) -> None:
    house = current_house()
    with override(house.language):
        letter = writing.write(
            "invitation",
            house=house,
            invited_by=invitation.invited_by_label,
            role=invitation.get_role_display(),
            url=_link(token),
            days=VALID_FOR.days,
        )
    outbox.queue_email(
        kind=PURPOSE,
        about=_about(invitation),
        recipient=invitation.email,
        letter=letter,
        now=now,
    )


@transaction.atomic
def invite_owner(*, email: str, now: datetime) -> Invitation | None:
    """Invite the first owner of a studio; None when that was done already."""
    if Invitation.objects.filter(email=addresses.clean_email(email), role=RoleName.OWNER).exists():
        return None
    return invite(email=email, role=RoleName.OWNER, actor=None, now=now)


@transaction.atomic
def invite_owner_again(*, email: str, now: datetime) -> Invitation:
    """Invite the owner of a studio that has none, and return the invitation; every link sent before is worthless.

    A link that went to a mistyped address must not make its finder the owner.
    raises: HasOwner, addresses.EmailInvalid, AlreadyHere
    """
    if roles.has_owner():
        raise HasOwner(_("This studio has an owner, who can invite others."))
    _withdraw(Invitation.objects.filter(role=RoleName.OWNER), None, now)
    return invite(email=email, role=RoleName.OWNER, actor=None, now=now)


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, actor: User, now: datetime) -> None:
    """Make an invitation's link worthless; a settled one is left alone.

    raises: roles.NotAllowed
    """
    _insist(actor, RoleName(invitation.role))
    _withdraw(Invitation.objects.filter(pk=invitation.pk), actor, now)

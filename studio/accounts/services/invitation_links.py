"""The links of invitations: looking at one, and being taken in by it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from studio.accounts.models import Invitation, RoleName, User
from studio.accounts.models.invitation import InvitationQuerySet
from studio.accounts.services import audit, roles, users
from studio.accounts.services.invitations import PURPOSE, may_invite
from studio.accounts.tokens import scoped_digest
from studio.errors import DomainError


class InvitationUnusable(DomainError):
    """The link was used, was withdrawn, has run out, or never was one of this studio."""

    status_code = 410


def open_invitation(*, token: str, now: datetime) -> Invitation:
    """Return the invitation of a token.

    raises: InvitationUnusable, also when whoever invited may not give that role any more
    """
    return _usable(Invitation.objects.open(now), token)


def _usable(rows: InvitationQuerySet, token: str) -> Invitation:
    found = rows.filter(token_hash=scoped_digest(PURPOSE, token)).select_related("invited_by").first()
    if found is None:
        raise InvitationUnusable(_("This invitation is not valid any more. Ask for a new one."))
    if found.invited_by is not None and not may_invite(found.invited_by, RoleName(found.role)):
        raise InvitationUnusable(
            _("Whoever invited you may not give this role any more. Ask somebody else for a new invitation.")
        )
    return found


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str, now: datetime) -> User:
    """Make the account an invitation offers, with its role, and return it; the link is used up.

    raises: InvitationUnusable, users.EmailTaken, users.PasswordTooWeak
    """
    invitation = _usable(Invitation.objects.select_for_update(of=("self",)).open(now), token)
    user = users.create_account(
        email=invitation.email,
        name=name,
        password=password,
        email_verified=True,  # the link came by mail to that address
        actor=None,
        now=now,
    )
    used = Invitation.objects.open(now).filter(pk=invitation.pk).update(accepted_at=now, account=user, updated_at=now)
    if used != 1:
        raise InvitationUnusable(_("This invitation is not valid any more. Ask for a new one."))
    roles.grant_role(user=user, role=invitation.role, actor=None, now=now)
    audit.record(verb="accept", subject=invitation, actor=user, now=now)
    return user

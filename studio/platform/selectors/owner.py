"""How the invitation of a studio's owner stands, read inside that studio."""

from dataclasses import dataclass
from datetime import datetime

from studio.accounts.models import Invitation, RoleName
from studio.accounts.services import roles
from studio.accounts.services.invitations import PURPOSE
from studio.mail.models import EmailMessage
from studio.tenancy.context import inside
from studio.tenancy.models import Studio


@dataclass(frozen=True, slots=True)
class OwnerInvitation:
    """The newest invitation of an owner, and its mail.

    mail: None once the outbox holds it no more
    """

    invitation: Invitation | None
    mail: EmailMessage | None
    has_owner: bool

    def is_open(self, now: datetime) -> bool:
        """Return whether its link still works."""
        found = self.invitation
        return found is not None and not (found.accepted_at or found.withdrawn_at) and found.expires_at > now


def owner_invitation(studio: Studio) -> OwnerInvitation:
    """Return how a studio's owner was invited; the studio has this program's tables.

    queries: at most 3, inside the studio
    """
    with inside(studio):
        invitation = Invitation.objects.filter(role=RoleName.OWNER).order_by("-created_at", "-pk").first()
        mail = None
        if invitation is not None:
            mail = EmailMessage.objects.filter(kind=PURPOSE, about=f"accounts.invitation:{invitation.pk}").first()
        return OwnerInvitation(invitation, mail, roles.has_owner())

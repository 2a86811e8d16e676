"""People, invitations, sign-ins, the trail and the outbox, in both back offices."""

from studio.accounts.admin import invitations, mails, sign_ins, trail, users

__all__ = ["invitations", "mails", "sign_ins", "trail", "users"]

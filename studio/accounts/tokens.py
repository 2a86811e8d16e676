"""Secrets that travel in links: what is hashed always names the purpose and the studio."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from studio.accounts.models import User
from studio.crypto import digest
from studio.tenancy.context import current_schema


def scoped(purpose: str, *parts: str) -> str:
    """Return one text out of purpose, studio and parts that no other combination gives."""
    return "".join(f"{len(part)}:{part}" for part in (purpose, current_schema(), *parts))


def scoped_digest(purpose: str, *parts: str) -> str:
    """Return the SHA-256 under which a secret of this studio is stored for one purpose."""
    return digest(scoped(purpose, *parts))


def session_id(session_key: str) -> str:
    """Return the id under which the key in a cookie is stored."""
    return digest(session_key)


def auth_hash(hash_of_password: str) -> str:
    """Return what a login session remembers of an account's password, in this studio only."""
    return scoped_digest("login session", hash_of_password)


class ResetTokens(PasswordResetTokenGenerator):
    """Password-reset tokens: for one account of one studio, until its password, address or last sign-in changes."""

    key_salt = "studio.accounts.tokens.ResetTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return scoped("password reset", str(user.pk), super()._make_hash_value(user, timestamp))

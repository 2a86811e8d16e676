"""Random tokens and the digests under which they are stored."""

import hashlib
import secrets
from uuid import uuid4

TOKEN_BYTES = 32


def new_id() -> str:
    """Return a fresh text key: 32 hexadecimal digits, without dashes.

    With dashes the password-reset address, which splits at them, breaks.
    """
    return uuid4().hex


def new_token() -> str:
    """Return 256 random bits as text that fits into an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """Return the SHA-256 of a token, in hexadecimal: the only form in which one is stored."""
    return hashlib.sha256(token.encode()).hexdigest()

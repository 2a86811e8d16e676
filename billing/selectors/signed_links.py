"""Addresses that are the right to see something: a key, signed for one studio, some of them for some time."""

from datetime import date, timedelta
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.tenancy.context import current_schema
from studio.tenancy.selectors import registry

SEPARATOR = "."  # stands in addresses as it is


class LinkExpired(DomainError):
    """The link was given too long ago."""

    status_code = 410


def signer_of(what: str) -> Signer:
    """Return what signs the links of a kind in the studio one stands in; no other kind's, nor studio's, pass here.

    A restored copy is that studio: the links that clients have lead to it once it has its original's place.
    queries: 1 in the registry
    """
    return Signer(sep=SEPARATOR, salt=f"billing.{what}:{registry.identity_of(current_schema())}")


def dated(signer: Signer, key: UUID, *, today: date) -> str:
    """Return what stands in the address of a row: its key and today, signed; it is stored nowhere."""
    return signer.sign(f"{key.hex}-{today:%Y%m%d}")


def key_behind(what: str, token: str, *, lasts: timedelta, today: date) -> UUID | None:
    """Return the key in a dated token of a kind; None for one that nobody here has signed.

    queries: 1 in the registry
    raises: LinkExpired
    """
    try:
        key, _dash, given = signer_of(what).unsign(token).partition("-")
        found, given_on = UUID(hex=key), date.fromisoformat(given)
    except (BadSignature, ValueError):
        return None
    if given_on + lasts < today:
        raise LinkExpired(_("This link has expired. The studio will gladly send a new one."))
    return found

"""Addresses that are the right to see something: a key, signed for one studio."""

from django.core.signing import Signer

from studio.tenancy.context import current_schema
from studio.tenancy.selectors import registry

SEPARATOR = "."  # stands in addresses as it is


def signer_of(what: str) -> Signer:
    """Return what signs the links of a kind in the studio one stands in; no other kind's, nor studio's, pass here.

    A restored copy is that studio: the links that clients have lead to it once it has its original's place.
    queries: 1 in the registry
    """
    return Signer(sep=SEPARATOR, salt=f"billing.{what}:{registry.identity_of(current_schema())}")

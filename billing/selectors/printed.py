"""What every document says of the studio and of whom it is for, in values that JSON holds."""

from decimal import Decimal
from typing import Any

from billing.selectors.terms import country_of, details_of
from sessions_app.models import Client
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile

SELLER_FIELDS = (
    *("name", "legal_name", "legal_form", "street", "postal_code", "city", "country", "vat_number"),
    *("registration_number", "email", "phone", "website", "bank_holder", "iban", "bic", "footer_text"),
    *("amount_in_words", "vat_on_debits"),
)
BUYER_FIELDS = ("name", "artist_name", "email", "street", "postal_code", "city", "country")


def plain(value: object) -> Any:
    """Return a value as JSON holds it; sums as text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def seller() -> dict[str, Any]:
    """Return what a document says of the studio.

    queries: 1, and 1 for the logo
    """
    profile = current_profile()
    return {name: plain(getattr(profile, name)) for name in SELLER_FIELDS} | {"logo": _logo(profile)}


def buyer(client: Client) -> dict[str, Any]:
    """Return what a document says of a client.

    queries: 2
    """
    details = details_of(client)
    return {name: plain(getattr(client, name)) for name in BUYER_FIELDS} | {
        "legal_name": details.legal_name or client.name,
        "country_code": country_of(client, details),
        "vat_number": details.vat_number,
        "registration_number": details.registration_number,
    }


def _logo(profile: StudioProfile) -> str:
    return profile.logo.sha256 if profile.logo else ""

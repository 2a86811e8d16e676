"""A start-up check: the key of real money is handed to nobody but Stripe."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

STRIPE_HOST = "api.stripe.com"
HERE = ("127.0.0.1", "::1", "localhost")


@register()
def stripe_address_check(**_kwargs: Any) -> list[CheckMessage]:
    """Insist that calls go to Stripe, over TLS, or stay on this machine."""
    parts = urlsplit(settings.STRIPE_API_BASE)
    is_stripe = parts.scheme == "https" and parts.netloc == STRIPE_HOST
    if is_stripe or (parts.scheme in {"http", "https"} and parts.hostname in HERE and "@" not in parts.netloc):
        return []
    return [Error("STRIPE_API_BASE must be https://api.stripe.com, or an address of this machine.", id="studio.E012")]

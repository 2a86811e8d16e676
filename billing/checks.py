"""Start-up checks: the key of real money is handed to nobody but Stripe, and what Stripe tells can be believed."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

STRIPE_HOST = "api.stripe.com"
HERE = ("127.0.0.1", "::1", "localhost")


@register()
def stripe_address_check(**_kwargs: Any) -> list[CheckMessage]:
    """Insist that calls go to Stripe, over TLS, or stay on this machine."""
    wrong = Error("STRIPE_API_BASE must be https://api.stripe.com, or an address of this machine.", id="studio.E012")
    try:
        parts = urlsplit(settings.STRIPE_API_BASE)
    except ValueError:
        return [wrong]
    is_stripe = parts.scheme == "https" and parts.netloc == STRIPE_HOST
    if is_stripe or (parts.scheme in {"http", "https"} and parts.hostname in HERE and "@" not in parts.netloc):
        return []
    return [wrong]


@register()
def stripe_secrets_check(**_kwargs: Any) -> list[CheckMessage]:
    """Insist that who takes payments can tell what Stripe has signed: all events would be refused."""
    if not settings.STRIPE_SECRET_KEY or settings.STRIPE_WEBHOOK_SECRETS:
        return []
    hint = "Set it to the signing secret of the endpoint at /webhooks/stripe/; until then payments are noticed late."
    return [checks.Warning("STRIPE_SECRET_KEY is set, and STRIPE_WEBHOOK_SECRETS is not.", hint=hint, id="studio.W012")]

"""Which studio something that the payment provider told is about."""

from uuid import UUID

from studio.tenancy.context import on_platform
from studio.tenancy.models import PaymentAccount, PaymentRoute, Studio, StudioStatus
from studio.tenancy.selectors import registry

GONE = (StudioStatus.PROVISIONING, StudioStatus.CLOSING)


def studio_of(*, account: str, attempt: str) -> tuple[Studio | None, str]:
    """Return the studio, or None and why there is none: both what is named must lead to the same one.

    account: "" for the platform's own; attempt: the key that a payment of ours carries, "" for none
    A suspended studio's money is its own: only what is set up or given up has none.
    queries: 2; on the platform
    """
    found = PaymentAccount.objects.select_related("studio").filter(provider_account=account).first()
    if found is None:
        return None, "No studio here has this account."
    if found.studio.status in GONE:
        return None, "The studio of this account is not open."
    if attempt and _studio_behind(attempt) != found.studio_id:
        return None, "The payment that it names was not begun by the studio of this account."
    return found.studio, ""


def connected_schemas() -> list[str]:
    """Return the schemas of the living studios that have an account at the payment provider, in the order of their ids.

    queries: 2
    """
    with on_platform():
        theirs = set(PaymentAccount.objects.values_list("studio__schema_name", flat=True))
    return [schema for schema in registry.living_schemas() if schema in theirs]


def _studio_behind(attempt: str) -> int | None:
    try:
        key = UUID(attempt)
    except ValueError:
        return None
    return PaymentRoute.objects.filter(attempt_key=key).values_list("studio", flat=True).first()

"""News this app takes from below: a new studio gets its VAT rates; what is owed follows a client's currency."""

from typing import Any

from django.dispatch import receiver

from billing.services import postings, vat_rates
from sessions_app.models import Client
from sessions_app.signals import client_changed
from studio.office.selectors.profile import current_profile
from studio.tenancy.signals import studio_provisioned


@receiver(studio_provisioned, dispatch_uid="billing.seed")
def seed_billing(**_kwargs: Any) -> None:
    """Seed the rates; nothing that is there already is touched."""
    vat_rates.seed_rates(country=current_profile().country)


@receiver(client_changed, dispatch_uid="billing.owed_in_currency")
def owe_in_currency(*, client: Client, changes: dict[str, tuple[Any, Any]], **_kwargs: Any) -> None:
    """Say what a client owes in the currency they have from now on, out of the documents that are in it."""
    if "currency" in changes:
        postings.owe_anew(client=client)

"""News this app takes from below: a new studio gets the VAT rates of its country."""

from typing import Any

from django.dispatch import receiver

from billing.services import vat_rates
from studio.office.selectors.profile import current_profile
from studio.tenancy.signals import studio_provisioned


@receiver(studio_provisioned, dispatch_uid="billing.seed")
def seed_billing(**_kwargs: Any) -> None:
    """Seed the rates; nothing that is there already is touched."""
    vat_rates.seed_rates(country=current_profile().country)

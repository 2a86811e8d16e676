"""News this app takes from below: a new studio gets its profile and its hours."""

from typing import Any

from django.dispatch import receiver

from studio.office.services import profile
from studio.tenancy.models import Studio
from studio.tenancy.signals import studio_provisioned


@receiver(studio_provisioned, dispatch_uid="office.seed")
def seed_office(studio: Studio, **_kwargs: Any) -> None:
    """Seed the studio's settings; nothing that is there already is touched."""
    profile.seed_profile(
        name=studio.name,
        country=studio.country,
        time_zone=studio.time_zone,
        currency=studio.currency,
        language=studio.language,
    )
    profile.seed_opening_hours()

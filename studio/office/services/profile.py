"""Seeding and changing the studio's own facts."""

from collections.abc import Mapping
from datetime import date, datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.office.models import PROFILE_ID, OpeningHours, StudioProfile, Weekday
from studio.office.signals import office_changed

FIRST_OPENS, FIRST_CLOSES = 9 * 60, 24 * 60  # 30 slots of half an hour
SINCE_EVER = date(2000, 1, 1)
FIXED_FACTS = frozenset({"id", "created_at", "updated_at", "time_zone", "currency", "language"})


class BadSetting(DomainError):
    """A setting was given a value it cannot have."""

    status_code = 400


def seed_profile(*, name: str, country: str, time_zone: str, currency: str, language: str) -> StudioProfile:
    """Return the studio's profile, made from the registry's facts unless it is there."""
    facts = {"country": country, "time_zone": time_zone, "currency": currency, "language": language}
    profile, _made = StudioProfile.objects.get_or_create(pk=PROFILE_ID, defaults={"name": name, **facts})
    return profile


def seed_opening_hours() -> None:
    """Open every day from 09:00 to 24:00, unless any hours are written down."""
    if OpeningHours.objects.exists():
        return
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=day, opens=FIRST_OPENS, closes=FIRST_CLOSES, effective_from=SINCE_EVER)
        for day in Weekday.values
    )


@transaction.atomic
def update_profile(*, facts: Mapping[str, object], actor: AbstractBaseUser | None, now: datetime) -> StudioProfile:
    """Change the facts given and return the profile.

    facts: field -> value; zone, currency and language are the platform's to change
    raises: BadSetting, naming each wrong field
    """
    profile = StudioProfile.objects.select_for_update().get(pk=PROFILE_ID)
    known = {field.name for field in StudioProfile._meta.fields} - FIXED_FACTS
    if unknown := sorted(set(facts) - known):
        raise BadSetting(_("These cannot be set here: %(names)s.") % {"names": ", ".join(unknown)})
    changes = {}
    for field, value in facts.items():
        if (old := getattr(profile, field)) != value:
            changes[field] = (old, value)
            setattr(profile, field, value)
    if not changes:
        return profile
    try:
        profile.full_clean()
    except ValidationError as error:
        raise BadSetting(" ".join(error.messages)) from error
    profile.save(update_fields=list(changes))
    office_changed.send(sender=StudioProfile, subject=profile, verb="change", changes=changes, actor=actor, now=now)
    return profile

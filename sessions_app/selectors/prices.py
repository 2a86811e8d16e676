"""The price list as it is now, asked about a booking."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from sessions_app.models import Client, PriceRule, Room, SessionKind
from sessions_app.selectors.pricing import Quote, Tariff, precedence, quote
from studio.clock import minutes
from studio.money import quantise
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile


def tariff_of(room: Room | None, profile: StudioProfile) -> Tariff:
    """Return the rates and rules of a room, or those for work elsewhere.

    queries: 1
    """
    about = Q(room=None, room_kind="")
    if room is not None:
        about |= Q(room=room) | Q(room=None, room_kind=room.kind)
    rules = sorted(PriceRule.objects.filter(about, is_active=True), key=precedence)
    return Tariff(
        hourly_rate=room.hourly_rate if room else Decimal(0),
        half_day_rate=room.half_day_rate if room else None,
        day_rate=room.day_rate if room else None,
        rules=rules,
        half_day=minutes(profile.half_day_minutes),
        day=minutes(profile.day_minutes),
        zone=profile.zone,
        currency=profile.currency,
    )


def price_of(
    *,
    room: Room | None,
    starts_at: datetime,
    ends_at: datetime,
    booking_type: str,
    currency: str,
    kind: str = SessionKind.STUDIO,
    profile: StudioProfile | None = None,
) -> Quote:
    """Return what the price list says of a booking, net.

    currency: of the session; the list is in the studio's, and nothing is converted
    profile: None reads it
    queries: 2, or 1 with the profile
    """
    profile = profile or current_profile()
    if kind == SessionKind.BLOCKER or ends_at <= starts_at:
        return Quote((), currency)
    if currency != profile.currency:
        sentence = _("The price list is in %(list)s and this client pays in %(currency)s: agree on a total by hand.")
        return Quote((), currency, sentence % {"list": profile.currency, "currency": currency})
    tariff = tariff_of(room, profile)
    return quote(tariff=tariff, starts_at=starts_at, ends_at=ends_at, booking_type=booking_type)


def deposit_of(
    total: Decimal | None, *, client: Client | None, currency: str, profile: StudioProfile | None = None
) -> Decimal | None:
    """Return the deposit on a total: the client's percentage, else the studio's, or its fixed sum; None for none.

    A fixed sum is in the studio's currency and no more than the total; nothing is converted.
    profile: None reads it
    queries: 1, and none where the client has a percentage or the profile is given
    """
    if not total or client is None:
        return None
    percent = client.default_deposit_percent
    if percent is None:
        house = profile or current_profile()
        if house.deposit_fixed is not None:
            fixed = quantise(min(house.deposit_fixed, total), currency) or None
            return fixed if currency == house.currency else None
        percent = house.deposit_percent
    return quantise(total * percent / 100, currency) or None

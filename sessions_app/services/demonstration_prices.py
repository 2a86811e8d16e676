"""A price list, terms, and what they did to some sessions, for the demonstration."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import transaction

from sessions_app.models import (
    BookingType,
    FeeKind,
    PriceEffect,
    PriceRule,
    Room,
    SessionFee,
    SessionStatus,
    StudioSession,
)
from sessions_app.selectors.terms import Step
from sessions_app.services import attendance, bookings, extras, fees, policies, price_rules
from studio.errors import DomainError
from studio.office.models import Weekday

WEEKEND = [Weekday.SATURDAY, Weekday.SUNDAY]
EVENING = (19 * 60, 24 * 60)
EXTRAS = (("Two-inch tape", "1", "180.00"), ("Piano tuning", "1", "95.00"), ("Drum heads", "3", "18.50"))
STEPS = (
    Step(FeeKind.CANCELLATION, 72, Decimal(25), None),
    Step(FeeKind.CANCELLATION, 48, Decimal(50), None),
    Step(FeeKind.CANCELLATION, 24, Decimal(100), None),
    Step(FeeKind.RESCHEDULE, 24, Decimal(15), None),
    Step(FeeKind.NO_SHOW, None, Decimal(100), None),
)
DRY_HIRE = (Step(FeeKind.CANCELLATION, 24, None, Decimal(50)),)


@transaction.atomic
def write_price_list(*, now: datetime) -> None:
    """Write evening and weekend rates, a discount for long days, and two policies, unless there are rules already."""
    if PriceRule.objects.exists():
        return
    for room in Room.objects.filter(day_rate=None).exclude(hourly_rate=0):
        room.half_day_rate, room.day_rate = room.hourly_rate * Decimal("3.5"), room.hourly_rate * Decimal("6.5")
        room.save(update_fields=["half_day_rate", "day_rate"])
    rules: tuple[price_rules.RuleFacts, ...] = (
        {
            "name": "Evening",
            "percent": Decimal(20),
            "window_from": EVENING[0],
            "window_to": EVENING[1],
            "effect": PriceEffect.SURCHARGE,
        },
        {"name": "Weekend", "percent": Decimal(25), "weekdays": WEEKEND, "effect": PriceEffect.SURCHARGE},
        {"name": "Long day", "percent": Decimal(10), "min_minutes": 8 * 60, "effect": PriceEffect.DISCOUNT},
        {
            "name": "Without an engineer",
            "percent": Decimal(30),
            "booking_types": [BookingType.DRY_HIRE],
            "effect": PriceEffect.DISCOUNT,
        },
    )
    for rule in rules:
        price_rules.create_rule(actor=None, now=now, **rule)
    policies.create_policy(name="House terms", steps=STEPS, actor=None, now=now)
    policies.create_policy(name="Dry hire", booking_type="dry_hire", steps=DRY_HIRE, actor=None, now=now)


def charge_some(*, now: datetime) -> None:
    """Charge extras and overage on sessions that are over, cancel one late, let a client off, and check one in."""
    over = StudioSession.objects.filter(
        status=SessionStatus.COMPLETED, client__isnull=False, room__isnull=False, booked_at__isnull=False
    )
    for (what, quantity, price), session in zip(EXTRAS, over.order_by("-ends_at", "pk"), strict=False):
        given = {"quantity": Decimal(quantity), "unit_price": Decimal(price)}
        extras.add_extra(session=session, description=what, actor=None, now=now, **given)
    if (late := over.order_by("-ends_at", "pk").first()) is not None:
        StudioSession.objects.filter(pk=late.pk).update(actual_end=late.ends_at + timedelta(minutes=40))
        _try(partial(extras.charge_overage, session=late, actor=None, now=now))
    coming = StudioSession.objects.filter(
        status=SessionStatus.SCHEDULED, starts_at__gt=now, client__isnull=False, total__gt=0
    )
    for session in coming.order_by("starts_at", "pk")[1:3]:
        _try(partial(bookings.cancel_session, session=session, reason="Singer ill", actor=None, now=now))
    if (fee := SessionFee.objects.order_by("pk").first()) is not None:
        fees.waive_fee(fee=fee, because="A first time", actor=None, now=now)
    if (next_one := coming.order_by("starts_at", "pk").first()) is not None:
        _try(partial(attendance.check_in, session=next_one, actor=None, now=now))


def _try(act: Callable[[], object]) -> None:
    """Do it where the hour of the day allows it."""
    with suppress(DomainError):
        act()

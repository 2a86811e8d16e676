"""What can be chosen while booking on a day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from studio.clock import local_day
from studio.office.selectors.opening import ONE_DAY, Period, opening_calendar
from studio.office.selectors.profile import current_profile
from training.models import OUTAGE, SHORTEST, Attendee, Machine, SessionType, Trainer
from training.selectors.slots import cut, shown_of, wall_label

LENGTHS = (30, 45, 60, 90, 120)  # minutes
STEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class BookingOffer:
    """What can be chosen around a slot.

    starts: instants to come, each with its wall time, offset included where the clock shows it twice
    lengths: in minutes, the usual one among them
    """

    starts: Sequence[tuple[datetime, str]]
    lengths: Sequence[int]
    usual_length: int
    machines: Sequence[Machine]
    types: Sequence[SessionType]
    trainers: Sequence[Trainer]


def booking_offer(start: datetime, *, now: datetime) -> BookingOffer:
    """Return what can be chosen on the day of a slot.

    start: stands among the starts even where it lies between two steps
    queries: 6
    """
    profile = current_profile()
    periods = _periods_around(start, profile.zone)
    steps = {begin for period in periods for begin, _end in cut(period, STEP) if begin > now}
    starts = sorted(steps | ({start} if start >= now else set()))
    return BookingOffer(
        [(each, wall_label(each, profile.zone)) for each in starts],
        sorted({*LENGTHS, profile.slot_minutes}),
        profile.slot_minutes,
        list(Machine.objects.bookable()),
        list(SessionType.objects.in_use().exclude(code=OUTAGE)),
        list(Trainer.objects.bookable()),
    )


def entering_offer(start: datetime, *, now: datetime) -> BookingOffer:
    """Return what can be chosen to write down a session that took place on the day of a slot.

    start: as in `booking_offer`
    queries: 6
    """
    offer = booking_offer(start, now=now)
    profile = current_profile()
    steps = {begin for period in _periods_around(start, profile.zone) for begin, _end in cut(period, STEP)}
    starts = sorted(each for each in steps | {start} if each + SHORTEST <= now)
    return replace(
        offer,
        starts=[(each, wall_label(each, profile.zone)) for each in starts],
        types=[each for each in offer.types if each.attendee != Attendee.NOBODY],
    )


def _periods_around(start: datetime, zone: ZoneInfo) -> list[Period]:
    """Return the opening periods of the day that an instant belongs to: a night belongs to the day that opened it."""
    day = local_day(start, zone)
    calendar = opening_calendar(zone, since=day - 2 * ONE_DAY)
    return calendar.periods(day if start >= shown_of(day, calendar).starts_at else day - ONE_DAY)

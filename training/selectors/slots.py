"""The slots of a day: its real opening minutes, cut into equal lengths of elapsed time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from studio.clock import is_doubled, local_midnight, minutes
from studio.office.selectors.opening import ONE_DAY, OpeningCalendar, Period, opening_calendar
from studio.office.selectors.profile import current_profile
from studio.showing import clock_span


@dataclass(frozen=True, slots=True)
class GridSlot:
    """A slot that can be booked: the instants [starts_at, ends_at).

    label: wall times, e.g. "09:00-09:30"; with the offsets where the clock shows a time twice or changes meanwhile
    """

    starts_at: datetime
    ends_at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class DaySlots:
    """A day with its slots.

    periods: when the house is open, in order
    shown: the instants that belong to the day: a night belongs to the day on which it opens, so the day begins
        where the one before ended
    slots: in order; none on a closed day
    closed_because: why there are none, as a sentence; empty for a day with slots
    """

    day: date
    periods: Sequence[Period]
    shown: Period
    slots: Sequence[GridSlot]
    closed_because: str


def day_slots(day: date) -> DaySlots:
    """Return the slots of a local day, after the opening hours in force on it.

    queries: 3
    """
    profile = current_profile()
    calendar = opening_calendar(profile.zone, since=day - ONE_DAY)
    return slots_of(day, calendar, minutes(profile.slot_minutes))


def slots_of(day: date, calendar: OpeningCalendar, length: timedelta) -> DaySlots:
    """Return the slots of a day; what is left of a period after its last whole slot is none.

    length: of a slot, as elapsed time: on a night of a clock change there are more or fewer of them
    calendar: with the closures of the day and of the day before
    """
    periods = calendar.periods(day)
    slots = [
        GridSlot(start, end, slot_label(start, end, calendar.zone))
        for period in periods
        for start, end in cut(period, length)
    ]
    return DaySlots(day, periods, shown_of(day, calendar), slots, "" if slots else _why_closed(day, calendar))


def cut(period: Period, length: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Yield a period in whole slots."""
    start = period.starts_at
    while start + length <= period.ends_at:
        yield start, start + length
        start += length


def shown_of(day: date, calendar: OpeningCalendar) -> Period:
    """Return the instants that belong to a day: from midnight to midnight, a night moved to the day that opens it."""
    own = calendar.periods(day)
    starts = [_begins(day, calendar), *(period.starts_at for period in own)]
    ends = [_begins(day + ONE_DAY, calendar), *(period.ends_at for period in own)]
    return Period(min(starts), max(ends))


def _begins(day: date, calendar: OpeningCalendar) -> datetime:
    last_night = [period.ends_at for period in calendar.periods(day - ONE_DAY)]
    return max([local_midnight(day, calendar.zone), *last_night])


def slot_label(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Return the wall times of a slot, with their offsets where the times alone could be misread."""
    walls = [at.astimezone(zone) for at in (start, end)]
    offsets = list(dict.fromkeys(f"UTC{wall:%:z}" for wall in walls))
    span = clock_span(start, end, zone)
    is_clear = len(offsets) == 1 and not any(is_doubled(wall.replace(tzinfo=None), zone) for wall in walls)
    return span if is_clear else f"{span} ({' - '.join(offsets)})"


def wall_label(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant on the wall clock, with its offset where that shows it twice."""
    wall = at.astimezone(zone)
    shown = f"{wall:%H:%M}"
    return f"{shown} (UTC{wall:%:z})" if is_doubled(wall.replace(tzinfo=None), zone) else shown


def _why_closed(day: date, calendar: OpeningCalendar) -> str:
    closure = calendar.closure_of(day)
    if closure is None:
        return _("The studio is closed on this weekday.")
    if not closure.reason:
        return _("The studio is closed on this day.")
    return _("The studio is closed on this day: %(reason)s.") % {"reason": closure.reason.rstrip(".")}

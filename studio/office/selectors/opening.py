"""When the house is open, as instants."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import connection

from studio.clock import instant_moved_forward, local_day
from studio.office.models import PROFILE_ID, Closure, OpeningHours

ONE_DAY = timedelta(days=1)
MOST_REMEMBERED = 512
# Every booking and every question about a slot begins with this; its text is also what tells whether it is known.
HOUSE = """
    SELECT time_zone, slot_minutes,
        (SELECT coalesce(json_agg(json_build_array(weekday, opens, closes, effective_from)
            ORDER BY effective_from, weekday, opens, id), '[]')::text FROM opening_hours),
        (SELECT coalesce(json_agg(json_build_array(starts_on, ends_on, reason) ORDER BY starts_on, id), '[]')::text
            FROM closures WHERE ends_on >= %s)
    FROM studio_profile WHERE id = %s
"""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The instants [starts_at, ends_at)."""

    starts_at: datetime
    ends_at: datetime

    def contains(self, start: datetime, end: datetime) -> bool:
        """Return whether all of [start, end) lies inside."""
        return self.starts_at <= start and end <= self.ends_at


@dataclass(frozen=True, slots=True)
class OpeningCalendar:
    """The hours and closures of a studio, and the zone in which its wall clock runs."""

    rules: Sequence[OpeningHours]
    closures: Sequence[Closure]
    zone: ZoneInfo

    def rules_of(self, day: date) -> list[OpeningHours]:
        """Return the rows in force for a date: its weekday's newest ones that are not in the future."""
        known = [rule for rule in self.rules if rule.weekday == day.weekday() and rule.effective_from <= day]
        newest = max((rule.effective_from for rule in known), default=None)
        return [rule for rule in known if rule.effective_from == newest]

    def closure_of(self, day: date) -> Closure | None:
        """Return the closure a date falls into."""
        return next((closure for closure in self.closures if closure.starts_on <= day <= closure.ends_on), None)

    def periods(self, day: date) -> list[Period]:
        """Return the periods that begin on a date, in order; one may end on the next.

        A wall time that the clocks skip moves forward by the gap; of a doubled one the first is meant.
        """
        if self.closure_of(day):
            return []
        midnight = datetime.combine(day, datetime.min.time())
        found = []
        for rule in self.rules_of(day):
            if rule.opens is None or rule.closes is None:
                continue
            opens = instant_moved_forward(midnight + timedelta(minutes=rule.opens), self.zone)
            closes = instant_moved_forward(midnight + timedelta(minutes=rule.closes), self.zone)
            if opens < closes:  # an hour inside the gap of a clock change is no hour
                found.append(Period(opens, closes))
        return sorted(found)

    def periods_between(self, start: datetime, end: datetime) -> list[Period]:
        """Return the periods that touch [start, end), in order; those that meet are one."""
        day, last = local_day(start, self.zone) - ONE_DAY, local_day(end, self.zone)
        merged: list[Period] = []
        while day <= last:
            for period in self.periods(day):
                if merged and period.starts_at <= merged[-1].ends_at:
                    merged[-1] = Period(merged[-1].starts_at, max(merged[-1].ends_at, period.ends_at))
                else:
                    merged.append(period)
            day += ONE_DAY
        return [period for period in merged if period.starts_at < end and start < period.ends_at]

    def is_open(self, start: datetime, end: datetime) -> bool:
        """Return whether the house is open for all of [start, end)."""
        return any(period.contains(start, end) for period in self.periods_between(start, end))


def opening_calendar(zone: ZoneInfo, *, since: date) -> OpeningCalendar:
    """Return all hours, and the closures that end on `since` or later.

    queries: 2
    """
    rules = list(OpeningHours.objects.order_by("effective_from", "weekday", "opens", "pk"))
    closures = list(Closure.objects.filter(ends_on__gte=since - ONE_DAY).order_by("starts_on", "pk"))
    return OpeningCalendar(rules, closures, zone)


def house_hours(*, since: date) -> tuple[OpeningCalendar, int]:
    """Return what `opening_calendar` does in the studio's zone, with rows that have no key, and a slot's minutes.

    queries: 1
    """
    with connection.cursor() as cursor:
        cursor.execute(HOUSE, [since - ONE_DAY, PROFILE_ID])
        zone, slot_minutes, rules, closures = cursor.fetchone()
    return _calendar(ZoneInfo(zone), rules, closures), slot_minutes


@lru_cache(maxsize=MOST_REMEMBERED)
def _calendar(zone: ZoneInfo, rules: str, closures: str) -> OpeningCalendar:
    """Return the calendar that some rows say; whoever asks shares it, and nobody changes it.

    zone: itself and not its name, so that new rules of a zone are not asked of an old calendar
    """
    hours = tuple(
        OpeningHours(weekday=weekday, opens=opens, closes=closes, effective_from=date.fromisoformat(since))
        for weekday, opens, closes, since in json.loads(rules)
    )
    closed = tuple(
        Closure(starts_on=date.fromisoformat(first), ends_on=date.fromisoformat(last), reason=reason)
        for first, last, reason in json.loads(closures)
    )
    return OpeningCalendar(hours, closed, zone)


def opening_periods(day: date, zone: ZoneInfo) -> list[Period]:
    """Return the periods that begin on a date, in order; a closed day has none.

    queries: 2
    """
    return opening_calendar(zone, since=day).periods(day)

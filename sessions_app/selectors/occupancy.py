"""How full the house is: by weekday and hour of the wall clock, and by room."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Func, Q

from sessions_app.models import Room, SessionKind, StudioSession
from studio.clock import local_midnight
from studio.money import quantise
from studio.office.selectors.opening import OpeningCalendar, house_hours

ONE_DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)  # what every zone's distance to UTC is a multiple of
HOUR = timedelta(hours=1)
NO_TIME = timedelta()
HUNDRED = 100

type Stretch = tuple[datetime, datetime]
type Place = tuple[int, int]  # a weekday, Monday is 0, and an hour


class Seconds(Func):
    """An instant as a number: tens of thousands of them are read in a third of the time."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::bigint"
    output_field = BigIntegerField()


@dataclass(frozen=True, slots=True)
class OpenHour:
    """Some of an hour of the wall clock in which the house is open, or all of it; where an hour is doubled, both.

    place: its weekday and hour
    """

    starts_at: datetime
    ends_at: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class Use:
    """How much of some open time was taken."""

    open: timedelta
    taken: timedelta

    @property
    def percent(self) -> int | None:
        """The share that was taken, rounded down; None where the house was closed."""
        return self.taken * HUNDRED // self.open if self.open else None

    @property
    def idle(self) -> timedelta:
        """What nobody took."""
        return self.open - self.taken


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """How a room or a machine was used.

    key: its own; beyond: of the time taken, what lies outside the opening hours or in time that was blocked
    hourly_rate: what an hour of it costs; None where hours are not sold
    """

    key: Any
    name: str
    use: Use
    beyond: timedelta
    sessions: int
    hourly_rate: Decimal | None = None

    def idle_value(self, currency: str) -> Decimal | None:
        """Return what the idle hours would have brought at the hourly rate."""
        if self.hourly_rate is None:
            return None
        return quantise(self.hourly_rate * (self.use.idle // timedelta(seconds=1)) / 3600, currency)


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How a house was used: by weekday and hour, by room or machine, and in all.

    places: only those at which it was open; resources: in the order in which they were given
    """

    places: Mapping[Place, Use]
    resources: Sequence[ResourceUse]

    @property
    def whole(self) -> Use:
        """All open time."""
        return Use(*(sum((getattr(each.use, name) for each in self.resources), NO_TIME) for name in ("open", "taken")))

    @property
    def hours(self) -> range:
        """The hours from the first to the last at which the house was open on any weekday."""
        known = {hour for _weekday, hour in self.places}
        return range(min(known), max(known) + 1) if known else range(0)

    def of_weekday(self, weekday: int) -> Use:
        """Return how a weekday was used."""
        found = [use for (day, _hour), use in self.places.items() if day == weekday]
        return Use(sum((use.open for use in found), NO_TIME), sum((use.taken for use in found), NO_TIME))


@dataclass(frozen=True, slots=True)
class Resource:
    """A room or a machine, when it was taken, and when it could not be.

    taken, blocked: in any order, and they may overlap
    until: when it went out of use for good; None: it is in use
    """

    key: Any
    name: str
    taken: Sequence[Stretch]
    blocked: Sequence[Stretch] = ()
    until: datetime | None = None
    hourly_rate: Decimal | None = None


def stretch(starts: int, ends: int) -> Stretch:
    """Return a stretch of time that was read as seconds."""
    return datetime.fromtimestamp(starts, UTC), datetime.fromtimestamp(ends, UTC)


def open_hours(calendar: OpeningCalendar, start: datetime, end: datetime) -> list[OpenHour]:
    """Return the open time in [start, end), cut at the full hours of the wall clock, in order.

    A day of 23 hours has no hour that the clocks skip, one of 25 has an hour of twice its length.
    """
    found: list[OpenHour] = []
    for period in calendar.periods_between(start, end):
        at, stop = max(period.starts_at, start), min(period.ends_at, end)
        wall = at.astimezone(calendar.zone)
        while at < stop:
            place = (wall.weekday(), wall.hour)
            after = at + HOUR - timedelta(minutes=wall.minute, seconds=wall.second)
            following = after.astimezone(calendar.zone)
            if following.utcoffset() != wall.utcoffset():  # somewhere in it the clocks change
                after = at + QUARTER - timedelta(minutes=at.minute % 15, seconds=at.second)
                following = after.astimezone(calendar.zone)
            if found and found[-1].place == place and found[-1].ends_at == at:
                found[-1] = OpenHour(found[-1].starts_at, min(after, stop), place)
            else:
                found.append(OpenHour(at, min(after, stop), place))
            at, wall = after, following
    return found


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches of time in order, those that meet or overlap as one."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(hours: Sequence[OpenHour], blocked: Sequence[Stretch]) -> Sequence[OpenHour]:
    """Return open time less what was blocked.

    blocked: as `merged` returns it
    """
    if not blocked:
        return hours
    left, first = [], 0
    for hour in hours:
        while first < len(blocked) and blocked[first][1] <= hour.starts_at:
            first += 1
        at, number = hour.starts_at, first
        while number < len(blocked) and blocked[number][0] < hour.ends_at:
            if at < blocked[number][0]:
                left.append(OpenHour(at, blocked[number][0], hour.place))
            at = max(at, blocked[number][1])
            number += 1
        if at < hour.ends_at:
            left.append(OpenHour(at, hour.ends_at, hour.place))
    return left


def lengths(hours: Sequence[OpenHour]) -> dict[Place, timedelta]:
    """Return how much open time there is, by weekday and hour."""
    found: dict[Place, timedelta] = defaultdict(timedelta)
    for hour in hours:
        found[hour.place] += hour.ends_at - hour.starts_at
    return found


def taken_of(hours: Sequence[OpenHour], taken: Sequence[Stretch]) -> dict[Place, timedelta]:
    """Return how much of open time was taken, by weekday and hour.

    taken: as `merged` returns it
    """
    found: dict[Place, timedelta] = defaultdict(timedelta)
    first = 0
    for hour in hours:
        while first < len(taken) and taken[first][1] <= hour.starts_at:
            first += 1
        number = first
        while number < len(taken) and taken[number][0] < hour.ends_at:
            found[hour.place] += min(taken[number][1], hour.ends_at) - max(taken[number][0], hour.starts_at)
            number += 1
    return found


def occupancy(resources: Iterable[Resource], calendar: OpeningCalendar, start: datetime, end: datetime) -> Occupancy:
    """Return how rooms or machines were used in [start, end), measured by the opening hours."""
    hours = open_hours(calendar, start, end)
    whole = lengths(hours)
    opened: dict[Place, timedelta] = defaultdict(timedelta)
    taken: dict[Place, timedelta] = defaultdict(timedelta)
    used = []
    for resource in resources:
        gone = [(max(resource.until, start), end)] if resource.until and resource.until < end else []
        there = without(hours, merged([*resource.blocked, *gone]))
        inside = [(max(first, start), min(last, end)) for first, last in resource.taken if first < end and last > start]
        stretches = merged(inside)
        mine = taken_of(there, stretches)
        mine_open = whole if there is hours else lengths(there)
        for sums, found in ((opened, mine_open), (taken, mine)):
            for place, length in found.items():
                sums[place] += length
        use = Use(sum(mine_open.values(), NO_TIME), sum(mine.values(), NO_TIME))
        beyond = sum((last - first for first, last in stretches), NO_TIME) - use.taken
        used.append(ResourceUse(resource.key, resource.name, use, beyond, len(inside), resource.hourly_rate))
    return Occupancy({place: Use(opened[place], taken[place]) for place in sorted(opened)}, used)


def room_occupancy(*, first: date, last: date, zone: ZoneInfo, now: datetime, only: int | None = None) -> Occupancy:
    """Return how the rooms were used on some days: those in use, and those that are not but had sessions.

    only: the key of the one room that is asked about

    What was blocked is taken off the open time; holds and requests count while they keep their slot, no-shows always.
    queries: 3, however many sessions
    """
    start, end = local_midnight(first, zone), local_midnight(last + ONE_DAY, zone)
    found = (
        StudioSession.objects.touching(start, end)
        .filter(room__isnull=False, starts_at__lt=end, ends_at__gt=start)
        .occupying()
        .unexpired(now)
        .order_by()
    )
    taken: dict[int, list[Stretch]] = defaultdict(list)
    blocked: dict[int, list[Stretch]] = defaultdict(list)
    for room, kind, starts, ends in found.values_list("room_id", "kind", Seconds("starts_at"), Seconds("ends_at")):
        (blocked if kind == SessionKind.BLOCKER else taken)[room or 0].append(stretch(starts, ends))
    rooms = Room.objects.filter(Q(is_active=True) | Q(pk__in=taken)).order_by("name", "pk")
    if only is not None:
        rooms = rooms.filter(pk=only)
    resources = [
        Resource(room.pk, room.name, taken[room.pk], blocked[room.pk], hourly_rate=room.hourly_rate) for room in rooms
    ]
    calendar, _slot_minutes = house_hours(since=first)
    return occupancy(resources, calendar, start, end)

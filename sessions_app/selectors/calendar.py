"""What the calendar draws: sessions on the studio's wall clock, by room, with buffers and closed hours.

Instants become wall times here, since the calendar counts in them: the zone of a browser has no say in it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from sessions_app.models import Room, StudioSession
from sessions_app.selectors.timetable import GONE, drawn_between
from studio.clock import local_midnight
from studio.office.selectors.opening import OpeningCalendar, opening_calendar

DAY = timedelta(days=1)
ELSEWHERE = "elsewhere"  # the column of work in no room
NOBODY = "nobody"  # the column of sessions without an engineer
NO_COLOUR = "#7a7f87"
FIRST_HOUR, LAST_HOUR = 9, 18  # shown also on quiet days
MIDNIGHT = 24
MOST_FOUND = 8


class Lane(StrEnum):
    """What the columns of the calendar are."""

    ROOMS = "rooms"
    ENGINEERS = "engineers"
    EQUIPMENT = "equipment"


class BandKind(StrEnum):
    """Why a stretch is grey."""

    CLOSED = "closed"
    SETUP = "setup"
    TEARDOWN = "teardown"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Resource:
    """A column of the calendar.

    key: of the row it stands for, or `ELSEWHERE`, or `NOBODY`
    colour: of a room; people and equipment have none
    is_off: nothing new is booked in it
    """

    key: str
    name: str
    colour: str = ""
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period as the wall clock shows it: naive, and never without length."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """A session where it stands.

    keys: of the resources it takes
    is_overlapped: another that was taken over takes place in its room meanwhile
    """

    session: StudioSession
    keys: tuple[str, ...]
    wall: Stretch
    is_overlapped: bool


@dataclass(frozen=True, slots=True)
class Band:
    """A grey stretch behind the sessions."""

    kind: BandKind
    keys: tuple[str, ...]
    wall: Stretch
    title: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Some days of the house.

    first_hour, last_hour: of the wall clock, wide enough for every opening and session of these days
    """

    resources: Sequence[Resource]
    sessions: Sequence[Placed]
    bands: Sequence[Band]
    first_hour: int
    last_hour: int


def wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return what the studio's clock shows at an instant, without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def stretch(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Stretch:
    """Return a period on the wall clock; one that the clocks, going back, end before its start keeps its length."""
    starts, ends = wall(starts_at, zone), wall(ends_at, zone)
    return Stretch(starts, ends if ends > starts else starts + (ends_at - starts_at))


def sessions_drawn(start: datetime, end: datetime, now: datetime) -> list[StudioSession]:
    """Return the sessions of [start, end) with what is drawn of them, by start; without those that are gone or overdue.

    queries: 1
    """
    return list(drawn_between(start, end).unexpired(now))


def room_calendar(
    *, first: date, last: date, zone: ZoneInfo, now: datetime, kind: str = "", statuses: Sequence[str] = ()
) -> Calendar:
    """Return the days from `first` until before `last`, by room.

    kind: of the rooms shown; empty for all, and for work elsewhere
    statuses: of the sessions shown; empty for all
    queries: 4, however many sessions
    """
    start, end = local_midnight(first, zone), local_midnight(last, zone)
    everybody = sessions_drawn(start, end, now)
    rooms = _rooms(everybody, kind)
    shown = [session for session in everybody if not statuses or session.status in statuses]
    resources = [_resource(room) for room in rooms]
    if not kind and any(session.room_id is None for session in everybody):
        resources.append(Resource(ELSEWHERE, _("Elsewhere"), NO_COLOUR))
    placed = list(placed_sessions(shown, everybody, zone, _room_key))
    buffers = [band for each in placed for band in _buffers(each, zone)]
    opening = opening_calendar(zone, since=first)
    return put_together(resources, placed, buffers, opening=opening, first=first, last=last)


def put_together(
    resources: Sequence[Resource],
    placed: Iterable[Placed],
    bands: Iterable[Band],
    *,
    opening: OpeningCalendar,
    first: date,
    last: date,
) -> Calendar:
    """Return a calendar of what stands in its resources, with the closed hours behind.

    queries: none
    """
    keys = {resource.key for resource in resources}
    shown = [each for each in placed if keys.intersection(each.keys)]
    closed = [Band(BandKind.CLOSED, tuple(keys), *each) for each in _closed(opening, first, last)]
    behind = [band for band in bands if keys.intersection(band.keys)]
    first_hour, last_hour = _hours(opening, first, last, shown)
    return Calendar(resources, shown, [*closed, *behind], first_hour, last_hour)


def _room_key(session: StudioSession) -> tuple[str, ...]:
    return (str(session.room_id) if session.room_id else ELSEWHERE,)


def _rooms(sessions: Iterable[StudioSession], kind: str) -> list[Room]:
    found = {room.pk: room for room in Room.objects.filter(is_active=True)}
    found |= {session.room.pk: session.room for session in sessions if session.room is not None}
    return sorted(
        (room for room in found.values() if not kind or room.kind == kind), key=lambda room: (room.name, room.pk)
    )


def _resource(room: Room) -> Resource:
    is_off = not (room.is_active and room.is_available_for_booking)
    return Resource(str(room.pk), room.name, room.colour, is_off)


def placed_sessions(
    shown: Iterable[StudioSession],
    everybody: Iterable[StudioSession],
    zone: ZoneInfo,
    keys: Callable[[StudioSession], tuple[str, ...]],
) -> Iterator[Placed]:
    """Yield sessions where they stand.

    everybody: of the same days, also those that a filter leaves out: they may overlap one that is shown
    keys: tells the resources that a session takes
    """
    kept: dict[int | None, list[StudioSession]] = {}
    for session in everybody:
        if session.overlap_kept and session.room_id is not None:
            kept.setdefault(session.room_id, []).append(session)
    for session in shown:
        overlapped = any(_overlap(session, other) for other in kept.get(session.room_id, ()))
        yield Placed(session, keys(session), stretch(session.starts_at, session.ends_at, zone), overlapped)


def _overlap(one: StudioSession, other: StudioSession) -> bool:
    return one.pk != other.pk and one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _buffers(placed: Placed, zone: ZoneInfo) -> Iterator[Band]:
    session = placed.session
    if session.blocked_from < session.starts_at:
        before = stretch(session.blocked_from, session.starts_at, zone)
        yield Band(BandKind.SETUP, placed.keys, before, _("setup"))
    if session.ends_at < session.blocked_to:
        after = stretch(session.ends_at, session.blocked_to, zone)
        yield Band(BandKind.TEARDOWN, placed.keys, after, _("teardown"))


def _days(first: date, last: date) -> Iterator[date]:
    while first < last:
        yield first
        first += DAY


def _closed(opening: OpeningCalendar, first: date, last: date) -> Iterator[tuple[Stretch, str]]:
    """Yield what lies between the openings of each day, and why."""
    for day in _days(first, last):
        free, end = local_midnight(day, opening.zone), local_midnight(day + DAY, opening.zone)
        closure = opening.closure_of(day)
        title = (closure.reason or _("closed")) if closure else _("closed")
        for period in opening.periods_between(free, end):
            if free < period.starts_at:
                yield stretch(free, period.starts_at, opening.zone), title
            free = max(free, period.ends_at)
        if free < end:
            yield stretch(free, end, opening.zone), title


def _hours(opening: OpeningCalendar, first: date, last: date, placed: Iterable[Placed]) -> tuple[int, int]:
    """Return the first hour and the one after the last that a day has to show; past midnight, all of them."""
    stretches = [
        stretch(period.starts_at, period.ends_at, opening.zone)
        for day in _days(first, last)
        for period in opening.periods(day)
    ]
    stretches += [each.wall for each in placed]
    begins, closes = FIRST_HOUR, LAST_HOUR
    for each in stretches:
        midnight = datetime.combine(each.starts.date() + DAY, time.min)
        if each.ends > midnight:
            return 0, MIDNIGHT
        begins = min(begins, each.starts.hour)
        started = each.ends.hour + bool(each.ends.minute or each.ends.second)
        closes = MIDNIGHT if each.ends == midnight else max(closes, started)
    return begins, closes


def found_sessions(*, term: str, now: datetime) -> list[StudioSession]:
    """Return the sessions whose title, client or project has a term in it: the next ones first, then the last ones.

    queries: 2
    """
    named = (
        Q(title__icontains=term)
        | Q(client__name__icontains=term)
        | Q(client__artist_name__icontains=term)
        | Q(project_label__icontains=term)
    )
    found = StudioSession.objects.filter(named).exclude(status__in=GONE).select_related("client", "room")
    coming = found.filter(ends_at__gt=now).order_by("starts_at", "pk")[:MOST_FOUND]
    past = found.filter(ends_at__lte=now).order_by("-starts_at", "-pk")[:MOST_FOUND]
    return [*coming, *past][:MOST_FOUND]

"""iCalendar files (RFC 5545): facts in, bytes out; no queries.

The library writes and folds the lines, so a title can hold anything. Zones are written down transition by transition:
what the library finds out itself misses changes where summer time runs backwards, as in Casablanca.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from unicodedata import category
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from studio.clock import is_doubled

PRODUCT = "-//Studio//Sessions//EN"
REFRESH = timedelta(minutes=30)  # how often a reader may look again
MINUTE = timedelta(minutes=1)
UNSAYABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, half characters, other line ends
LONGEST_TEXT = 4000  # characters of a note; calendar programs drop more


class EntryStatus(StrEnum):
    """Whether an entry takes place, in the words of the format."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Method(StrEnum):
    """What the reader shall do with the entries."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Entry:
    """What others' calendars show of one session.

    sequence: never falls
    is_busy: whether it keeps its time from others
    changed_at: also when it was written down, so that the same facts are the same bytes
    """

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    summary: str
    status: EntryStatus = EntryStatus.CONFIRMED
    is_busy: bool = True
    description: str = ""
    location: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Who invites, or who is invited."""

    name: str
    email: str


def plain_text(text: str) -> str:
    """Return the text without characters that no line of a calendar may hold; line ends become one kind."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in lines if letter == "\n" or category(letter) not in UNSAYABLE)


def calendar_file(
    entries: Sequence[Entry],
    *,
    name: str,
    zone: ZoneInfo,
    method: Method = Method.PUBLISH,
    organizer: Party | None = None,
    attendees: Iterable[Party] = (),
) -> bytes:
    """Return a calendar with its zone and its entries, in the order given.

    name: what the reader calls the calendar
    organizer, attendees: of an invitation, the same for every entry
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    if method is Method.PUBLISH:
        calendar.add("x-wr-calname", plain_text(name))
        calendar.add("x-wr-timezone", zone.key)
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT30M")
    if entries:
        first, last = min(entry.starts_at for entry in entries), max(entry.ends_at for entry in entries)
        calendar.add_component(zone_component(zone, first, last))
    people = list(attendees)
    for entry in entries:
        calendar.add_component(_event(entry, zone, organizer, people))
    return bytes(calendar.to_ical(sorted=False))


def _event(entry: Entry, zone: ZoneInfo, organizer: Party | None, attendees: Sequence[Party]) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", on_the_wall(entry.starts_at, zone))
    event.add("dtend", on_the_wall(entry.ends_at, zone))
    event.add("summary", plain_text(entry.summary).replace("\n", " "))
    event.add("status", entry.status.value)
    event.add("transp", "OPAQUE" if entry.is_busy and entry.status is not EntryStatus.CANCELLED else "TRANSPARENT")
    for field, text in (("location", entry.location), ("description", entry.description)):
        if text:
            event.add(field, plain_text(text)[:LONGEST_TEXT])
    if entry.url:
        event.add("url", entry.url)
    if organizer is not None:
        event.add("organizer", _address(organizer))
    for attendee in attendees:
        address = _address(attendee)
        address.params["ROLE"], address.params["RSVP"] = vText("REQ-PARTICIPANT"), vText("FALSE")
        event.add("attendee", address)
    return event


def _address(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.email}")
    # Quotes cannot be escaped in a parameter, so they go.
    address.params["CN"] = vText(plain_text(party.name).replace("\n", " ").replace('"', "'"))
    return address


def on_the_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant in the studio's zone; one whose wall time comes twice stays in UTC.

    The format reads a doubled wall time as the first of the two, so the second cannot be said in the zone.
    """
    local = instant.astimezone(zone)
    return instant.astimezone(UTC) if is_doubled(local.replace(tzinfo=None), zone) else local


def zone_component(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """Return the definition of a zone from the day of one instant to the day of another."""
    component = Timezone()
    component.add("tzid", zone.key)
    begin = datetime.combine(first.astimezone(zone).date() - timedelta(days=1), datetime.min.time())
    offset = _offset(begin.replace(tzinfo=UTC), zone)
    component.add_component(_observance(begin, offset, offset, begin.replace(tzinfo=UTC), zone))
    for change in _changes(zone, begin.date(), last.astimezone(zone).date() + timedelta(days=1)):
        before, after = _offset(change - MINUTE, zone), _offset(change, zone)
        component.add_component(_observance((change + before).replace(tzinfo=None), before, after, change, zone))
    return component


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _observance(
    wall: datetime, before: timedelta, after: timedelta, at: datetime, zone: ZoneInfo
) -> TimezoneStandard | TimezoneDaylight:
    part = TimezoneDaylight() if at.astimezone(zone).dst() else TimezoneStandard()
    part.add("dtstart", wall)
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", at.astimezone(zone).tzname() or zone.key)
    return part


def _changes(zone: ZoneInfo, first: date, last: date) -> list[datetime]:
    """Return the instants, to the minute, at which the clocks of a zone change between two days."""
    found = []
    low, end = (datetime.combine(day, datetime.min.time(), UTC) for day in (first, last))
    while low < end:
        high = low + timedelta(days=1)
        if _offset(low, zone) != _offset(high, zone):
            found.append(_change(zone, low, high))
        low = high
    return found


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = _offset(low, zone)
    while high - low > MINUTE:
        middle = low + (high - low) // MINUTE // 2 * MINUTE
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high

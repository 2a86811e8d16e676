"""Free, or why not, and what else there is: one answer for the page and for the save.

Nothing here locks. A service that is about to write takes the rooms' locks first and asks then, so what it is told
stays true until it commits.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sessions_app.models import Room, SessionKind, StudioSession
from sessions_app.selectors.occupied import in_the_way
from studio.clock import local_day, local_midnight, minutes
from studio.office.selectors.opening import OpeningCalendar, Period, opening_calendar
from studio.office.selectors.profile import current_profile
from studio.showing import when

SEARCH_DAYS = 7
MOST_ALTERNATIVES = 3  # of each sort
LONGEST_DAYS = 366
YEARS_AHEAD = 100  # a slip of the hand, not a plan
AHEAD = timedelta(days=YEARS_AHEAD * LONGEST_DAYS)


class ReasonKind(StrEnum):
    """Why a slot cannot be had."""

    NO_LENGTH = "no_length"
    PAST = "past"
    TOO_FAR = "too_far"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    ROOM_OFF = "room_off"
    CLOSED = "closed"
    TAKEN = "taken"
    BUFFER = "buffer"


OTHERS_ARE_THERE = frozenset({ReasonKind.TAKEN, ReasonKind.BUFFER})
ANOTHER_SLOT_MAY_DO = OTHERS_ARE_THERE | {ReasonKind.ROOM_OFF, ReasonKind.CLOSED}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in the way.

    sentence: for anybody
    staff_sentence: says by whom a slot is taken; for staff only
    sessions: those in the way, in the order of their start
    """

    kind: ReasonKind
    sentence: str
    staff_sentence: str = ""
    sessions: tuple[StudioSession, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in a room, with the time kept free around it."""

    room: Room | None
    starts_at: datetime
    ends_at: datetime
    blocked_from: datetime
    blocked_to: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a slot can be had; if not, every reason and the nearest alternatives."""

    slot: Slot
    free: bool
    reasons: tuple[Reason, ...] = ()
    alternatives: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class House:
    """What the answer depends on besides the sessions."""

    calendar: OpeningCalendar
    shortest: timedelta
    step: timedelta
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the house's clocks."""
        return self.calendar.zone


def load_house(now: datetime, since: date) -> House:
    """Return the house's settings, its hours, and its closures from about `since` on.

    queries: 3
    """
    profile = current_profile()
    # A day earlier: the date of an instant differs by zone.
    calendar = opening_calendar(profile.zone, since=since - timedelta(days=1))
    step = minutes(profile.slot_minutes)
    return House(calendar, shortest=step, step=step, now=now)


def slot_in(room: Room | None, starts_at: datetime, ends_at: datetime, kind: str = SessionKind.STUDIO) -> Slot:
    """Return the slot with the room's setup and teardown around it; a blocker needs neither."""
    if room is None or kind == SessionKind.BLOCKER:
        return Slot(room, starts_at, ends_at, starts_at, ends_at)
    before, after = minutes(room.setup_minutes), minutes(room.teardown_minutes)
    return Slot(room, starts_at, ends_at, starts_at - before, ends_at + after)


def slot_of(session: StudioSession) -> Slot:
    """Return the slot that a session has, as it was booked."""
    return Slot(session.room, session.starts_at, session.ends_at, session.blocked_from, session.blocked_to)


def beyond_the_calendar(starts_at: datetime, ends_at: datetime, now: datetime) -> Reason | None:
    """Return why a stretch of time is none that the house plans in, or None when it is.

    Asked before any day of it is looked at: a slip of the hand names thousands of years.
    """
    if starts_at < now - AHEAD:
        return Reason(ReasonKind.PAST, _("This time is already past."))
    if starts_at > now + AHEAD:
        sentence = _("Sessions are booked %(years)d years ahead at most.")
        return Reason(ReasonKind.TOO_FAR, sentence % {"years": YEARS_AHEAD})
    if ends_at - starts_at > timedelta(days=LONGEST_DAYS):
        sentence = _("A session lasts %(days)d days at most.")
        return Reason(ReasonKind.TOO_LONG, sentence % {"days": LONGEST_DAYS})
    return None


def sessions_in_the_way(
    rooms: Iterable[Room], start: datetime, end: datetime, now: datetime, *, moving: StudioSession | None = None
) -> dict[int, list[StudioSession]]:
    """Return the sessions that block some of [start, end), by room and start; see `occupied.in_the_way`.

    queries: 1
    """
    return in_the_way(rooms, [(start, end)], now, moving=() if moving is None else (moving.pk,))


def overlaps(slot: Slot, session: StudioSession) -> bool:
    """Return whether both want the room itself at the same time."""
    return slot.starts_at < session.ends_at and session.starts_at < slot.ends_at


def is_in_the_way(slot: Slot, session: StudioSession) -> bool:
    """Return what the two constraints of the table say: the gap is the longer of teardown and setup."""
    before = slot.blocked_from < session.ends_at and session.blocked_from < slot.ends_at
    after = slot.starts_at < session.blocked_to and session.starts_at < slot.blocked_to
    return before or after


def reasons_against(
    slot: Slot, kind: str, house: House, periods: Sequence[Period], sessions: Sequence[StudioSession]
) -> Iterator[Reason]:
    """Yield every reason against a slot; none means it can be booked.

    periods: when the house is open, around the slot
    sessions: those of the slot's room, around the slot
    """
    if slot.ends_at <= slot.starts_at:
        yield Reason(ReasonKind.NO_LENGTH, _("A session must end after it starts."))
        return
    if slot.starts_at < house.now:
        yield Reason(ReasonKind.PAST, _("This time is already past."))
    if kind != SessionKind.BLOCKER:
        yield from _reasons_of_the_house(slot, house, periods)
    if slot.room is not None:
        yield from _reasons_of_others(slot, house, sessions)


def _reasons_of_the_house(slot: Slot, house: House, periods: Sequence[Period]) -> Iterator[Reason]:
    if slot.ends_at - slot.starts_at < house.shortest:
        sentence = _("A session lasts %(minutes)d minutes at least.")
        yield Reason(ReasonKind.TOO_SHORT, sentence % {"minutes": house.shortest.total_seconds() // 60})
    if slot.room is None:
        return
    if not (slot.room.is_active and slot.room.is_available_for_booking):
        yield Reason(ReasonKind.ROOM_OFF, _("%(room)s is not open for booking.") % {"room": slot.room})
    if not any(period.contains(slot.starts_at, slot.ends_at) for period in periods):
        yield _closed(slot, house)


def _closed(slot: Slot, house: House) -> Reason:
    days = (local_day(slot.starts_at, house.zone), local_day(slot.ends_at, house.zone))
    closure = next(filter(None, map(house.calendar.closure_of, days)), None)
    if closure and closure.reason:
        return Reason(ReasonKind.CLOSED, _("The studio is closed: %(reason)s.") % {"reason": closure.reason})
    return Reason(ReasonKind.CLOSED, _("The studio is closed at that time."))


def _reasons_of_others(slot: Slot, house: House, sessions: Sequence[StudioSession]) -> Iterator[Reason]:
    others = [session for session in sessions if is_in_the_way(slot, session)]
    if taken := tuple(session for session in others if overlaps(slot, session)):
        sentence = _("%(room)s is taken at that time.") % {"room": slot.room}
        yield Reason(ReasonKind.TAKEN, sentence, _by_whom(sentence, taken, house.zone), taken)
    if close := tuple(session for session in others if not overlaps(slot, session)):
        sentence = _("%(room)s needs time for setup and teardown between two sessions.") % {"room": slot.room}
        yield Reason(ReasonKind.BUFFER, sentence, _by_whom(sentence, close, house.zone), close)


def _by_whom(sentence: str, sessions: Sequence[StudioSession], zone: ZoneInfo) -> str:
    named = [
        f"{session.title}{f', {session.client}' if session.client else ''} "
        f"({when(session.starts_at, session.ends_at, zone)})"
        for session in sessions
    ]
    return f"{sentence} {'; '.join(named)}"


def check_slot(
    *,
    room: Room | None,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    kind: str = SessionKind.STUDIO,
    moving: StudioSession | None = None,
) -> Answer:
    """Return whether a slot can be booked, else why not and what could be booked instead.

    room: None for work elsewhere, which neither hours nor other sessions restrict
    moving: the session that would go there
    queries: 4 when free, 7 when not
    """
    if beyond := beyond_the_calendar(starts_at, ends_at, now):
        return Answer(Slot(room, starts_at, ends_at, starts_at, ends_at), free=False, reasons=(beyond,))
    slot = slot_in(room, starts_at, ends_at, kind)
    house = load_house(now, starts_at.date())
    reasons: tuple[Reason, ...] = ()
    if room is None or slot.ends_at <= slot.starts_at:
        reasons = tuple(reasons_against(slot, kind, house, (), ()))
    else:
        periods = house.calendar.periods_between(starts_at, ends_at)
        others = sessions_in_the_way([room], slot.blocked_from, slot.blocked_to, now, moving=moving)
        reasons = tuple(reasons_against(slot, kind, house, periods, others.get(room.pk, [])))
    found: tuple[Slot, ...] = ()
    if reasons and all(reason.kind in ANOTHER_SLOT_MAY_DO for reason in reasons):
        found = alternatives(slot, kind, house, moving=moving)
    return Answer(slot, free=not reasons, reasons=reasons, alternatives=found)


def alternatives(slot: Slot, kind: str, house: House, *, moving: StudioSession | None = None) -> tuple[Slot, ...]:
    """Return slots of the same length that are free: the same room at the nearest hours, then other rooms.

    queries: 3
    """
    if (wanted := slot.room) is None:
        return ()
    rooms = list(Room.objects.bookable().exclude(pk=wanted.pk).order_by("name", "pk"))
    rooms.sort(key=lambda room: room.kind != wanted.kind)
    here = nearest_slots(slot, kind, house, moving=moving)
    there = [slot_in(room, slot.starts_at, slot.ends_at, kind) for room in rooms]
    if not there:
        return tuple(here)
    start, end = min(other.blocked_from for other in there), max(other.blocked_to for other in there)
    others = sessions_in_the_way(rooms, start, end, house.now, moving=moving)
    periods = house.calendar.periods_between(slot.starts_at, slot.ends_at)
    free = [
        other
        for other in there
        if other.room and not any(reasons_against(other, kind, house, periods, others.get(other.room.pk, [])))
    ]
    return (*here, *free[:MOST_ALTERNATIVES])


def nearest_slots(slot: Slot, kind: str, house: House, *, moving: StudioSession | None = None) -> list[Slot]:
    """Return up to three free slots of the same room and length, the nearest start first.

    queries: 1
    """
    if slot.room is None:
        return []
    first = max(local_midnight(local_day(slot.starts_at, house.zone), house.zone), house.now)
    free = free_between(
        slot.room,
        first,
        first + timedelta(days=SEARCH_DAYS),
        slot.ends_at - slot.starts_at,
        house,
        kind=kind,
        moving=moving,
    )
    free.sort(key=lambda other: (abs(other.starts_at - slot.starts_at), other.starts_at))
    return free[:MOST_ALTERNATIVES]


def free_between(
    room: Room,
    start: datetime,
    end: datetime,
    length: timedelta,
    house: House,
    *,
    kind: str = SessionKind.STUDIO,
    moving: StudioSession | None = None,
) -> list[Slot]:
    """Return every free slot of a length that begins in [start, end), in order.

    They begin at the opening and every slot length after it.
    queries: 1
    """
    around = slot_in(room, start, end + length, kind)
    others = sessions_in_the_way([room], around.blocked_from, around.blocked_to, house.now, moving=moving)
    return free_at(room, beginnings(house, start, end), length, house, others.get(room.pk, []), kind=kind)


def free_at(
    room: Room,
    starts: Iterable[datetime],
    length: timedelta,
    house: House,
    sessions: Sequence[StudioSession],
    *,
    kind: str = SessionKind.STUDIO,
) -> list[Slot]:
    """Return the slots of a length that can be booked among those that begin at some instants, in their order.

    sessions: those of the room, around the slots
    queries: none
    """
    slots = [slot_in(room, begins, begins + length, kind) for begins in starts]
    if not slots:
        return []
    periods = house.calendar.periods_between(min(s.starts_at for s in slots), max(s.ends_at for s in slots))
    return [slot for slot in slots if not any(reasons_against(slot, kind, house, periods, sessions))]


def beginnings(house: House, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the starts on offer in [start, end), in order: the opening and every slot length after it."""
    day, last = local_day(start, house.zone) - timedelta(days=1), local_day(end, house.zone)
    while day <= last:
        for period in house.calendar.periods(day):
            begins = period.starts_at
            while begins < period.ends_at:
                if start <= begins < end:
                    yield begins
                begins += house.step
        day += timedelta(days=1)


def free_slots(*, room: Room, day: date, length: timedelta, now: datetime) -> list[Slot]:
    """Return the slots of a room that begin on a day and can be booked for that long, in order.

    queries: 4
    """
    house = load_house(now, day)
    start, end = local_midnight(day, house.zone), local_midnight(day + timedelta(days=1), house.zone)
    return free_between(room, start, end, length, house)

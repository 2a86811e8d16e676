"""Free, or why not, and what else there is: one answer for the page and for the save.

Nothing here locks. A service that is about to write takes the rooms' locks first and asks then, so what it is told
stays true until it commits.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import cast
from zoneinfo import ZoneInfo

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from sessions_app.models import Room, SessionKind, StudioSession
from sessions_app.selectors.answers import ANOTHER_SLOT_MAY_DO, Answer, Reason, ReasonKind, Slot
from sessions_app.selectors.crew import (
    NOBODY,
    Crew,
    Engagement,
    crew_of,
    engagements,
    reasons_of_the_crew,
    session_named,
)
from sessions_app.selectors.occupied import in_the_way
from studio.clock import local_day, local_midnight, minutes
from studio.office.selectors.opening import OpeningCalendar, Period, house_hours

SEARCH_DAYS = 7
MOST_ALTERNATIVES = 3  # of each sort
LONGEST_DAYS = 366
YEARS_AHEAD = 100  # a slip of the hand, not a plan
AHEAD = timedelta(days=YEARS_AHEAD * LONGEST_DAYS)


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

    queries: 1
    """
    # A day earlier: the date of an instant differs by zone.
    calendar, slot_minutes = house_hours(since=since - timedelta(days=1))
    step = minutes(slot_minutes)
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
    return in_the_way(rooms, [(start, end)], now, moving=_key(moving))


def _key(session: StudioSession | None) -> tuple[int, ...]:
    return () if session is None else (session.pk,)


def overlaps(slot: Slot, session: StudioSession) -> bool:
    """Return whether both want the room itself at the same time."""
    return slot.starts_at < session.ends_at and session.starts_at < slot.ends_at


def is_in_the_way(slot: Slot, session: StudioSession) -> bool:
    """Return what the two constraints of the table say: the gap is the longer of teardown and setup."""
    before = slot.blocked_from < session.ends_at and session.blocked_from < slot.ends_at
    after = slot.starts_at < session.blocked_to and session.starts_at < slot.blocked_to
    return before or after


def reasons_against(
    slot: Slot,
    kind: str,
    house: House,
    periods: Sequence[Period],
    sessions: Sequence[StudioSession],
    *,
    engaged: Sequence[Engagement] = (),
) -> Iterator[Reason]:
    """Yield every reason against a slot; none means it can be booked.

    periods: when the house is open, around the slot
    sessions: those of the slot's room, around the slot
    engaged: what keeps the crew elsewhere, around the slot
    """
    if slot.ends_at <= slot.starts_at:
        yield Reason(ReasonKind.NO_LENGTH, _("A session must end after it starts."))
        return
    if slot.starts_at < house.now:
        yield Reason(ReasonKind.PAST, _("This time is already past."))
    if kind == SessionKind.STUDIO and slot.room is None:
        sentence = _("A session in the studio needs a room. Choose one, or another kind, e.g. remote or on location.")
        yield Reason(ReasonKind.NEEDS_ROOM, sentence)
    if kind != SessionKind.BLOCKER:
        yield from _reasons_of_the_house(slot, house, periods)
    if slot.room is not None:
        yield from _reasons_of_others(slot, house, sessions)
    yield from reasons_of_the_crew(slot.starts_at, slot.ends_at, house.zone, engaged)


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
        yield Reason(ReasonKind.TAKEN, sentence, taken, partial(_by_whom, sentence, taken, house.zone))
    if close := tuple(session for session in others if not overlaps(slot, session)):
        sentence = _("%(room)s needs time for setup and teardown between two sessions.") % {"room": slot.room}
        yield Reason(ReasonKind.BUFFER, sentence, close, partial(_by_whom, sentence, close, house.zone))


def _by_whom(sentence: str, sessions: Sequence[StudioSession], zone: ZoneInfo) -> str:
    return f"{sentence} {'; '.join(session_named(session, zone) for session in sessions)}"


def check_slot(
    *,
    room: Room | None,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    kind: str = SessionKind.STUDIO,
    moving: StudioSession | None = None,
    crew: Crew | None = None,
) -> Answer:
    """Return whether a slot can be booked, else why not and what could be booked instead.

    room: None for work elsewhere, which neither hours nor other sessions restrict
    moving: the session that would go there
    crew: who and what has to be there as well; None for that of the session that is moved, or nobody
    The alternatives are looked for when somebody first asks for them: after a refusal the locks are gone by then.
    queries: 2, and 3 for the alternatives; for a crew up to 4 more each, and 1 to know that of a session that is moved
    """
    if beyond := beyond_the_calendar(starts_at, ends_at, now):
        return Answer(Slot(room, starts_at, ends_at, starts_at, ends_at), free=False, reasons=(beyond,))
    if crew is None:
        crew = crew_of(moving) if moving else NOBODY
    slot = slot_in(room, starts_at, ends_at, kind)
    house = load_house(now, starts_at.date())
    engaged = engagements(crew, starts_at, ends_at, now, moving=_key(moving))
    reasons: tuple[Reason, ...] = ()
    if room is None or slot.ends_at <= slot.starts_at:
        found_against = reasons_against(slot, kind, house, (), (), engaged=engaged)
        # Sessions taken over, or written by other programs, may be in the studio without a room: they can be moved.
        as_it_was = moving is not None and moving.room_id is None and moving.kind == kind
        reasons = tuple(each for each in found_against if not (as_it_was and each.kind == ReasonKind.NEEDS_ROOM))
    else:
        periods = house.calendar.periods_between(starts_at, ends_at)
        others = sessions_in_the_way([room], slot.blocked_from, slot.blocked_to, now, moving=moving)
        reasons = tuple(reasons_against(slot, kind, house, periods, others.get(room.pk, []), engaged=engaged))
    found: tuple[Slot, ...] = ()
    if reasons and all(reason.kind in ANOTHER_SLOT_MAY_DO for reason in reasons):
        found = alternatives_on_demand(slot, kind, house, moving=moving, crew=crew)
    return Answer(slot, free=not reasons, reasons=reasons, alternatives=found, zone=house.zone)


def alternatives_on_demand(
    slot: Slot, kind: str, house: House, *, moving: StudioSession | None = None, crew: Crew = NOBODY
) -> tuple[Slot, ...]:
    """Return what `alternatives` finds, looked for at the first look at it."""
    found = SimpleLazyObject(lambda: alternatives(slot, kind, house, moving=moving, crew=crew))
    return cast("tuple[Slot, ...]", found)


def alternatives(
    slot: Slot, kind: str, house: House, *, moving: StudioSession | None = None, crew: Crew = NOBODY
) -> tuple[Slot, ...]:
    """Return slots of the same length that are free: the same room at the nearest hours, then other rooms.

    queries: 3, for a crew up to 8 more
    """
    if (wanted := slot.room) is None:
        return ()
    rooms = list(Room.objects.bookable().exclude(pk=wanted.pk).order_by("name", "pk"))
    rooms.sort(key=lambda room: room.kind != wanted.kind)
    here = nearest_slots(slot, kind, house, moving=moving, crew=crew)
    there = [slot_in(room, slot.starts_at, slot.ends_at, kind) for room in rooms]
    if not there:
        return tuple(here)
    start, end = min(other.blocked_from for other in there), max(other.blocked_to for other in there)
    others = sessions_in_the_way(rooms, start, end, house.now, moving=moving)
    engaged = engagements(crew, slot.starts_at, slot.ends_at, house.now, moving=_key(moving))
    periods = house.calendar.periods_between(slot.starts_at, slot.ends_at)
    free = [
        other
        for other in there
        if other.room
        and not any(reasons_against(other, kind, house, periods, others.get(other.room.pk, []), engaged=engaged))
    ]
    return (*here, *free[:MOST_ALTERNATIVES])


def nearest_slots(
    slot: Slot, kind: str, house: House, *, moving: StudioSession | None = None, crew: Crew = NOBODY
) -> list[Slot]:
    """Return up to three free slots of the same room and length, the nearest start first, apart where possible.

    queries: 1, for a crew up to 4 more
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
        crew=crew,
    )
    free.sort(key=lambda other: (abs(other.starts_at - slot.starts_at), other.starts_at))
    return spread(free)


def spread(free: Iterable[Slot]) -> list[Slot]:
    """Return up to three slots in their order that do not overlap; where there are fewer, others that do follow.

    free: of one room, the best first; no more of them are looked at than needed
    """
    apart: list[Slot] = []
    rest: list[Slot] = []
    for slot in free:
        beside = all(slot.ends_at <= other.starts_at or other.ends_at <= slot.starts_at for other in apart)
        (apart if beside else rest).append(slot)
        if len(apart) == MOST_ALTERNATIVES:
            break
    return [*apart, *rest][:MOST_ALTERNATIVES]


def free_between(
    room: Room,
    start: datetime,
    end: datetime,
    length: timedelta,
    house: House,
    *,
    kind: str = SessionKind.STUDIO,
    moving: StudioSession | None = None,
    crew: Crew = NOBODY,
) -> list[Slot]:
    """Return every free slot of a length that begins in [start, end), in order.

    They begin at the opening and every slot length after it.
    queries: 1, for a crew up to 4 more
    """
    around = slot_in(room, start, end + length, kind)
    others = sessions_in_the_way([room], around.blocked_from, around.blocked_to, house.now, moving=moving)
    engaged = engagements(crew, start, end + length, house.now, moving=_key(moving))
    starts, mine = beginnings(house, start, end), others.get(room.pk, [])
    return free_at(room, starts, length, house, mine, kind=kind, engaged=engaged)


def free_at(
    room: Room,
    starts: Iterable[datetime],
    length: timedelta,
    house: House,
    sessions: Sequence[StudioSession],
    *,
    kind: str = SessionKind.STUDIO,
    engaged: Sequence[Engagement] = (),
) -> list[Slot]:
    """Return the slots of a length that can be booked among those that begin at some instants, in their order.

    sessions: those of the room, around the slots
    engaged: what keeps the crew elsewhere, around the slots
    queries: none
    """
    slots = [slot_in(room, begins, begins + length, kind) for begins in starts]
    if not slots:
        return []
    periods = house.calendar.periods_between(min(s.starts_at for s in slots), max(s.ends_at for s in slots))
    return [slot for slot in slots if not any(reasons_against(slot, kind, house, periods, sessions, engaged=engaged))]


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


def free_slots(*, room: Room, day: date, length: timedelta, now: datetime, crew: Crew = NOBODY) -> list[Slot]:
    """Return the slots of a room that begin on a day and can be booked for that long, in order.

    crew: who and what has to be free as well
    queries: 2, for a crew up to 4 more
    """
    house = load_house(now, day)
    start, end = local_midnight(day, house.zone), local_midnight(day + timedelta(days=1), house.zone)
    return free_between(room, start, end, length, house, crew=crew)

"""Free, or why not, for many slots at once: the answer of `availability`, with as few queries as for one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from typing import Self

from django.utils.translation import gettext as _

from sessions_app.models import Room, StudioSession
from sessions_app.selectors.answers import ANOTHER_SLOT_MAY_DO, Answer, Reason, ReasonKind, Slot
from sessions_app.selectors.availability import (
    MOST_ALTERNATIVES,
    House,
    beginnings,
    beyond_the_calendar,
    load_house,
    reasons_against,
    slot_in,
    spread,
)
from sessions_app.selectors.crew import NOBODY, Crew, Engagement, crew_of_members, engagements
from sessions_app.selectors.occupied import in_the_way
from studio.clock import local_day, local_midnight

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stretch of time in a room that somebody would like to have, with whom and what it needs."""

    room: Room | None
    starts_at: datetime
    ends_at: datetime
    crew: Crew = NOBODY


class Timetable:
    """The sessions around some stretches of time, found by room and day."""

    def __init__(self, by_room: dict[int, list[StudioSession]]) -> None:
        self.by_day: dict[tuple[int, date], list[StudioSession]] = {}
        for room, sessions in by_room.items():
            for session in sessions:
                for day in _days(session.blocked_from, session.blocked_to):
                    self.by_day.setdefault((room, day), []).append(session)

    @classmethod
    def around(cls, slots: Sequence[Slot], now: datetime, moving: Collection[int]) -> Self:
        """Return what the rooms of some slots have around them.

        queries: 1
        """
        rooms = {slot.room for slot in slots if slot.room is not None}
        if not rooms:
            return cls({})
        return cls(in_the_way(rooms, [(slot.blocked_from, slot.blocked_to) for slot in slots], now, moving=moving))

    def near(self, slot: Slot) -> list[StudioSession]:
        """Return the sessions of a slot's room on its days, by start."""
        if slot.room is None:
            return []
        days = _days(slot.blocked_from, slot.blocked_to)
        found = {session.pk: session for day in days for session in self.by_day.get((slot.room.pk, day), ())}
        return list(found.values())


def _days(start: datetime, end: datetime) -> list[date]:
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


def check_slots(*, wanted: Sequence[Wanted], kind: str, now: datetime, moving: Collection[int] = ()) -> list[Answer]:
    """Return for each slot whether it can be booked, else why not and what else there is on that day.

    moving: keys of sessions that go elsewhere in the same act: never in the way
    A slot is refused as well where another of the same call overlaps it.
    queries: 4 at most, however many slots, and 4 for their crews
    """
    slots = [slot_in(one.room, one.starts_at, one.ends_at, kind) for one in wanted]
    beyond = [beyond_the_calendar(slot.starts_at, slot.ends_at, now) for slot in slots]
    near = [slot for slot, reason in zip(slots, beyond, strict=True) if reason is None]
    house = load_house(now, min((slot.starts_at for slot in near), default=now).date())
    others, clashing = Timetable.around(near, now, moving), _clashing(near)
    elsewhere = _Elsewhere(wanted, near, now, moving)
    found = [
        (reason,) if reason else (*_reasons(slot, kind, house, others, elsewhere.of(one)), *clashing.get(slot, ()))
        for one, slot, reason in zip(wanted, slots, beyond, strict=True)
    ]
    refused = {
        slot: elsewhere.of(one)
        for one, slot, reasons in zip(wanted, slots, found, strict=True)
        if slot.room is not None and _another_may_do(reasons)
    }
    instead = _alternatives(refused, kind, house, moving)
    return [
        Answer(slot, free=not reasons, reasons=reasons, alternatives=instead.get(slot, ()))
        for slot, reasons in zip(slots, found, strict=True)
    ]


class _Elsewhere:
    """What keeps the crews of some slots from them."""

    def __init__(self, wanted: Sequence[Wanted], near: Sequence[Slot], now: datetime, moving: Collection[int]) -> None:
        everybody = crew_of_members(member for one in wanted for member in one.crew.members)
        self.engaged: Sequence[Engagement] = ()
        if everybody and near:
            first, last = min(slot.starts_at for slot in near), max(slot.ends_at for slot in near)
            self.engaged = engagements(everybody, first - ONE_DAY, last + ONE_DAY, now, moving=moving)

    def of(self, one: Wanted) -> list[Engagement]:
        """Return what keeps the crew of one slot, at any time."""
        return [each for each in self.engaged if each.member in one.crew.members] if one.crew else []


def _reasons(
    slot: Slot, kind: str, house: House, others: Timetable, engaged: Sequence[Engagement]
) -> tuple[Reason, ...]:
    periods = house.calendar.periods_between(slot.starts_at, slot.ends_at) if slot.starts_at < slot.ends_at else []
    return tuple(reasons_against(slot, kind, house, periods, others.near(slot), engaged=engaged))


def _another_may_do(reasons: Collection[Reason]) -> bool:
    return bool(reasons) and all(reason.kind in ANOTHER_SLOT_MAY_DO for reason in reasons)


def _clashing(slots: Iterable[Slot]) -> dict[Slot, tuple[Reason, ...]]:
    """Return the slots that overlap the one before in the same room, each with the reason."""
    found: dict[Slot, tuple[Reason, ...]] = {}
    ordered = sorted(
        (slot for slot in slots if slot.room is not None), key=lambda slot: (slot.room and slot.room.pk, slot.starts_at)
    )
    for before, slot in pairwise(ordered):
        meets = before.ends_at > slot.blocked_from or before.blocked_to > slot.starts_at
        if before.room == slot.room and meets:
            sentence = _("Two dates of the series overlap in %(room)s.") % {"room": slot.room}
            found[slot] = (Reason(ReasonKind.TAKEN, sentence),)
    return found


def _alternatives(
    refused: Mapping[Slot, Sequence[Engagement]], kind: str, house: House, moving: Collection[int]
) -> dict[Slot, tuple[Slot, ...]]:
    """Return for each refused slot what is free on its day: other hours of its room, then other rooms.

    refused: slots of a room, each with what keeps its crew
    queries: 2, or none when nothing is refused
    """
    if not refused:
        return {}
    rooms = {room.pk: room for room in Room.objects.bookable().order_by("name", "pk")}
    asked = {*rooms.values(), *(slot.room for slot in refused if slot.room)}
    days = [_around(slot, asked, house) for slot in refused]
    others = Timetable(in_the_way(asked, days, house.now, moving=moving))
    return {
        slot: tuple(_instead_of(slot, kind, house, list(rooms.values()), others, engaged=engaged))
        for slot, engaged in refused.items()
    }


def _around(slot: Slot, rooms: Iterable[Room], house: House) -> tuple[datetime, datetime]:
    """Return the day on which a slot begins, and what sessions that begin on it may need around it."""
    first, last = _day_of(slot, house)
    aside = timedelta(minutes=max((max(room.setup_minutes, room.teardown_minutes) for room in rooms), default=0))
    return first - aside, last + (slot.ends_at - slot.starts_at) + aside


def _day_of(slot: Slot, house: House) -> tuple[datetime, datetime]:
    day = local_day(slot.starts_at, house.zone)
    return local_midnight(day, house.zone), local_midnight(day + ONE_DAY, house.zone)


def _instead_of(
    slot: Slot, kind: str, house: House, rooms: Sequence[Room], others: Timetable, *, engaged: Sequence[Engagement]
) -> list[Slot]:
    length = slot.ends_at - slot.starts_at
    hours = sorted(beginnings(house, *_day_of(slot, house)), key=lambda at: (abs(at - slot.starts_at), at))
    here = (slot_in(slot.room, at, at + length, kind) for at in hours)
    wanted_kind = slot.room.kind if slot.room else ""
    ordered = sorted((room for room in rooms if room != slot.room), key=lambda room: room.kind != wanted_kind)
    there = (slot_in(room, slot.starts_at, slot.ends_at, kind) for room in ordered)
    beside, elsewhere = (
        (other for other in candidates if not _reasons(other, kind, house, others, engaged))
        for candidates in (here, there)
    )
    return [*spread(beside), *islice(elsewhere, MOST_ALTERNATIVES)]

"""The sheet of a day that hangs at the door: each room in time order, with who comes and what is free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from sessions_app.models import AssignmentStatus, Client, Room, SessionStatus, StudioSession
from sessions_app.selectors.dashboard import Entry
from sessions_app.selectors.lateness import came_late
from sessions_app.selectors.timetable import TimetableDay, day_timetable
from studio.accounts.selectors.names import name_among, shared_names
from studio.clock import minutes
from studio.office.selectors.opening import Period, opening_calendar
from studio.office.selectors.profile import current_profile
from studio.showing import clock_span

WAITING = frozenset({SessionStatus.SCHEDULED})


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A session, or a stretch in which the room is free.

    session: None for a free stretch
    """

    time: str
    session: StudioSession | None = None
    phone: str = ""
    people: tuple[str, ...] = ()
    gear: tuple[str, ...] = ()
    is_late: bool = False
    has_balance: bool = False
    lacks_deposit: bool = False


@dataclass(frozen=True, slots=True)
class SheetRoom:
    """A room, or None for work elsewhere, in time order."""

    room: Room | None
    lines: Sequence[SheetLine]


@dataclass(frozen=True, slots=True)
class DaySheet:
    """One day of the house.

    hours: when it is open, e.g. "09:00-24:00"; empty when it is closed
    closed_because: the reason of a closure
    """

    day: date
    hours: Sequence[str]
    closed_because: str
    rooms: Sequence[SheetRoom]
    count: int


def day_sheet(*, day: date, zone: ZoneInfo) -> DaySheet:
    """Return the sheet of a day: every room in use by name, then work elsewhere where there is some.

    queries: 7, however many sessions
    """
    profile = current_profile()
    calendar = opening_calendar(zone, since=day)
    timetable = day_timetable(day=day, zone=zone)
    prefetch_related_objects(list(timetable.sessions), "assignments__engineer")
    open_periods = [
        Period(max(period.starts_at, timetable.starts_at), period.ends_at) for period in calendar.periods(day)
    ]
    crew = [each for session in timetable.sessions for each in session.assignments.all()]
    settled: Any = {
        "late": minutes(profile.late_after_minutes),
        "slot_minutes": profile.slot_minutes,
        "shared": shared_names(each.engineer for each in crew if each.engineer),
    }
    by_room: dict[int | None, list[StudioSession]] = {}
    for session in timetable.sessions:
        by_room.setdefault(session.room_id, []).append(session)
    rooms = [
        SheetRoom(room, _lines(by_room.get(room.pk, []), timetable, open_periods, **settled))
        for room in Room.objects.order_by("name", "pk")
        if room.is_active or room.pk in by_room
    ]
    if elsewhere := by_room.get(None):
        rooms.append(SheetRoom(None, _lines(elsewhere, timetable, (), **settled)))
    closure = calendar.closure_of(day)
    return DaySheet(
        day=day,
        hours=[clock_span(period.starts_at, period.ends_at, zone) for period in calendar.periods(day)],
        closed_because=closure.reason if closure else "",
        rooms=rooms,
        count=len(timetable.sessions),
    )


def _lines(
    sessions: Sequence[StudioSession],
    day: TimetableDay,
    open_periods: Sequence[Period],
    *,
    late: timedelta,
    slot_minutes: int,
    shared: frozenset[str],
) -> list[SheetLine]:
    found = [(session.starts_at, _line(session, day, late, shared)) for session in sessions]
    gaps = free_stretches(open_periods, [s for s in sessions if s.takes_its_slot], minutes(slot_minutes))
    found += [(gap.starts_at, SheetLine(clock_span(gap.starts_at, gap.ends_at))) for gap in gaps]
    return [line for _start, line in sorted(found, key=lambda pair: pair[0])]


def free_stretches(
    open_periods: Iterable[Period], sessions: Sequence[StudioSession], shortest: timedelta
) -> list[Period]:
    """Return what is left of the opening hours between sessions with their setup and teardown."""
    free: list[Period] = []
    for period in open_periods:
        begins = period.starts_at
        for session in sorted(sessions, key=lambda each: each.blocked_from):
            if session.blocked_from - begins >= shortest and session.blocked_from <= period.ends_at:
                free.append(Period(begins, session.blocked_from))
            begins = max(begins, session.blocked_to)
        if period.ends_at - begins >= shortest:
            free.append(Period(begins, period.ends_at))
    return free


def _line(session: StudioSession, day: TimetableDay, late: timedelta, shared: frozenset[str]) -> SheetLine:
    crew = [each for each in session.assignments.all() if each.status != AssignmentStatus.DECLINED]
    return SheetLine(
        time=Entry(session, day, is_overlapped=False).time,
        session=session,
        phone=phone_of(session.client) if session.client else "",
        people=tuple(
            name_among(each.engineer, shared) if each.engineer else each.label
            for each in crew
            if each.kind != "equipment"
        ),
        gear=tuple(each.label for each in crew if each.kind == "equipment"),
        is_late=came_late(session, grace=late),
        has_balance=bool(session.client and session.client.balance_due > 0),
        lacks_deposit=session.status in WAITING and bool(session.deposit_amount) and not session.deposit_paid,
    )


def phone_of(client: Client) -> str:
    """Return the number under which a client is called first."""
    further = next((str(entry.get("value", "")) for entry in client.phones if isinstance(entry, dict)), "")
    return client.phone or further or _("no phone number")

"""Today by the hour, and the week by room: what the dashboard and the calendar show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sessions_app.models import Room, SessionStatus, StudioSession
from sessions_app.models.session import LIVE_STATUSES
from sessions_app.selectors.agreed_hours import off_the_hour
from sessions_app.selectors.timetable import Planned, PlannedDay, TimetableDay, timetable, week_timetable
from sessions_app.selectors.waiting_sessions import Waits, waits_for
from studio.clock import instant_moved_forward, local_day
from studio.office.selectors.opening import OpeningCalendar, opening_calendar
from studio.showing import CLOCK, clock_span, when

DAY = timedelta(days=1)
QUARTERS = 4
FIRST_HOUR, LAST_HOUR = 9, 18  # shown also on a quiet day


@dataclass(frozen=True, slots=True)
class Entry:
    """A session as one of its days shows it.

    is_overlapped: another that was taken over takes place in its room meanwhile
    """

    session: StudioSession | Planned
    day: TimetableDay | PlannedDay
    is_overlapped: bool

    @property
    def time(self) -> str:
        """The part of its time that the day has, on the studio's clock: a night belongs to the day it begins on."""
        session, day = self.session, self.day
        begins, ends = session.starts_at >= day.starts_at, session.ends_at <= day.ends_at
        if begins and (ends or session.ends_at - session.starts_at < DAY):
            return clock_span(session.starts_at, session.ends_at)
        if begins:
            return _("from %(start)s") % {"start": clock(session.starts_at)}
        if session.ends_at >= day.ends_at:
            return _("all day")
        return _("until %(end)s, since %(start)s") % {"end": clock(session.ends_at), "start": self._start}

    @property
    def _start(self) -> str:
        started = timezone.localtime(self.session.starts_at)
        if started.date() == self.day.day - DAY:
            return _("yesterday %(time)s") % {"time": clock(started)}
        return when(started)


@dataclass(frozen=True, slots=True)
class Block:
    """A session on a row of the day.

    first, length: columns, in quarters of an hour from the first hour shown; at least one
    lane: 0 unless it overlaps another that was taken over with it
    """

    entry: Entry
    first: int
    length: int
    lane: int

    @property
    def session(self) -> StudioSession | Planned:
        """The session."""
        return self.entry.session


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room, or None for work elsewhere, with what takes place in it."""

    room: Room | None
    blocks: Sequence[Block]

    @property
    def lanes(self) -> int:
        """How many lie above each other."""
        return max((block.lane for block in self.blocks), default=0) + 1


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One day by the hour.

    hours: instants of full hours, in order; a day of a clock change has one more or one fewer
    now_column: None when now is not among them
    """

    day: date
    hours: Sequence[datetime]
    rows: Sequence[RoomRow]
    is_open: bool
    now_column: int | None

    @property
    def columns(self) -> int:
        """The width in quarters of an hour."""
        return len(self.hours) * QUARTERS


@dataclass(frozen=True, slots=True)
class Cell:
    """A room on a day."""

    day: date
    entries: Sequence[Entry]
    is_open: bool
    is_past: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """Seven days by room.

    rooms: those in use, those that are not but have sessions this week, and None for work elsewhere if there is any
    days: each with one cell per room, in the order of `rooms`
    """

    monday: date
    rooms: Sequence[Room | None]
    days: Sequence[tuple[date, Sequence[Cell]]]
    count: int

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + 6 * DAY

    @property
    def before(self) -> date:
        """The Monday of the week before."""
        return self.monday - 7 * DAY

    @property
    def after(self) -> date:
        """The Monday of the week after."""
        return self.monday + 7 * DAY


@dataclass(frozen=True, slots=True)
class Figures:
    """What waits for somebody."""

    today: int
    week: int
    requests: int
    holds: int
    no_engineer: int
    no_project: int
    to_settle: int
    to_complete: int
    off_clock: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The first page of a studio."""

    plan: DayPlan
    week: WeekPlan
    figures: Figures
    requests: Sequence[StudioSession]


def clock(instant: datetime) -> str:
    """Return an instant's time of day on the studio's clock."""
    return date_format(timezone.localtime(instant), CLOCK)


def rooms_shown(days: Sequence[PlannedDay]) -> list[Room | None]:
    """Return the rooms in use and those with sessions on the days, by name; None last, for work elsewhere.

    queries: 1
    """
    taken = {session.room_id for day in days for session in day.sessions}
    rooms = Room.objects.filter(Q(is_active=True) | Q(pk__in=taken - {None})).order_by("name", "pk")
    return [*rooms, None] if None in taken else [*rooms]


def day_plan(
    day: PlannedDay, rooms: Sequence[Room | None], calendar: OpeningCalendar, zone: ZoneInfo, now: datetime
) -> DayPlan:
    """Return a day by the hour: from its first opening or session to its last, at least the working day."""
    periods = calendar.periods(day.day)
    edges = [instant for period in periods for instant in (period.starts_at, period.ends_at)]
    edges += [max(session.starts_at, day.starts_at) for session in day.sessions]
    edges += [min(session.ends_at, day.ends_at) for session in day.sessions]
    edges = [min(max(edge, day.starts_at), day.ends_at) for edge in edges]
    working = [instant_moved_forward(datetime.combine(day.day, time(hour)), zone) for hour in (FIRST_HOUR, LAST_HOUR)]
    first = min([*edges, working[0]]).astimezone(zone).replace(minute=0, second=0, microsecond=0)
    last = max([*edges, working[1]])
    hours, at = [], first.astimezone(day.starts_at.tzinfo)
    while at < last:
        hours.append(at)
        at += timedelta(hours=1)
    rows = [RoomRow(room, _blocks(_entries(day, room), hours[0], last)) for room in rooms]
    inside = hours[0] <= now < hours[-1] + timedelta(hours=1)
    return DayPlan(day.day, hours, rows, bool(periods), _quarters(hours[0], now) if inside else None)


def _quarters(start: datetime, end: datetime) -> int:
    return int((end - start) / timedelta(minutes=60 // QUARTERS))


def _entries(day: PlannedDay, room: Room | None) -> list[Entry]:
    here = [session for session in day.sessions if session.room_id == (room.pk if room else None)]
    kept = [session for session in here if session.overlap_kept and room]
    return [Entry(session, day, any(_overlap(session, other) for other in kept)) for session in here]


def _overlap(one: Planned, other: Planned) -> bool:
    return one.pk != other.pk and one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _blocks(entries: Sequence[Entry], first: datetime, last: datetime) -> list[Block]:
    ends: list[datetime] = []  # of the last block in each lane
    blocks = []
    for entry in entries:
        starts, stops = max(entry.session.starts_at, first), min(entry.session.ends_at, last)
        lane = next((number for number, end in enumerate(ends) if end <= starts), len(ends))
        ends[lane : lane + 1] = [stops]
        begin = _quarters(first, starts)
        blocks.append(Block(entry, begin, max(_quarters(first, stops) - begin, 1), lane))
    return blocks


def week_plan(
    days: Sequence[PlannedDay], rooms: Sequence[Room | None], calendar: OpeningCalendar, today: date
) -> WeekPlan:
    """Return the days by room."""
    shown = [
        (
            day.day,
            [
                Cell(
                    day.day,
                    _entries(day, room),
                    is_open=bool(calendar.periods(day.day)),
                    is_past=day.day < today,
                    is_today=day.day == today,
                )
                for room in rooms
            ],
        )
        for day in days
    ]
    count = len({session.pk for day in days for session in day.sessions})
    return WeekPlan(days[0].day, rooms, shown, count)


def figures(*, today: PlannedDay, week: WeekPlan, zone: ZoneInfo, now: datetime) -> Figures:
    """Return what waits for somebody.

    queries: 2
    """
    live = Q(status__in=LIVE_STATUSES)
    counted = {what.value: Count("pk", filter=waits_for(what, now)) for what in Waits}
    found = StudioSession.objects.filter(live | Q(overlap_kept=True)).aggregate(**counted)
    off_clock = len(off_the_hour(zone=zone, now=now))
    return Figures(today=len(today.sessions), week=week.count, off_clock=off_clock, **found)


def dashboard(*, zone: ZoneInfo, now: datetime) -> Dashboard:
    """Return today, its week, and what waits.

    queries: 7, however many sessions
    """
    today = local_day(now, zone)
    days = week_timetable(week_starts_on=today - timedelta(days=today.weekday()), zone=zone)
    here = days[today.weekday()]
    rooms = rooms_shown(days)
    calendar = opening_calendar(zone, since=days[0].day)
    week = week_plan(days, rooms, calendar, today)
    requests = (
        StudioSession.objects.filter(status=SessionStatus.REQUESTED, hold_expires_at__gt=now)
        .select_related("room", "client")
        .order_by("hold_expires_at", "pk")[:10]
    )
    return Dashboard(
        plan=day_plan(here, rooms, calendar, zone, now),
        week=week,
        figures=figures(today=here, week=week, zone=zone, now=now),
        requests=list(requests),
    )


def calendar_week(*, monday: date, zone: ZoneInfo, now: datetime) -> WeekPlan:
    """Return a week by room.

    monday: any day of the week will do
    queries: 4, however many sessions
    """
    first = monday - timedelta(days=monday.weekday())
    days = week_timetable(week_starts_on=first, zone=zone)
    return week_plan(days, rooms_shown(days), opening_calendar(zone, since=first), local_day(now, zone))


def calendar_day(*, day: date, zone: ZoneInfo, now: datetime) -> DayPlan:
    """Return a day by the hour.

    queries: 4, however many sessions
    """
    days = timetable(first_day=day, days=1, zone=zone)
    return day_plan(days[0], rooms_shown(days), opening_calendar(zone, since=day), zone, now)

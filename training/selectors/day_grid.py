"""The slot grid of a day: machines, slots, what stands in them, and how full the week is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from studio.clock import minutes
from studio.office.selectors.opening import ONE_DAY, OpeningCalendar, opening_calendar
from studio.office.selectors.profile import current_profile
from training.models import OUTAGE, TRIALS, Attendee, Machine, SessionType, TrainingSession
from training.selectors.grid_layout import Cell, Row, as_one, cells_of, rows_of
from training.selectors.member_marks import Mark, Marks, explained, marks_of
from training.selectors.slots import DaySlots, shown_of, slots_of
from training.selectors.week_use import WeekUse, week_use

WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Column:
    """A machine and its cells."""

    machine: Machine
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class DayTab:
    """A day of the week with what stands in it; cancelled sessions are not counted, nor are outages.

    standard: all that are neither trials nor kept free
    """

    day: date
    is_open: bool
    total: int
    standard: int
    trial: int


@dataclass(frozen=True, slots=True)
class DayGrid:
    """All that the page of a day shows.

    marks: what there is to say of a session, by its key; sessions without anything are missing
    """

    found: DaySlots
    rows: Sequence[Row]
    columns: Sequence[Column]
    types: Sequence[SessionType]
    tabs: Sequence[DayTab]
    week: WeekUse
    marks: Mapping[UUID, Marks]
    explained: Sequence[Mark]


def day_grid(day: date) -> DayGrid:
    """Return the grid of a local day.

    queries: 9, whatever the day holds
    """
    profile = current_profile()
    monday = day - timedelta(days=day.weekday())
    calendar = opening_calendar(profile.zone, since=monday - ONE_DAY)
    length = minutes(profile.slot_minutes)
    found = slots_of(day, calendar, length)
    sessions = list(sessions_of(found))
    types = list(SessionType.objects.order_by("position", "name", "pk"))
    rows = rows_of(found, sessions, length, profile.zone)
    kept_free = {each.code for each in types if each.attendee == Attendee.NOBODY}
    return DayGrid(
        found,
        rows,
        [
            Column(each, cells_of(rows, as_one(s for s in sessions if s.machine_id == each.pk)))
            for each in _machines(sessions)
        ],
        types,
        _tabs(monday, calendar, kept_free),
        week_use(monday, profile),
        marks_of(sessions, profile),
        explained(profile),
    )


def sessions_of(found: DaySlots) -> QuerySet[TrainingSession]:
    """Return the sessions that take place in some of a day, cancelled ones too, by start; who and what comes along."""
    return (
        TrainingSession.objects.touching(found.shown.starts_at, found.shown.ends_at)
        .select_related("member", "session_type", "outage")
        .order_by("scheduled_start", "pk")
    )


def _machines(sessions: Sequence[TrainingSession]) -> QuerySet[Machine]:
    """Return the machines in use, and retired ones that the day's sessions took place on."""
    busy = {session.machine_id for session in sessions}
    return Machine.objects.filter(Q(retired_at__isnull=True) | Q(pk__in=busy)).order_by("machine_number")


def _tabs(monday: date, calendar: OpeningCalendar, kept_free: set[str]) -> list[DayTab]:
    """Return the days of a week, each with what its grid shows.

    kept_free: codes of the types that nobody has
    """
    days = [monday + timedelta(days=number) for number in range(WEEK_DAYS)]
    spans = [shown_of(day, calendar) for day in days]
    found = list(
        TrainingSession.objects.occupying()
        .exclude(session_type__code=OUTAGE)
        .filter(scheduled_start__gte=spans[0].starts_at, scheduled_start__lt=spans[-1].ends_at)
        .values_list("scheduled_start", "session_type_id")
    )
    tabs = []
    for day, span in zip(days, spans, strict=True):
        codes = [str(code) for start, code in found if span.starts_at <= start < span.ends_at]
        trial, kept = (sum(code in wanted for code in codes) for wanted in (TRIALS, kept_free))
        tabs.append(DayTab(day, bool(calendar.periods(day)), len(codes), len(codes) - trial - kept, trial))
    return tabs

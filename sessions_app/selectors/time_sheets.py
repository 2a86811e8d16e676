"""Somebody's hours as pages show them: what runs, a week by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from sessions_app.models import TimeEntry
from studio.accounts.models import User
from studio.clock import local_day, local_midnight

WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One thing that somebody worked on with one task.

    lengths: of each day of the week, in order
    """

    work: str
    task: str
    colour: str
    lengths: tuple[timedelta, ...]

    @property
    def total(self) -> timedelta:
        """The whole week's."""
        return sum(self.lengths, timedelta())


@dataclass(frozen=True, slots=True)
class SheetDay:
    """One day with its entries, by start; an entry belongs to the day on which it begins."""

    day: date
    entries: tuple[TimeEntry, ...]
    total: timedelta


@dataclass(frozen=True, slots=True)
class Sheet:
    """Somebody's week; a running timer counts up to now."""

    monday: date
    rows: tuple[SheetRow, ...]
    days: tuple[SheetDay, ...]
    billable: timedelta

    @property
    def total(self) -> timedelta:
        """The whole week's."""
        return sum((day.total for day in self.days), timedelta())


def shown() -> QuerySet[TimeEntry]:
    """Return entries with what a list of them shows beside them."""
    return TimeEntry.objects.with_overlaps().select_related("task_type", "person")


def running_timer(person: User) -> TimeEntry | None:
    """Return what somebody's clock runs for.

    queries: 1
    """
    return TimeEntry.objects.running().filter(person=person).select_related("task_type").first()


def last_task(person: User) -> int | None:
    """Return the key of the task that somebody did last: most likely it is the next one too.

    queries: 1
    """
    return TimeEntry.objects.filter(person=person).order_by("-started_at").values_list("task_type", flat=True).first()


def week_sheet(*, person: User, monday: date, zone: ZoneInfo, now: datetime) -> Sheet:
    """Return somebody's week by day.

    queries: 1
    """
    dates = [monday + timedelta(days=number) for number in range(WEEK_DAYS)]
    edges = [local_midnight(day, zone) for day in (dates[0], monday + timedelta(days=WEEK_DAYS))]
    mine = shown().filter(person=person, started_at__gte=edges[0], started_at__lt=edges[1])
    entries = list(mine.order_by("started_at", "pk"))
    by_day = {day: [entry for entry in entries if local_day(entry.started_at, zone) == day] for day in dates}
    days = tuple(SheetDay(day, tuple(found), _length(found, now)) for day, found in by_day.items())
    billable = _length([entry for entry in entries if entry.billable], now)
    return Sheet(monday, tuple(_rows(entries, dates, zone, now)), days, billable)


def _rows(entries: Sequence[TimeEntry], dates: Sequence[date], zone: ZoneInfo, now: datetime) -> list[SheetRow]:
    def same(entry: TimeEntry) -> tuple[str, int, str]:
        return entry.target_label, entry.task_type.position, entry.task_type.name

    rows = []
    for (work, _position, task), found in groupby(sorted(entries, key=same), key=same):
        group = list(found)
        lengths = [
            _length([entry for entry in group if local_day(entry.started_at, zone) == day], now) for day in dates
        ]
        rows.append(SheetRow(work, task, group[0].task_type.colour, tuple(lengths)))
    return rows


def _length(entries: Sequence[TimeEntry], now: datetime) -> timedelta:
    return sum((entry.length(now) for entry in entries), timedelta())

"""Days and weeks of the house, for the dashboard and the calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sessions_app.models import SessionStatus, StudioSession
from sessions_app.models.client import known_as
from sessions_app.models.session import StudioSessionQuerySet
from studio.clock import local_midnight

WEEK_DAYS = 7
GONE = (SessionStatus.CANCELLED, SessionStatus.EXPIRED)
# Whatever a calendar shows; the rows are wide, and hundreds of them are drawn at once.
DRAWN = (
    *("title", "status", "starts_at", "ends_at", "blocked_from", "blocked_to", "overlap_kept"),
    *("invoiced_at", "updated_at", "project", "client__name", "client__artist_name"),
    *("room__name", "room__colour", "room__kind", "room__is_active", "room__is_available_for_booking"),
)
PLANNED = (
    *("pk", "title", "status", "starts_at", "ends_at", "overlap_kept", "room_id", "project_id"),
    *("client__name", "client__artist_name"),
)


class Planned(NamedTuple):
    """What a plan shows of a session: hundreds of them are on a page, and a row of the table is a heavy thing."""

    pk: int
    title: str
    status: str
    starts_at: datetime
    ends_at: datetime
    overlap_kept: bool
    room_id: int | None
    project_id: int | None
    client_name: str | None
    artist_name: str | None

    @property
    def client(self) -> str:
        """What the staff call the client; empty for in-house."""
        return known_as(self.client_name, self.artist_name or "") if self.client_name else ""

    def get_status_display(self) -> str:
        """Return the status as people say it."""
        return str(SessionStatus(self.status).label)


@dataclass(frozen=True, slots=True)
class TimetableDay:
    """One local day with the sessions that take place in some of it."""

    day: date
    starts_at: datetime
    ends_at: datetime
    sessions: tuple[StudioSession, ...]


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """One local day with what a plan shows of it."""

    day: date
    starts_at: datetime
    ends_at: datetime
    sessions: tuple[Planned, ...]


def sessions_between(start: datetime, end: datetime) -> StudioSessionQuerySet:
    """Return the sessions that take place in some of [start, end), by start; without cancelled and expired ones.

    Room, client and project come along.
    queries: 1
    """
    return (
        StudioSession.objects.touching(start, end)
        .filter(starts_at__lt=end, ends_at__gt=start)
        .exclude(status__in=GONE)
        .select_related("room", "client", "project")
        .order_by("starts_at", "pk")
    )


def drawn_between(start: datetime, end: datetime) -> StudioSessionQuerySet:
    """Return what `sessions_between` does, with as much of sessions, rooms and clients as a calendar shows.

    queries: 1
    """
    return sessions_between(start, end).select_related(None).select_related("room", "client").only(*DRAWN)


def planned_between(start: datetime, end: datetime) -> list[Planned]:
    """Return what a plan shows of the sessions that `sessions_between` finds.

    queries: 1
    """
    rows: Iterable[tuple[Any, ...]] = sessions_between(start, end).select_related(None).values_list(*PLANNED)
    return list(map(Planned._make, rows))


def timetable(*, first_day: date, days: int, zone: ZoneInfo) -> list[PlannedDay]:
    """Return consecutive local days with what a plan shows of their sessions.

    returns: always as many as asked for, in order; a session over midnight stands in both days
    queries: 1
    """
    dates = [first_day + timedelta(days=number) for number in range(days)]
    edges = [local_midnight(day, zone) for day in [*dates, first_day + timedelta(days=days)]]
    sessions = planned_between(edges[0], edges[-1])
    return [
        PlannedDay(day, start, end, tuple(s for s in sessions if s.starts_at < end and start < s.ends_at))
        for day, start, end in zip(dates, edges, edges[1:], strict=False)
    ]


def day_timetable(*, day: date, zone: ZoneInfo) -> TimetableDay:
    """Return one local day with its sessions, all of them that there is to know.

    queries: 1
    """
    start, end = local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone)
    return TimetableDay(day, start, end, tuple(sessions_between(start, end)))


def week_timetable(*, week_starts_on: date, zone: ZoneInfo) -> list[PlannedDay]:
    """Return the seven days of a week with what a plan shows of their sessions.

    queries: 1, however many sessions
    """
    return timetable(first_day=week_starts_on, days=WEEK_DAYS, zone=zone)

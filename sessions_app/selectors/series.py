"""Series as people look at them: each date with whether it can be had, and what no longer fits the wall clock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from sessions_app.models import SessionSeries, SessionStatus, StudioSession
from sessions_app.selectors.answers import Answer
from sessions_app.selectors.crew import NOBODY, Crew
from sessions_app.selectors.many_slots import Wanted, check_slots
from sessions_app.selectors.recurrence import in_words, parse_rule
from studio.clock import is_skipped
from studio.office.selectors.profile import current_profile


@dataclass(frozen=True, slots=True)
class Line:
    """One date of a series, before it is saved.

    occurs_on: the date that the rule gives it
    moved_forward: its hour does not exist on that day: it starts later by the gap
    """

    occurs_on: date
    answer: Answer
    moved_forward: bool


def preview(
    *,
    series: SessionSeries,
    dates: Sequence[date],
    zone: ZoneInfo,
    now: datetime,
    picks: Mapping[date, Wanted] | None = None,
    crew: Crew = NOBODY,
) -> list[Line]:
    """Return for each date whether it can be booked, else by whom it is taken and what else there is on that day.

    series: need not be saved
    picks: what was chosen instead of what the rule says
    queries: 7 at most, however many dates
    """
    chosen = picks or {}
    wanted = [chosen.get(day) or Wanted(series.room, *series.instants(day, zone), crew) for day in dates]
    answers = check_slots(wanted=wanted, kind=series.kind, now=now)
    return [
        Line(day, answer, is_skipped(series.wall_start(day), zone)) for day, answer in zip(dates, answers, strict=True)
    ]


def occurrences(series: SessionSeries) -> QuerySet[StudioSession]:
    """Return the sessions of a series in the order of the rule's dates, with their rooms and clients.

    queries: 1
    """
    return series.sessions.select_related("room", "client", "project").order_by("occurs_on", "pk")


def open_occurrences(series: SessionSeries, now: datetime) -> QuerySet[StudioSession]:
    """Return the sessions that an edit of the series may change: not begun, not over, not invoiced."""
    coming = series.sessions.filter(status=SessionStatus.SCHEDULED, starts_at__gt=now, invoiced_at__isnull=True)
    return coming.order_by("occurs_on", "pk")


def rule_in_words(series: SessionSeries) -> str:
    """Return how a series repeats, as a person says it."""
    return in_words(parse_rule(series.rule), shifted=series.day_shift)


@dataclass(frozen=True, slots=True)
class Drift:
    """An occurrence whose instant is no longer what the wall clock of the studio makes of its rule."""

    session: StudioSession
    expected: datetime


def drifted(now: datetime, *, series: Collection[SessionSeries] | None = None) -> list[Drift]:
    """Return the coming sessions of series that a change of the studio's zone, or of its rules, has set off the rule.

    Nothing moves them but somebody who looks at this list. Those that were given a time of their own never stand in it.
    series: None means all
    queries: 2
    """
    zone = current_profile().zone
    coming = StudioSession.objects.filter(
        series__isnull=False,
        own_time=False,
        status=SessionStatus.SCHEDULED,
        starts_at__gt=now,
        invoiced_at__isnull=True,
    )
    if series is not None:
        coming = coming.filter(series__in=series)
    found = []
    for session in coming.select_related("series", "room", "client").order_by("starts_at", "pk"):
        expected = _expected(session, zone)
        if expected != session.starts_at:
            found.append(Drift(session, expected))
    return found


def _expected(session: StudioSession, zone: ZoneInfo) -> datetime:
    if session.series is None or session.occurs_on is None:
        return session.starts_at
    return session.series.instants(session.occurs_on, zone)[0]

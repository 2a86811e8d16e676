"""What the completion desk has before it: sessions that are over, and tomorrow's that nobody trains yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from studio.accounts.models import User
from studio.clock import local_day, local_midnight
from training.models import SAID, UNSAID, Attendee, TrainingSession, TrainingStatus
from training.selectors.dates import ONE_DAY

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class DeskDay:
    """A day with its sessions that are over, by start."""

    day: date
    sessions: Sequence[TrainingSession]


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the desk shows.

    days: the oldest first
    waiting: how many sessions are over in all; more than are shown, where there are very many
    untrained: tomorrow's without a trainer, by start
    said: what was said since midnight, the newest end first
    """

    days: Sequence[DeskDay]
    waiting: int
    untrained: Sequence[TrainingSession]
    said: Sequence[TrainingSession]

    @property
    def shown(self) -> int:
        """How many of those that are over are shown: the oldest."""
        return sum(len(each.sessions) for each in self.days)


def with_somebody(only: User | None) -> QuerySet[TrainingSession]:
    """Return the sessions that somebody has, with who and what.

    only: whose as a trainer; None is everybody's
    """
    found = TrainingSession.objects.exclude(session_type__attendee=Attendee.NOBODY)
    if only is not None:
        found = found.filter(trainer__user=only)
    return found.select_related("machine", "member", "trainer", "session_type")


def over(now: datetime, *, only: User | None = None) -> QuerySet[TrainingSession]:
    """Return the sessions that have ended and of which nobody has said how they were.

    only: as in `with_somebody`
    """
    return with_somebody(only).filter(status__in=UNSAID, scheduled_end__lte=now)


def left_out(
    waiting: Sequence[TrainingSession], shown: Sequence[UUID], *, zone: ZoneInfo, only: User | None = None
) -> QuerySet[TrainingSession]:
    """Return what a day completed as planned leaves alone, by start: no-shows, and what was shown and is said since.

    waiting: those that are completed
    shown: the keys of those that somebody saw
    only: as in `with_somebody`
    """
    wanted = Q(pk__in=shown)
    if waiting:
        days = [local_day(each.scheduled_start, zone) for each in waiting]
        start, end = local_midnight(min(days), zone), local_midnight(max(days) + ONE_DAY, zone)
        wanted |= Q(status=TrainingStatus.NO_SHOW, scheduled_start__gte=start, scheduled_start__lt=end)
    return with_somebody(only).filter(wanted, status__in=SAID).order_by("scheduled_start", "pk")


def untrained(day: date, zone: ZoneInfo) -> QuerySet[TrainingSession]:
    """Return the sessions to come of a local day that nobody trains yet, by start."""
    start, end = local_midnight(day, zone), local_midnight(day + ONE_DAY, zone)
    found = with_somebody(None).filter(status__in=UNSAID, trainer__isnull=True)
    return found.filter(scheduled_start__gte=start, scheduled_start__lt=end).order_by("scheduled_start", "pk")


def waiting_counts(*, now: datetime, zone: ZoneInfo, only: User | None = None) -> tuple[int, int]:
    """Return how many sessions are over, and how many of tomorrow's nobody trains yet.

    only: as in `desk`
    queries: 2; 1 for who sees their own only
    """
    tomorrow = local_day(now, zone) + ONE_DAY
    return over(now, only=only).count(), 0 if only else untrained(tomorrow, zone).count()


def desk(*, now: datetime, zone: ZoneInfo, only: User | None = None) -> Desk:
    """Return what waits at the desk.

    only: as in `with_somebody`; who sees their own only is not shown what has no trainer
    queries: 4, however many sessions
    """
    today = local_day(now, zone)
    waiting = over(now, only=only)
    shown = waiting.order_by("scheduled_start", "pk")[:MOST_SHOWN]
    days = [
        DeskDay(day, list(sessions))
        for day, sessions in groupby(shown, key=lambda session: local_day(session.scheduled_start, zone))
    ]
    said = with_somebody(only).filter(status__in=SAID, scheduled_end__gte=local_midnight(today, zone))
    return Desk(
        days,
        waiting.count(),
        list(untrained(today + ONE_DAY, zone)) if only is None else [],
        list(said.order_by("-scheduled_end", "pk")[:MOST_SHOWN]),
    )

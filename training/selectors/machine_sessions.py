"""What a machine has that has not begun."""

from datetime import datetime

from django.db.models import Q, QuerySet

from training.models import Machine, TrainingSession, TrainingStatus
from training.models.training_session import TrainingSessionQuerySet


def has_begun(session: TrainingSession, now: datetime) -> bool:
    """Return whether a session takes place or did, by the clock or by what was said of it."""
    is_ahead = session.status == TrainingStatus.SCHEDULED and session.scheduled_start > now
    return not is_ahead and session.status != TrainingStatus.CANCELLED


def begun_among(sessions: QuerySet[TrainingSession], now: datetime) -> QuerySet[TrainingSession]:
    """Return those that `has_begun`."""
    ahead = Q(status=TrainingStatus.SCHEDULED, scheduled_start__gt=now)
    return sessions.exclude(ahead | Q(status=TrainingStatus.CANCELLED))


def coming_on(machine: Machine, starts_at: datetime, ends_at: datetime, now: datetime) -> TrainingSessionQuerySet:
    """Return what a machine has that begins in [starts_at, ends_at) and has not begun, by start; outages are none."""
    ahead = TrainingSession.objects.filter(
        machine=machine,
        outage__isnull=True,
        status=TrainingStatus.SCHEDULED,
        scheduled_start__gt=now,
        scheduled_start__gte=starts_at,
        scheduled_start__lt=ends_at,
    )
    return ahead.select_related("member", "session_type").order_by("scheduled_start", "pk")

"""What a machine has that has not begun."""

from datetime import datetime

from training.models import Machine, TrainingSession, TrainingStatus
from training.models.training_session import TrainingSessionQuerySet


def is_coming(session: TrainingSession, now: datetime) -> bool:
    """Return whether a session has not begun, by the clock or by hand."""
    return session.status == TrainingStatus.SCHEDULED and session.scheduled_start > now


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

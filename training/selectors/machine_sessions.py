"""What a machine has that has not begun."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.db.models import Q, QuerySet

from training.models import Machine, TrainingSession, TrainingStatus
from training.models.training_session import TrainingSessionQuerySet, not_begun


def has_begun(session: TrainingSession, now: datetime) -> bool:
    """Return whether a session takes place or did, by the clock or by what was said of it."""
    return session.status != TrainingStatus.CANCELLED and not session.is_ahead(now)


def begun_among(sessions: QuerySet[TrainingSession], now: datetime) -> QuerySet[TrainingSession]:
    """Return those that `has_begun`."""
    return sessions.exclude(not_begun(now) | Q(status=TrainingStatus.CANCELLED))


def coming_on(machine: Machine, starts_at: datetime, ends_at: datetime, now: datetime) -> TrainingSessionQuerySet:
    """Return what a machine has that begins in [starts_at, ends_at) and has not begun, by start; outages are none."""
    ahead = TrainingSession.objects.ahead(now).filter(machine=machine, outage__isnull=True)
    within = ahead.filter(scheduled_start__gte=starts_at, scheduled_start__lt=ends_at)
    return within.select_related("member", "session_type").order_by("scheduled_start", "pk")


def fingerprint_of(sessions: Iterable[TrainingSession]) -> str:
    """Return by what one knows again that these very sessions were shown, at these times: 64 hexadecimal digits."""
    shown = sorted(f"{row.pk} {row.scheduled_start.isoformat()} {row.scheduled_end.isoformat()}" for row in sessions)
    return sha256("\n".join(shown).encode()).hexdigest()

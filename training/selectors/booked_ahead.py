"""Sessions to come that a subscription pays for."""

from datetime import datetime

from training.models import Subscription, TrainingSession, TrainingStatus


def booked_ahead(subscription: Subscription, now: datetime) -> list[TrainingSession]:
    """Return the sessions that a subscription pays for and that have not begun, by start.

    queries: 1
    """
    rows = TrainingSession.objects.filter(
        subscription=subscription, status=TrainingStatus.SCHEDULED, scheduled_start__gt=now
    )
    joined = rows.select_related("machine", "trainer__user", "member", "session_type", "subscription")
    return list(joined.order_by("scheduled_start", "pk"))

"""Sessions to come that a subscription pays for, or one that it replaced."""

from datetime import datetime

from training.models import Subscription, TrainingSession


def booked_ahead(subscription: Subscription, now: datetime) -> list[TrainingSession]:
    """Return the sessions that a subscription, or one upgraded to it, pays for and that have not begun, by start.

    queries: 2
    """
    rows = TrainingSession.objects.ahead(now).filter(subscription__in=_with_replaced(subscription))
    joined = rows.select_related("machine", "trainer__user", "member", "session_type", "subscription")
    return list(joined.order_by("scheduled_start", "pk"))


def _with_replaced(subscription: Subscription) -> list[int]:
    """Return the keys of a subscription and of those that were upgraded to it, one after the other."""
    upgraded = Subscription.objects.filter(member=subscription.member_id, upgraded_to__isnull=False)
    before = dict(upgraded.values_list("upgraded_to", "pk"))
    keys = [subscription.pk]
    while (key := before.pop(keys[-1], None)) is not None:
        keys.append(key)
    return keys

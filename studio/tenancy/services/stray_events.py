"""Keeping what the payment provider told, signed, and what is no studio's: an operator looks at it."""

from datetime import datetime, timedelta
from typing import Any

from studio.tenancy.context import on_platform
from studio.tenancy.models import StrayEvent

KEPT = timedelta(days=90)  # Stripe itself lists them for thirty; they tell of people whom nobody here knows


def keep_stray(*, event_id: str, kind: str, account: str, payload: dict[str, Any], problem: str, now: datetime) -> None:
    """Write an event of nobody down, once. On the platform."""
    told: dict[str, Any] = {"type": kind, "provider_account": account, "payload": payload, "problem": problem}
    StrayEvent.objects.bulk_create([StrayEvent(event_id=event_id, received_at=now, **told)], ignore_conflicts=True)


def forget_old(*, now: datetime) -> int:
    """Delete what nobody has asked for in three months, and return how much that was."""
    with on_platform():
        return StrayEvent.objects.filter(received_at__lt=now - KEPT).delete()[0]

"""Keeping what the payment provider told, signed, and what is no studio's: an operator looks at it."""

from datetime import datetime
from typing import Any

from studio.tenancy.models import StrayEvent


def keep_stray(*, event_id: str, kind: str, account: str, payload: dict[str, Any], problem: str, now: datetime) -> None:
    """Write an event of nobody down, once. On the platform."""
    told: dict[str, Any] = {"type": kind, "provider_account": account, "payload": payload, "problem": problem}
    StrayEvent.objects.bulk_create([StrayEvent(event_id=event_id, received_at=now, **told)], ignore_conflicts=True)

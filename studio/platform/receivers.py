"""News this app takes from below: what a command has done to a studio goes into the operators' trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from studio.accounts.services import audit
from studio.tenancy.models import Studio
from studio.tenancy.signals import registry_changed


@receiver(registry_changed, dispatch_uid="platform.record_change")
def record_change(
    *, studio: Studio, verb: str, changes: Mapping[str, tuple[object, object]], now: datetime, **_kwargs: Any
) -> None:
    """Write a line of the trail; whoever may run commands has no account."""
    audit.record(verb=verb, subject=studio, actor=None, now=now, changes=changes)

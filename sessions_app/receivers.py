"""News this app takes from below: what the office writes goes into the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.dispatch import receiver

from studio.accounts.models import User
from studio.accounts.services import audit
from studio.office.signals import office_changed


@receiver(office_changed, dispatch_uid="sessions_app.audit_office")
def record_office_change(
    subject: Model,
    verb: str,
    changes: Mapping[str, tuple[object, object]],
    actor: User | None,
    now: datetime,
    **_kwargs: Any,
) -> None:
    """Write the audit row of a change in the office, which stands below the trail."""
    audit.record(verb=verb, subject=subject, actor=actor, now=now, changes=changes)

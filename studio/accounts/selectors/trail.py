"""What the trail holds on one row."""

from datetime import datetime

from django.db import models
from django.utils.dateparse import parse_datetime

from studio.accounts.models import AuditEvent
from studio.showing import when
from studio.trail import TrailLine, field_label, value_text


def trail_of(row: models.Model, most: int) -> list[TrailLine]:
    """Return what was done to a row, newest first.

    queries: 1
    """
    model = type(row)
    events = AuditEvent.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk)).order_by("-at", "-pk")
    return [
        TrailLine(
            at=event.at,
            who=event.actor_label,
            verb=event.verb,
            reason=event.reason,
            changes=[
                (field_label(model, name), _shown(model, name, old), _shown(model, name, new))
                for name, (old, new) in event.changes.items()
            ],
        )
        for event in events[:most]
    ]


def _shown(model: type[models.Model], name: str, value: object) -> str:
    """Return a value of the trail as text: an instant on the studio's clock, a key as it is."""
    if name.endswith(("_at", "_start", "_end", "_from", "_to")) and isinstance(value, str):
        at: datetime | None = parse_datetime(value)
        if at is not None:
            return when(at)
    return value_text(model, name, value)

"""What the trail holds on one row."""

from django.db import models

from studio.accounts.models import AuditEvent
from studio.trail import TrailLine, field_label, value_text


def trail_of(row: models.Model, most: int) -> list[TrailLine]:
    """Return what was done to a row, newest first.

    queries: 1, and 1 for each kind of row that the changes name
    """
    model = type(row)
    found = AuditEvent.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk)).order_by("-at", "-pk")
    events = list(found[:most])
    names = _names_of_related(model, events)
    return [
        TrailLine(
            at=event.at,
            who=event.actor_label,
            verb=event.verb,
            reason=event.reason,
            changes=[
                (field_label(model, field), _shown(model, field, old, names), _shown(model, field, new, names))
                for field, (old, new) in event.changes.items()
            ],
        )
        for event in events
    ]


def _names_of_related(model: type[models.Model], events: list[AuditEvent]) -> dict[tuple[str, object], str]:
    """Return what the rows that changes refer to are called now; those that are gone are missing."""
    names: dict[tuple[str, object], str] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            keys = {key for event in events for key in event.changes.get(field.name, ()) if key is not None}
            rows: models.QuerySet[models.Model] = models.QuerySet(field.remote_field.model)
            names |= {(field.name, related.pk): str(related) for related in rows.filter(pk__in=keys)}
    return names


def _shown(model: type[models.Model], field: str, value: object, names: dict[tuple[str, object], str]) -> str:
    """Return a value of the trail as text, a row by its name."""
    known = names.get((field, value)) if isinstance(value, int | str) else None
    return known or value_text(model, field, value)

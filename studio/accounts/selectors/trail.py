"""What the trail holds on one row."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext

from studio.accounts.models import AuditEvent
from studio.trail import TrailLine, field_label, value_text


def trail_of(row: models.Model, most: int) -> list[TrailLine]:
    """Return what was done to a row, newest first.

    queries: 1, and 1 for each kind of row that the changes name, 2 where some of them are gone
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


def _names_of_related(model: type[models.Model], events: list[AuditEvent]) -> dict[tuple[str, str], str]:
    """Return what the rows that changes refer to are called now, or were when they were deleted.

    returns: field and key, as text, -> name; a value that is no key is left out
    """
    names: dict[tuple[str, str], str] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            related = field.remote_field.model
            values = {value for event in events for value in event.changes.get(field.name, ()) if value is not None}
            keys = {str(value) for value in values if _is_key(related, value)}
            rows: models.QuerySet[models.Model] = models.QuerySet(related)
            found = {str(row.pk): str(row) for row in rows.filter(pk__in=keys)}
            found |= _names_of_gone(related, keys - found.keys())
            names |= {(field.name, key): name for key, name in found.items()}
    return names


def _is_key(model: type[models.Model], value: object) -> bool:
    """Return whether a value may be a key of a model: some acts tell the name instead."""
    try:
        model._meta.pk.to_python(value)
    except ValidationError:
        return False
    return True


def _names_of_gone(model: type[models.Model], keys: set[str]) -> dict[str, str]:
    """Return what deleted rows were called."""
    if not keys:
        return {}
    deleted = AuditEvent.objects.filter(object_type=model._meta.label_lower, object_id__in=keys, verb="delete")
    told = deleted.order_by("at", "pk").values_list("object_id", "object_label")
    return {key: gettext("%(name)s (deleted)") % {"name": label} for key, label in told}


def _shown(model: type[models.Model], field: str, value: object, names: dict[tuple[str, str], str]) -> str:
    """Return a value of the trail as text, a row by its name."""
    known = names.get((field, str(value))) if isinstance(value, int | str) else None
    return known or value_text(model, field, value)

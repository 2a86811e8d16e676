"""Checks of how deletion spreads, over the models of every app."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import models
from django.db.models.deletion import DB_CASCADE, DO_NOTHING, SET_NULL, DatabaseOnDelete

DELETED_BY_PYTHON = (models.CASCADE, SET_NULL, models.SET_DEFAULT)


def _foreign_keys(model: type[models.Model]) -> Iterator[models.ForeignKey[Any, Any]]:
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            yield field


def _on_delete(field: models.ForeignKey[Any, Any]) -> Any:
    return field.remote_field.on_delete


def _acts_in_python(rule: Any) -> bool:
    return rule in DELETED_BY_PYTHON or getattr(rule, "deconstruct", None) is not None


def skipped_children(all_models: Iterable[type[models.Model]]) -> list[tuple[Any, Any]]:
    """Return pairs (parent key, child key) whose child Django would forget.

    When the database deletes the parent's row by DB_CASCADE, Django never looks at the parent, so a
    Python-level rule of a child of that parent is not carried out and the database refuses the delete.
    """
    listed = list(all_models)
    cascaded = {
        field.model: field for model in listed for field in _foreign_keys(model) if _on_delete(field) is DB_CASCADE
    }
    return [
        (cascaded[parent], field)
        for model in listed
        for field in _foreign_keys(model)
        if (parent := field.remote_field.model) in cascaded and _acts_in_python(_on_delete(field))
    ]


def required_but_nulled(all_models: Iterable[type[models.Model]]) -> list[Any]:
    """Return the keys that may not be empty and yet are to be emptied when their target is deleted."""
    rules = (models.SET_NULL, models.DB_SET_NULL)
    return [f for model in all_models for f in _foreign_keys(model) if _on_delete(f) in rules and not f.null]


def without_rule_in_database(all_models: Iterable[type[models.Model]]) -> list[Any]:
    """Return the keys whose deletion rule is stated nowhere."""
    return [f for model in all_models for f in _foreign_keys(model) if _on_delete(f) is DO_NOTHING]


def is_database_rule(rule: Any) -> bool:
    """Return whether a deletion rule is carried out by the database itself."""
    return isinstance(rule, DatabaseOnDelete)


@register(Tags.models)
def deletion_check(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse rules of deletion that contradict each other."""
    listed = apps.get_models(include_auto_created=True)
    messages: list[CheckMessage] = [
        Error(
            f"{child} is handled by Python, and the rows of {parent.model._meta.label} are deleted by the database.",
            hint="Give the child DB_CASCADE or DB_SET_NULL, or PROTECT where a refusal is wanted.",
            obj=child.model,
            id="studio.E010",
        )
        for parent, child in skipped_children(listed)
    ]
    messages += [
        Error(f"{field} is required and set to null on delete.", obj=field.model, id="studio.E011")
        for field in required_but_nulled(listed)
    ]
    return messages

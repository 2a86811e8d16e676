"""Models for one test, inside isolate_apps()."""

from django.db import models


def imagined(name: str, **fields) -> type[models.Model]:
    """Return a model that belongs to no app."""
    meta = type("Meta", (), {"app_label": "tests"})
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


def link(target: type[models.Model], rule, **facts) -> models.ForeignKey:
    return models.ForeignKey(target, on_delete=rule, related_name="+", **facts)

"""Boxes that search for rows: what was typed into an address or a form is looked up only where it is a key."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest


def keys_only(model: type[models.Model], typed: Sequence[Any]) -> list[Any]:
    """Return the keys of a model among what was typed: a box would look the rest up as keys too, to show it again."""
    return [each for each in typed if _is_key(model._meta.pk, each)]


def _is_key(key: Any, typed: Any) -> bool:
    try:
        key.run_validators(key.to_python(typed))
    except ValidationError:
        return False
    return "\0" not in str(typed)


class SearchOne(AutocompleteSelect):
    """A box that searches for one row."""

    def optgroups(self, name: str, value: Sequence[Any], attrs: dict[str, Any] | None = None) -> Any:
        """Return what is chosen."""
        return super().optgroups(name, keys_only(self.field.remote_field.model, value), attrs)


class SearchSome(AutocompleteSelectMultiple):
    """A box that searches for rows."""

    def optgroups(self, name: str, value: Sequence[Any], attrs: dict[str, Any] | None = None) -> Any:
        """Return what is chosen."""
        return super().optgroups(name, keys_only(self.field.remote_field.model, value), attrs)


class SearchBoxes:
    """Mixed in before an admin class of the theme: its `autocomplete_fields` are such boxes."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the field, with our box where it searches."""
        this: Any = self
        if "widget" not in kwargs and db_field.name in this.get_autocomplete_fields(request):
            kwargs["widget"] = SearchOne(db_field, this.admin_site, using=kwargs.get("using"))
        parent: Any = super()
        return parent.formfield_for_foreignkey(db_field, request, **kwargs)

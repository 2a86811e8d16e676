"""Admin classes whose rows only services write, each with its own line in the trail."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from studio.accounts.requests import actor_of
from studio.accounts.roles import Scope, Verb, scope_of
from studio.admin_tools import StudioModelAdmin

__all__ = ["ServedAdmin", "WorkAdmin", "actor_of", "by_htmx", "sees_every_row"]


def by_htmx(request: HttpRequest) -> bool:
    """Return whether a part of a page is asked for, not a page."""
    return bool(getattr(request, "htmx", False))


def sees_every_row(request: HttpRequest, model_label: str) -> bool:
    """Return whether the person's roles open all rows of a model, not only their own."""
    return scope_of(actor_of(request).role_names, model_label, Verb.VIEW) == Scope.ALL


class ServedAdmin(StudioModelAdmin):
    """Hands what the form says to a service, which checks, saves and writes the trail.

    A refusal of the service undoes the whole request and comes back as a sentence on the form. What a class names no
    service for is not done by hand, whatever the rights are.
    """

    def create(self, request: HttpRequest, given: dict[str, Any], now: Any) -> Model:
        """Make the row by its service and return it."""
        raise PermissionDenied

    def change(self, request: HttpRequest, obj: Any, given: dict[str, Any], now: Any) -> Any:
        """Change what the form changed, by the row's service."""
        raise PermissionDenied

    def remove(self, request: HttpRequest, obj: Any, now: Any) -> Any:
        """Delete the row by its service."""
        raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Create or change through the service; the object the page goes on with is the saved one."""
        columns = {field.name for field in self.opts.concrete_fields}
        cleaned = {name: value for name, value in form.cleaned_data.items() if name in columns}
        if not change:
            obj.__dict__.update(self.create(request, cleaned, timezone.now()).__dict__)
        elif given := {name: value for name, value in cleaned.items() if name in form.changed_data}:
            self.change(request, obj, given, timezone.now())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete through the service."""
        self.remove(request, obj, timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete each of the chosen rows through the service; when one is refused, all stay."""
        with transaction.atomic():
            for obj in queryset.order_by("pk"):
                self.remove(request, obj, timezone.now())

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Leave the trail to the service."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Leave the trail to the service."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Leave the trail to the service."""


class WorkAdmin(ServedAdmin):
    """Shows somebody whose role sees their own rows only those."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that the person's roles open."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows if sees_every_row(request, self.opts.label_lower) else self.own_rows(rows, request)

    def own_rows(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that name the person; nothing names one yet."""
        return rows.none()

"""Pages of things that cost money, for those as well who are not shown what sessions cost."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse

from sessions_app.admin.fee_parts import sees_money
from sessions_app.admin.served import ServedAdmin
from studio.trail import TrailLine, field_label, trail_of


def without_facts(lines: Iterable[TrailLine], hidden: Iterable[str]) -> list[TrailLine]:
    """Return lines of the trail without the changes of some facts.

    hidden: labels; also of a fact of somebody named before it, as in "Bea: rate"
    """
    labels = tuple(hidden)
    return [
        replace(line, changes=[change for change in line.changes if not _is_of(str(change[0]), labels)])
        for line in lines
    ]


def _is_of(name: str, labels: tuple[str, ...]) -> bool:
    return name in labels or name.endswith(tuple(f": {label}" for label in labels))


class HiddenMoneyAdmin(ServedAdmin):
    """Leaves `money_fields` out of list, form and history for whom money is not shown."""

    money_fields: frozenset[str] = frozenset()

    def shows_money(self, request: HttpRequest) -> bool:
        """Return whether the person may see these fields."""
        return sees_money(request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the rows of the form; a part that has none left is left out."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.shows_money(request):
            return fieldsets
        shown = [(name, {**part, "fields": self._without(part["fields"])}) for name, part in fieldsets]
        return [(name, part) for name, part in shown if part["fields"]]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns."""
        shown = super().get_list_display(request)
        return shown if self.shows_money(request) else self._without(shown)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was done to the row."""
        found = None if self.shows_money(request) else self.get_object(request, unquote(object_id))
        labels = [field_label(self.model, name) for name in self.money_fields]
        lines = {} if found is None else {"lines": without_facts(trail_of(found), labels)}
        return super().history_view(request, object_id, {**lines, **(extra_context or {})})

    def _without(self, names: Iterable[Any]) -> tuple[Any, ...]:
        rows = (self._without(row) if isinstance(row, list | tuple) else row for row in names)
        return tuple(row for row in rows if row not in self.money_fields and row != ())

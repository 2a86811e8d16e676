"""Parts of a whole on the page of the whole."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import TabularInline

from studio.admin_tools.numbers import NUMBER_BOXES
from studio.admin_tools.searching import SearchBoxes


class StudioTabularInline(SearchBoxes, TabularInline):
    """Parts of the whole, one a row."""

    extra = 0
    show_change_link = True
    formfield_overrides = NUMBER_BOXES


class AppendOnlyInline(StudioTabularInline):
    """Parts that are added and never rewritten, e.g. notes."""

    extra = 1
    show_change_link = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

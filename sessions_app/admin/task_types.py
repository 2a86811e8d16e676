"""What hours are counted under, and what an hour of it costs."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminColorInputWidget

from sessions_app.models import TaskType
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LineTextarea, StudioModelAdmin
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import badge


class TaskTypeForm(StudioModelForm):
    """A task type's facts."""

    class Meta:
        model = TaskType
        fields = "__all__"
        widgets = {"colour": UnfoldAdminColorInputWidget, "description": LineTextarea}


@admin.register(TaskType, site=studio_site)
class TaskTypeAdmin(StudioModelAdmin):
    """Task types; one that hours have is switched off, not deleted."""

    menu = MenuEntry(MenuGroup.TIME, "category", 40, kinds=RECORDING)
    form = TaskTypeForm
    list_display = ("named", "hourly_rate", "is_billable", "state", "position")
    list_filter = ("billable", "is_active")
    search_fields = ("name",)
    ordering = ("position", "name", "pk")
    fieldsets = (
        (None, {"fields": (("name", "colour"), ("hourly_rate", "billable"), ("position", "is_active"), "description")}),
    )

    @admin.display(description=_("name"), ordering="name")
    def named(self, task: TaskType) -> str:
        """Show the name beside the task's colour."""
        mark = '<span class="room-mark" style="--room: {}" aria-hidden="true"></span> {}'
        return format_html(mark, task.colour, task.name)

    @admin.display(description=_("bill"), ordering="billable")
    def is_billable(self, task: TaskType) -> str:
        """Show whether its hours are for the client's bill."""
        return badge(_("billable"), "success") if task.billable else badge(_("not billable"), "neutral")

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, task: TaskType) -> str:
        """Show whether new entries can have it."""
        return badge(_("in use"), "info") if task.is_active else badge(_("switched off"), "muted")

    def has_delete_permission(self, request: HttpRequest, obj: TaskType | None = None) -> bool:
        """Ask for the right, one by one: the database refuses one that hours have."""
        return bool(super().has_delete_permission(request, obj))

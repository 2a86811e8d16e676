"""Session types."""

from django.contrib import admin
from unfold.widgets import UnfoldAdminColorInputWidget

from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LineTextarea, StudioModelAdmin
from studio.admin_tools.model_admin import StudioModelForm
from training.models import SessionType


class SessionTypeForm(StudioModelForm):
    """A session type's facts."""

    class Meta:
        model = SessionType
        fields = "__all__"
        widgets = {"colour": UnfoldAdminColorInputWidget, "description": LineTextarea}


@admin.register(SessionType, site=studio_site)
class SessionTypeAdmin(StudioModelAdmin):
    """Session types; one that sessions have is switched off, not deleted."""

    menu = MenuEntry(MenuGroup.TRAINING, "category", 70, kinds=TRAINING)
    form = SessionTypeForm
    list_display = ("name", "code", "attendee", "takes_credit", "counts_in_cap", "is_active")
    list_filter = ("attendee", "is_active")
    ordering = ("position", "name", "pk")

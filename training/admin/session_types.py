"""Session types: what sessions are for, and the rules that follow from it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminColorInputWidget

from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LineTextarea, StudioModelAdmin
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import NOTHING, badge
from training.models import SessionType


class SessionTypeForm(StudioModelForm):
    """A session type's facts; its code is fixed: sessions are kept under it."""

    class Meta:
        model = SessionType
        fields = "__all__"
        widgets = {"colour": UnfoldAdminColorInputWidget, "description": LineTextarea}


@admin.register(SessionType, site=studio_site)
class SessionTypeAdmin(StudioModelAdmin):
    """Session types: named, coloured and ruled here, neither added nor deleted."""

    menu = MenuEntry(MenuGroup.TRAINING, "category", 70, kinds=TRAINING)
    form = SessionTypeForm
    list_display = ("named", "attendee", "credit", "week", "bill", "state", "position")
    list_filter = ("attendee", "is_active")
    search_fields = ("name", "code")
    ordering = ("position", "name", "pk")
    readonly_fields = ("code",)
    fieldsets = (
        (None, {"fields": (("name", "code"), ("colour", "position"), "description", "is_active")}),
        (
            _("Rules"),
            {"fields": ("attendee", ("takes_credit", "billed_apart"), ("counts_in_cap", "skips_cap"))},
        ),
    )

    @admin.display(description=_("name"), ordering="name")
    def named(self, session_type: SessionType) -> str:
        """Show the name beside the type's colour."""
        mark = '<span class="room-mark" style="--room: {}" aria-hidden="true"></span> {}'
        return format_html(mark, session_type.colour, session_type.name)

    @admin.display(description=_("credit"), ordering="takes_credit")
    def credit(self, session_type: SessionType) -> str:
        """Show whether one takes a credit."""
        return badge(_("takes one"), "info") if session_type.takes_credit else NOTHING

    @admin.display(description=_("limit of the week"), ordering="counts_in_cap")
    def week(self, session_type: SessionType) -> str:
        """Show what the limit of a week means for it."""
        if session_type.skips_cap:
            return badge(_("may exceed it"), "warning")
        return badge(_("counts"), "neutral") if session_type.counts_in_cap else NOTHING

    @admin.display(description=_("bill"), ordering="billed_apart")
    def bill(self, session_type: SessionType) -> str:
        """Show whether a completed one is billed apart."""
        return badge(_("apart"), "success") if session_type.billed_apart else NOTHING

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, session_type: SessionType) -> str:
        """Show whether new sessions can have it."""
        return badge(_("in use"), "info") if session_type.is_active else badge(_("switched off"), "muted")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what a code means is written where sessions are booked."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: one that is not wanted is switched off."""
        return False

"""Rooms."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminColorInputWidget

from sessions_app.admin.hidden_money import HiddenMoneyAdmin
from sessions_app.admin.served import actor_of
from sessions_app.models import CalendarFeed, Room
from sessions_app.services import rooms
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LinesField, LineTextarea
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import badge


class RoomForm(StudioModelForm):
    """A room's facts."""

    features = LinesField(label=_("Features"), required=False, help_text=_("One a line."))

    class Meta:
        model = Room
        fields = "__all__"
        widgets = {"colour": UnfoldAdminColorInputWidget, "description": LineTextarea}


@admin.register(Room, site=studio_site)
class RoomAdmin(HiddenMoneyAdmin):
    """Rooms."""

    menu = MenuEntry(MenuGroup.HOUSE, "meeting_room", 10, kinds=RECORDING)
    form = RoomForm
    money_fields = frozenset({"hourly_rate", "half_day_rate", "day_rate", "vat_rate"})
    list_display = ("named", "kind", "capacity", "hourly_rate", "day_rate", "around", "state")
    list_filter = ("kind", "is_active", "is_available_for_booking")
    search_fields = ("name",)
    ordering = ("name", "pk")
    change_form_outer_after_template = "sessions_app/admin/room_feeds.html"
    fieldsets = (
        (None, {"fields": ("name", ("kind", "colour"), ("capacity", "size"), "description", "features")}),
        (
            _("Booking"),
            {
                "fields": (
                    ("is_active", "is_available_for_booking"),
                    ("setup_minutes", "teardown_minutes", "request_notice_hours"),
                )
            },
        ),
        (_("Prices"), {"fields": (("hourly_rate", "half_day_rate", "day_rate"), "vat_rate")}),
    )

    @admin.display(description=_("name"), ordering="name")
    def named(self, room: Room) -> str:
        """Show the name beside the room's colour."""
        return format_html(
            '<span class="room-mark" style="--room: {}" aria-hidden="true"></span> {}', room.colour, room.name
        )

    @admin.display(description=_("setup + teardown"))
    def around(self, room: Room) -> str:
        """Show the minutes kept free around a session."""
        return _("%(setup)d + %(teardown)d min") % {"setup": room.setup_minutes, "teardown": room.teardown_minutes}

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, room: Room) -> str:
        """Show whether the room can be booked."""
        if not room.is_active:
            return badge(_("off"), "muted")
        return badge(_("open"), "success") if room.is_available_for_booking else badge(_("not bookable"), "warning")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show below the facts which calendars read the room."""
        room = context.get("original")
        if room is not None and request.user.has_perm("sessions_app.view_calendarfeed"):
            open_feeds = CalendarFeed.objects.open().filter(room=room).order_by("name", "pk")
            context |= {"feeds": open_feeds, "may_make": request.user.has_perm("sessions_app.add_calendarfeed")}
        return super().render_change_form(request, context, *args, **kwargs)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Open a room."""
        return rooms.create_room(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Room, given: dict[str, Any], now: datetime) -> None:
        """Change a room."""
        rooms.change_room(room=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Room, now: datetime) -> None:
        """Delete a room in which nothing took place."""
        rooms.delete_room(room=obj, actor=actor_of(request), now=now)

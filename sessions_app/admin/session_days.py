"""What sessions come to day by day."""

from django.contrib import admin

from sessions_app.models import SessionDay
from studio.admin_sites import studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin


@admin.register(SessionDay, site=studio_site)
class SessionDayAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Sums that reports read; rows of one day belong together."""

    list_display = ("starts_on", "room", "status", "sessions", "seconds")
    list_select_related = ("room",)
    list_filter = ("status", "room", "starts_on")
    ordering = ("-starts_on", "-pk")

"""Talents."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import ServedAdmin, actor_of
from sessions_app.models import Musician
from sessions_app.services import musicians
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LinesField, LineTextarea, PairsField
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import badge


class MusicianForm(StudioModelForm):
    """A talent's facts."""

    instruments = LinesField(label=_("Instruments"), required=False, help_text=_("One a line."))
    genres = LinesField(label=_("Genres"), required=False, help_text=_("One a line."))
    links = PairsField(label=_("Links"), required=False, help_text=_("One a line, as: site: address"))

    class Meta:
        model = Musician
        fields = "__all__"
        widgets = {"biography": LineTextarea, "usage_terms": LineTextarea, "notes": LineTextarea}


@admin.register(Musician, site=studio_site)
class MusicianAdmin(ServedAdmin):
    """Talents."""

    menu = MenuEntry(MenuGroup.PEOPLE, "mic_external_on", 20, kinds=RECORDING)
    form = MusicianForm
    list_display = ("name", "stage_name", "talent_type", "primary_instrument", "hourly_rate", "usage_ends_on", "state")
    list_filter = ("talent_type", "is_active")
    search_fields = ("name", "stage_name")
    ordering = ("name", "pk")
    fieldsets = (
        (None, {"fields": ("name", ("stage_name", "talent_type"), ("email", "phone"), "is_active")}),
        (_("Work"), {"fields": ("primary_instrument", ("instruments", "genres"), "biography", "links")}),
        (_("Terms"), {"fields": (("hourly_rate", "usage_ends_on"), "usage_terms", "notes")}),
    )

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, musician: Musician) -> str:
        """Show whether the talent is active."""
        return badge(_("active"), "success") if musician.is_active else badge(_("archived"), "muted")

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Write down a talent."""
        return musicians.create_musician(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Musician, given: dict[str, Any], now: datetime) -> None:
        """Change a talent."""
        musicians.change_musician(musician=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Musician, now: datetime) -> None:
        """Delete a talent."""
        musicians.delete_musician(musician=obj, actor=actor_of(request), now=now)

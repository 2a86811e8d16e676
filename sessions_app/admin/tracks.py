"""Tracks: their facts, and below them what is heard, said and printed of them."""

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from sessions_app.admin import track_pages
from sessions_app.admin.served import WorkAdmin, actor_of
from sessions_app.admin.sharing import ShareSubject
from sessions_app.models import Track, TrackStatus
from sessions_app.selectors.crew import projects_of_engineer
from sessions_app.selectors.tracks import HeardVersion, track_overview
from sessions_app.services import tracks
from sessions_app.track_forms import LengthField
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LineTextarea, PairsField, badge
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import length, zone_name

TONES = {TrackStatus.RECORDING: "neutral", TrackStatus.COMPLETED: "success"}
SCRIPTED = {
    "upload-begin": track_pages.begin_view,
    "upload-part": track_pages.part_view,
    "upload-finish": track_pages.finish_view,
    "comment": track_pages.comment_view,
    "settle": track_pages.settle_view,
}


class TrackForm(StudioModelForm):
    """A track's facts."""

    duration = LengthField(
        label=_("Duration"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Minutes:seconds, e.g. 3:07."),
    )
    technical_sheet = PairsField(
        label=_("Technical sheet"), required=False, help_text=_("One a line, as: microphone: U 87")
    )

    class Meta:
        model = Track
        fields = "__all__"
        widgets = {"lyrics": LineTextarea, "notes": LineTextarea}


def played(heard: HeardVersion) -> dict[str, Any]:
    """Return a version with the addresses of its audio, which ask each time who listens."""
    audio = reverse("admin:sessions_app_trackversion_audio", args=[heard.version.pk]) if heard.version.file else ""
    return {
        "version": heard.version,
        "threads": heard.threads,
        "src": audio,
        "download": f"{audio}?save=1" if audio else "",
    }


@admin.register(Track, site=studio_site)
class TrackAdmin(WorkAdmin):
    """Tracks of all projects."""

    menu = MenuEntry(MenuGroup.WORK, "queue_music", 32, kinds=RECORDING)
    form = TrackForm
    list_display = ("title_shown", "project", "state", "lasts", "isrc")
    list_filter = ("status",)
    linked_lookups = ("project__id__exact", "session__id__exact")
    list_select_related = ("project",)
    search_fields = ("title",)
    ordering = ("-project_id", "number", "pk")
    autocomplete_fields = ("project", "session")
    action_pages = (track_pages.AddVersion, ShareSubject, track_pages.DeleteTrack)
    change_form_outer_after_template = "sessions_app/admin/track_below.html"
    fieldsets = (
        (None, {"fields": (("project", "session"), ("title", "status"), ("duration", "isrc"), ("bpm", "key"))}),
        (
            _("Texts"),
            {
                "classes": ("collapse",),
                "fields": (("language", "is_explicit"), "lyrics", "technical_sheet", "notes"),
            },
        ),
    )

    def own_rows(self, rows: QuerySet[Track], request: HttpRequest) -> QuerySet[Track]:
        """Return those of the projects that the person works for."""
        return rows.filter(project__in=projects_of_engineer(actor_of(request)))

    def get_readonly_fields(self, request: HttpRequest, obj: Track | None = None) -> tuple[str, ...]:
        """Keep a track with its project."""
        return ("project",) if obj else ()

    @admin.display(description=_("title"), ordering="title")
    def title_shown(self, track: Track) -> str:
        """Show number and title."""
        return str(track)

    @admin.display(description=_("status"), ordering="status")
    def state(self, track: Track) -> str:
        """Show how far it has come."""
        return badge(track.get_status_display(), TONES.get(TrackStatus(track.status), "info"))

    @admin.display(description=_("duration"), ordering="duration")
    def lasts(self, track: Track) -> str:
        """Show minutes and seconds."""
        return length(track.duration) if track.duration else "-"

    def get_urls(self) -> list[Any]:
        """Return the URLs, those that scripts and comment forms call first."""
        acts = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(require_POST(partial(view, self))),
                name=f"track-{name}",
            )
            for name, view in SCRIPTED.items()
        ]
        return [*acts, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the versions, comments and credits below the facts; deleting is one of the buttons above."""
        if track := context.get("original"):
            overview = track_overview(track)
            may_comment = request.user.has_perm(track_pages.ADD_COMMENT)
            may_settle = request.user.has_perm(track_pages.CHANGE_COMMENT)
            address = partial(reverse, args=[track.pk])
            context |= {
                "heard": [played(each) for each in overview.versions],
                "credits": overview.credits,
                "split": sum(credit.split_percent or 0 for credit in overview.credits),
                "comment_url": address("admin:track-comment") if may_comment else "",
                "settle_url": address("admin:track-settle") if may_settle else "",
                "listener": None,
                "zone": zone_name(),
            }
        return super().render_change_form(request, {"refused": {}, **context, "show_delete": False}, *args, **kwargs)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Add a track to its project."""
        return tracks.add_track(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Track, given: dict[str, Any], now: datetime) -> None:
        """Change a track."""
        tracks.change_track(track=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Track, now: datetime) -> None:
        """Delete a track."""
        tracks.delete_track(track=obj, actor=actor_of(request), now=now)

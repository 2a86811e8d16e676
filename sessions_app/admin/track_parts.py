"""Comments and credits of all tracks, as lists."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import WorkAdmin, actor_of
from sessions_app.models import TrackComment, TrackCredit
from sessions_app.services import track_comments, track_credits
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import badge, when
from studio.showing import length


@admin.register(TrackComment, site=studio_site)
class TrackCommentAdmin(WorkAdmin):
    """What listeners and staff say; said and settled on the track's page."""

    menu = MenuEntry(MenuGroup.WORK, "forum", 33, kinds=RECORDING)
    list_display = ("body_shown", "track", "at", "author_label", "state", "said")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "author_kind")
    linked_lookups = ("version__track__id__exact",)
    list_select_related = ("version__track",)
    ordering = ("-created_at", "-pk")
    fields = ("body", "track", ("at", "author_label"), ("state", "said"))
    readonly_fields = ("body", "track", "at", "author_label", "state", "said")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a comment is made where one listens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what somebody said stays what they said."""
        return False

    @admin.display(description=_("comment"))
    def body_shown(self, comment: TrackComment) -> str:
        """Show how it begins."""
        return comment.body[:80]

    @admin.display(description=_("track"))
    def track(self, comment: TrackComment) -> str:
        """Show track and version."""
        return f"{comment.version.track.title}, {comment.version}"

    @admin.display(description=_("at"), ordering="second")
    def at(self, comment: TrackComment) -> str:
        """Show the moment."""
        return length(comment.second)

    @admin.display(description=_("state"), ordering="resolved_at")
    def state(self, comment: TrackComment) -> str:
        """Show whether it waits."""
        if comment.parent_id:
            return badge(gettext("answer"), "neutral")
        return badge(gettext("resolved"), "success") if comment.resolved_at else badge(gettext("open"), "warning")

    @admin.display(description=_("said"), ordering="created_at")
    def said(self, comment: TrackComment) -> str:
        """Show when."""
        return when(comment.created_at)

    def remove(self, request: HttpRequest, obj: TrackComment, now: datetime) -> None:
        """Delete a comment with its answers."""
        track_comments.delete_comment(comment=obj, actor=actor_of(request), now=now)


@admin.register(TrackCredit, site=studio_site)
class TrackCreditAdmin(WorkAdmin):
    """Who made what."""

    menu = MenuEntry(MenuGroup.PEOPLE, "license", 25, kinds=RECORDING, title=_("Credits"))
    list_display = ("name", "role", "track", "split_percent", "is_primary")
    list_filter = ("is_primary",)
    linked_lookups = ("track__id__exact", "musician__id__exact", "track__project__id__exact")
    list_select_related = ("track", "musician")
    search_fields = ("name", "role")
    ordering = ("-pk",)
    autocomplete_fields = ("track", "musician")
    fields = ("track", ("role", "is_primary"), ("musician", "name"), "split_percent")

    def get_readonly_fields(self, request: HttpRequest, obj: TrackCredit | None = None) -> tuple[str, ...]:
        """Keep a credit on its track."""
        return ("track",) if obj else ()

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Go back to the track."""
        answer = super().response_add(request, obj, post_url_continue)
        return self._to_track(obj) if "_addanother" not in request.POST and "_continue" not in request.POST else answer

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Go back to the track."""
        answer = super().response_change(request, obj)
        return self._to_track(obj) if "_continue" not in request.POST else answer

    def _to_track(self, obj: TrackCredit) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:sessions_app_track_change', args=[obj.track_id])}#credits")

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Credit somebody."""
        return track_credits.add_credit(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: TrackCredit, given: dict[str, Any], now: datetime) -> None:
        """Change a credit."""
        track_credits.change_credit(credit=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: TrackCredit, now: datetime) -> None:
        """Take the credit off."""
        track_credits.remove_credit(credit=obj, actor=actor_of(request), now=now)

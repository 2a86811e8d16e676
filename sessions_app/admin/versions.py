"""Versions of tracks: approved, taken back, shared and deleted by their own pages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from sessions_app.admin.served import WorkAdmin, actor_of
from sessions_app.admin.sharing import ShareSubject
from sessions_app.models import TrackVersion
from sessions_app.selectors.crew import projects_of_engineer
from sessions_app.services import versions
from studio.admin_sites import studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, badge, when
from studio.office import serving


class ApproveForm(ActionForm):
    """Whose word it is, and how it came."""

    approved_by = forms.CharField(label=_("Approved by"), max_length=255, widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(
        label=_("How"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("E.g. by phone, by mail of Monday."),
    )


class ReasonForm(ActionForm):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


class VersionPage(ActionPage):
    """An act on a version; afterwards the track's page shows it."""

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may do it."""
        return request.user.has_perm(f"sessions_app.{self.permission}_trackversion")

    def back(self, obj: TrackVersion) -> str:
        """Return the address of the track."""
        return f"{reverse('admin:sessions_app_track_change', args=[obj.track_id])}#listen"


class ApproveVersion(VersionPage):
    """Writes down that the client agrees."""

    name = "approve"
    label = _("Approve")
    icon = "thumb_up"
    form_class = ApproveForm
    question = _("Whoever listens by a share link can approve by themselves; this is for the word they gave you.")

    def is_offered(self, obj: TrackVersion) -> bool:
        """Offer it for versions nobody has approved."""
        return not obj.is_approved

    def initial(self, request: HttpRequest, obj: TrackVersion) -> dict[str, Any]:
        """Offer the client's name."""
        return {"approved_by": obj.track.project.client.name}

    def act(self, request: HttpRequest, obj: TrackVersion, form: ActionForm) -> str:
        """Approve the version."""
        versions.approve_version(version=obj, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        return gettext("%(version)s of %(track)s is approved.") % {"version": obj, "track": obj.track.title}


class WithdrawApproval(VersionPage):
    """Takes an approval back."""

    name = "withdraw"
    label = _("Take the approval back")
    icon = "undo"
    form_class = ReasonForm

    def is_offered(self, obj: TrackVersion) -> bool:
        """Offer it for approved versions."""
        return obj.is_approved

    def act(self, request: HttpRequest, obj: TrackVersion, form: ActionForm) -> str:
        """Take the approval back."""
        reason = form.cleaned_data["reason"]
        versions.withdraw_approval(version=obj, reason=reason, actor=actor_of(request), now=timezone.now())
        return gettext("%(version)s of %(track)s is not approved any more.") % {
            "version": obj,
            "track": obj.track.title,
        }


class RemoveVersion(VersionPage):
    """Deletes a version."""

    name = "remove"
    label = _("Delete")
    icon = "delete"
    permission = "delete"
    is_dangerous = True
    question = _("Its audio and the comments on it go as well.")

    def act(self, request: HttpRequest, obj: TrackVersion, form: ActionForm) -> str:
        """Delete the version."""
        versions.delete_version(version=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(version)s of %(track)s is deleted.") % {"version": obj, "track": obj.track.title}


@admin.register(TrackVersion, site=studio_site)
class TrackVersionAdmin(ReadOnlyAdmin, WorkAdmin):
    """Versions of all tracks; they are heard on the track's page."""

    list_display = ("name", "track", "state", "billed", "made", "uploaded_by_label")
    list_filter = ("kind", "is_billable")
    linked_lookups = ("track__id__exact", "track__project__id__exact")
    list_select_related = ("track__project__client", "file")
    ordering = ("-pk",)
    action_pages = (ApproveVersion, WithdrawApproval, ShareSubject, RemoveVersion)
    fields = (
        ("name", "track"),
        ("state", "billed"),
        "notes",
        ("made", "uploaded_by_label"),
        ("approved_by_label", "withdrawal_reason"),
    )
    readonly_fields = (
        "name",
        "track",
        "state",
        "billed",
        "notes",
        "made",
        "uploaded_by_label",
        "approved_by_label",
        "withdrawal_reason",
    )

    def own_rows(self, rows: QuerySet[TrackVersion], request: HttpRequest) -> QuerySet[TrackVersion]:
        """Return those of the projects that the person works for."""
        return rows.filter(track__project__in=projects_of_engineer(actor_of(request)))

    def get_urls(self) -> list[Any]:
        """Return the URLs, the audio's first."""
        audio = studio_site.file_view(self.audio_view)
        return [path("<path:object_id>/audio/", audio, name="sessions_app_trackversion_audio"), *super().get_urls()]

    def audio_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Answer the audio, or a part of it, to whoever may look at the version now."""
        version = self.get_object(request, unquote(object_id))
        if version is None or version.file is None or not self.has_view_permission(request, version):
            raise Http404
        return serving.file_response(request, version.file, as_download="save" in request.GET)

    def object_title(self, obj: TrackVersion) -> str:
        """Return the version with its track."""
        return f"{obj.track.title}, {obj}"

    @admin.display(description=_("version"), ordering="kind")
    def name(self, version: TrackVersion) -> str:
        """Show kind and number."""
        return str(version)

    @admin.display(description=_("approval"), ordering="approved_at")
    def state(self, version: TrackVersion) -> str:
        """Show whether it is approved."""
        if version.is_approved:
            return badge(gettext("approved"), "success")
        return badge(gettext("taken back"), "warning") if version.approved_at else badge(gettext("open"), "neutral")

    @admin.display(description=_("billing"), ordering="is_billable")
    def billed(self, version: TrackVersion) -> str:
        """Show whether it goes beyond the included revisions."""
        return badge(gettext("billable"), "warning") if version.is_billable else gettext("included")

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, version: TrackVersion) -> str:
        """Show since when it is there."""
        return when(version.created_at)

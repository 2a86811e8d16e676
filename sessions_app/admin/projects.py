"""Projects, with their sessions below."""

from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from sessions_app.admin.fee_parts import sees_money
from sessions_app.admin.hidden_money import HiddenMoneyAdmin
from sessions_app.admin.project_pages import DeliverProject, OrderTracks, label_copy_view
from sessions_app.admin.served import WorkAdmin, actor_of, sees_every_row
from sessions_app.admin.sharing import ShareSubject, state_of
from sessions_app.forms import key_of
from sessions_app.models import Project, ProjectStatus, ShareLink, Track
from sessions_app.selectors.costs import costs, costs_of, with_costs
from sessions_app.selectors.crew import projects_of_engineer
from sessions_app.selectors.label_copy import project_tracks
from sessions_app.selectors.projects import project_overview
from sessions_app.services import projects
from studio.accounts.models import User
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, LineTextarea, confirmed_action
from studio.admin_tools.model_admin import StudioModelForm
from studio.errors import DomainError
from studio.showing import badge, money, zone_name

MOST_LINKS = 20
TONES = {
    ProjectStatus.PRE_PRODUCTION: "neutral",
    ProjectStatus.COMPLETED: "success",
    ProjectStatus.DELIVERED: "success",
    ProjectStatus.ARCHIVED: "muted",
}


class ProjectForm(StudioModelForm):
    """A project's facts."""

    class Meta:
        model = Project
        fields = "__all__"
        widgets = {"description": LineTextarea, "notes": LineTextarea, "technical_notes": LineTextarea}


class ArchiveProject(ActionPage):
    """Puts a project away."""

    name = "archive"
    label = _("Archive")
    icon = "inventory_2"
    question = _("The project leaves the lists of current work. Its sessions, times and documents stay readable.")

    def is_offered(self, obj: Project) -> bool:
        """Offer it for current projects."""
        return obj.status != ProjectStatus.ARCHIVED

    def act(self, request: HttpRequest, obj: Project, form: ActionForm) -> str:
        """Archive the project."""
        projects.archive_project(project=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The project is archived.")


class DeleteForm(ActionForm):
    """Which tracks somebody has seen, and that they may go."""

    tracks = forms.CharField(widget=forms.HiddenInput, required=False)
    confirmed = forms.BooleanField(
        label=_("Delete these tracks with their audio, comments, credits and share links as well"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )


class DeleteProject(ActionPage):
    """Deletes a project and keeps its sessions; its tracks go only where somebody has confirmed which."""

    name = "remove"
    label = _("Delete")
    icon = "delete"
    permission = "delete"
    is_dangerous = True
    template = "sessions_app/admin/project_delete.html"
    form_class = DeleteForm

    def form(self, request: HttpRequest, obj: Project) -> ActionForm:
        """Return the form; without tracks it asks only whether."""
        form = super().form(request, obj)
        if not self._parts(obj) and not form.data.get("tracks"):
            form.fields.clear()
        return form

    def initial(self, request: HttpRequest, obj: Project) -> dict[str, Any]:
        """Remember the tracks that are shown."""
        return {"tracks": " ".join(str(track.pk) for track in self._parts(obj))}

    def context(self, request: HttpRequest, obj: Project, form: ActionForm) -> dict[str, Any]:
        """Show the tracks that go and the sessions that stay."""
        overview = project_overview(obj, now=timezone.now())
        return {"overview": overview, "zone": zone_name(), "tracks": self._parts(obj)}

    @staticmethod
    def _parts(obj: Project) -> list[Track]:
        return list(Track.objects.filter(project=obj).annotate(versions_made=Count("versions")).in_order())

    def act(self, request: HttpRequest, obj: Project, form: ActionForm) -> str:
        """Delete the project and say how many sessions stay."""
        seen = form.cleaned_data.get("tracks", "").split() if form.cleaned_data.get("confirmed") else []
        tracks = [key for text in seen if (key := key_of(text)) is not None]
        staying = projects.delete_project(project=obj, tracks=tracks, actor=actor_of(request), now=timezone.now())
        return deleted_sentence(staying)

    def back(self, obj: Project) -> str:
        """Go to the list once the project is gone."""
        if Project.objects.filter(pk=obj.pk).exists():
            return super().back(obj)
        return reverse("admin:sessions_app_project_changelist")


def deleted_sentence(staying: int) -> str:
    """Return what is true once a project is deleted."""
    return ngettext(
        "The project is deleted. %(count)d session stays, without a project.",
        "The project is deleted. %(count)d sessions stay, without a project.",
        staying,
    ) % {"count": staying}


@admin.register(Project, site=studio_site)
class ProjectAdmin(HiddenMoneyAdmin, WorkAdmin):
    """Projects."""

    menu = MenuEntry(MenuGroup.WORK, "album", 30, kinds=RECORDING)
    form = ProjectForm
    list_display = ("name", "client", "kind", "state", "due_on", "budget_shown", "spent_shown")
    list_filter = ("status", "kind")
    linked_lookups = ("client__id__exact",)
    list_select_related = ("client",)
    money_fields = frozenset({"budget", "budget_shown", "spent_shown"})
    search_fields = ("name", "artist_name")
    ordering = ("-pk",)
    autocomplete_fields = ("client",)
    actions = ("archive_selected",)
    action_pages = (OrderTracks, ShareSubject, DeliverProject, ArchiveProject, DeleteProject)
    change_form_outer_after_template = "sessions_app/admin/project_sessions.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    ("client", "artist_name"),
                    ("kind", "status"),
                    ("starts_on", "due_on", "delivered_on"),
                )
            },
        ),
        (_("Release"), {"fields": (("genre", "label", "catalogue_number"), "included_revisions")}),
        (_("Money"), {"fields": ("budget",)}),
        (_("Texts"), {"classes": ("collapse",), "fields": ("description", "notes", "technical_notes")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> tuple[str, ...]:
        """Keep a project with its client: its sessions are that client's too."""
        return ("client",) if obj else ()

    @admin.display(description=_("status"), ordering="status")
    def state(self, project: Project) -> str:
        """Show how far it has come."""
        return badge(project.get_status_display(), TONES.get(ProjectStatus(project.status), "info"))

    @admin.display(description=_("budget"), ordering="budget")
    def budget_shown(self, project: Project) -> str:
        """Show the budget in the client's currency."""
        return money(project.budget, project.client.currency)

    @admin.display(description=_("spent"))
    def spent_shown(self, project: Project) -> str:
        """Show what the work has come to, as part of the budget."""
        return render_to_string("sessions_app/admin/_budget_bar.html", {"costs": costs(project)})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        """Return the rows with what each has cost."""
        return with_costs(super().get_queryset(request).select_related("client"))

    def own_rows(self, rows: QuerySet[Project], request: HttpRequest) -> QuerySet[Project]:
        """Return the projects for which the person works on a session."""
        return rows.filter(pk__in=projects_of_engineer(actor_of(request)))

    @staticmethod
    def _whose(request: HttpRequest) -> User | None:
        """Return whose sessions the page shows: the person's own where their role opens no others."""
        return None if sees_every_row(request, "sessions_app.studiosession") else actor_of(request)

    def get_urls(self) -> list[Any]:
        """Return the URLs, the label copy's first."""
        view = self.admin_site.admin_view(partial(label_copy_view, self))
        return [path("<path:object_id>/label-copy/", view, name="sessions_app_project_label-copy"), *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """Ask for the right; the page that deletes is `DeleteProject`."""
        return bool(super().has_delete_permission(request, obj))

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Send to the page that says which sessions stay."""
        return HttpResponseRedirect(reverse("admin:sessions_app_project_remove", args=[object_id]))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the project's sessions below its facts; deleting is one of the buttons above."""
        if project := context.get("original"):
            now = timezone.now()
            links = ShareLink.objects.of_project(project).select_related("track", "version__track")
            context |= {
                "overview": project_overview(project, now=now, of_engineer=self._whose(request)),
                "zone": zone_name(),
                "costs": costs_of(project) if sees_money(request) else None,
                "tracks": project_tracks(project),
                "links": [(link, state_of(link, now)) for link in links.order_by("-pk")[:MOST_LINKS]],
            }
        return super().render_change_form(request, {**context, "show_delete": False}, *args, **kwargs)

    @confirmed_action(description=_("Archive selected projects"), permissions=["change"])
    def archive_selected(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        """Archive each, and say which were left alone."""
        done, now = 0, timezone.now()
        for project in queryset.order_by("pk"):
            try:
                projects.archive_project(project=project, actor=actor_of(request), now=now)
                done += 1
            except DomainError as refusal:
                self.message_user(request, f"{project}: {refusal}", messages.ERROR)
        told = ngettext("%(count)d project is archived.", "%(count)d projects are archived.", done)
        self.message_user(request, told % {"count": done}, messages.SUCCESS)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Start a project."""
        status = given.pop("status", None)
        made = projects.create_project(actor=actor_of(request), now=now, **given)
        if status and status != made.status:
            return projects.set_project_status(project=made, status=status, actor=actor_of(request), now=now)
        return made

    def change(self, request: HttpRequest, obj: Project, given: dict[str, Any], now: datetime) -> None:
        """Change a project; its new name reaches its sessions."""
        actor = actor_of(request)
        if status := given.pop("status", None):
            projects.set_project_status(project=obj, status=status, actor=actor, now=now)
        if given:
            projects.change_project(project=obj, actor=actor, now=now, **given)

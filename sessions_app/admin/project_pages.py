"""What is done on a project's page: ordering its tracks, handing it over, printing its label copy."""

from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone, day_field
from sessions_app.models import Project, ProjectStatus, Track
from sessions_app.models.track import MOST_TRACKS
from sessions_app.selectors.label_copy import label_copy, project_tracks
from sessions_app.services import deliveries, tracks
from studio.accounts.taking_along import KINDS, table_file
from studio.admin_tools import ActionForm, ActionPage
from studio.clock import local_day


class OrderTracks(ActionPage):
    """Gives the tracks of a project their numbers anew, all at once."""

    name = "order"
    label = _("Order the tracks")
    icon = "format_list_numbered"
    question = _("Write where each track shall stand; they are numbered from 1 in that order.")

    def is_offered(self, obj: Project) -> bool:
        """Offer it where there is an order."""
        return Track.objects.filter(project=obj)[1:2].exists()

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may change tracks."""
        return request.user.has_perm("sessions_app.change_track")

    def form(self, request: HttpRequest, obj: Project) -> ActionForm:
        """Return a box for the place of each track."""
        form = ActionForm(request.POST if request.method == "POST" else None)
        for track in Track.objects.filter(project=obj).in_order():
            form.fields[f"track-{track.pk}"] = forms.IntegerField(
                label=track.title,
                initial=track.number,
                min_value=1,
                max_value=MOST_TRACKS,
                widget=UnfoldAdminIntegerFieldWidget,
            )
        return form

    def act(self, request: HttpRequest, obj: Project, form: ActionForm) -> str:
        """Write the order; of two with the same place the one named first comes first."""
        named = sorted(form.cleaned_data.items(), key=lambda each: each[1])
        order = [int(name.removeprefix("track-")) for name, _place in named]
        tracks.reorder_tracks(project=obj, order=order, actor=actor_of(request), now=timezone.now())
        return gettext("The tracks are in order.")


class DeliverForm(ActionForm):
    """When the client got it."""

    delivered_on = day_field(_("Delivered on"))


class DeliverProject(ActionPage):
    """Says that the client has it."""

    name = "deliver"
    label = _("Deliver")
    icon = "local_shipping"
    form_class = DeliverForm
    template = "sessions_app/admin/deliver.html"

    def is_offered(self, obj: Project) -> bool:
        """Offer it until it is delivered."""
        return obj.status not in {ProjectStatus.DELIVERED, ProjectStatus.ARCHIVED}

    def initial(self, request: HttpRequest, obj: Project) -> dict[str, Any]:
        """Offer today."""
        return {"delivered_on": timezone.localdate()}

    def context(self, request: HttpRequest, obj: Project, form: ActionForm) -> dict[str, Any]:
        """Show what is still missing."""
        return {"incomplete": [each for each in project_tracks(obj) if each.gaps]}

    def act(self, request: HttpRequest, obj: Project, form: ActionForm) -> str:
        """Deliver the project."""
        now, day = timezone.now(), form.cleaned_data["delivered_on"]
        today = local_day(now, current_zone())
        deliveries.deliver_project(project=obj, delivered_on=day, today=today, actor=actor_of(request), now=now)
        return gettext("The project is delivered.")


def label_copy_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
    """Show the label copy to print, or answer it as a table: ?format=csv, ?format=xlsx."""
    project: Project | None = model_admin.get_object(request, unquote(object_id))
    if project is None:
        raise Http404
    if not request.user.has_perm("sessions_app.view_track"):
        raise PermissionDenied
    shown = project_tracks(project)
    if (asked := request.GET.get("format")) in KINDS:
        head, rows = label_copy(project, shown)
        name = f"label-copy-{slugify(project.name) or 'project'}"
        return table_file(request, name=name, kind=asked, head=head, rows=rows, of=Track, subject=project)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Label copy"),
        "subtitle": str(project),
        "page_parts": model_admin.page_parts(project, gettext("Label copy")),
        "opts": model_admin.opts,
        "project": project,
        "tracks": shown,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "sessions_app/admin/label_copy.html", context)

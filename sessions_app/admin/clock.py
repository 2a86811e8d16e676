"""The running timer: in the header of every page, and on the pages of what it can run for."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from sessions_app.admin.own_time import KEEP_TIME, SEE_TIME, kind_of_target, visible_entries, visible_target
from sessions_app.admin.served import actor_of, by_htmx
from sessions_app.models import Project, SessionStatus, StudioSession, TaskType
from sessions_app.selectors.time_sheets import last_task, running_timer
from sessions_app.selectors.time_totals import grand_totals, work_on
from sessions_app.services import timers
from sessions_app.services.timesheet import LINKS
from studio.admin_sites import RECORDING, AdminPage, HeaderPart, studio_site
from studio.errors import DomainError
from studio.showing import zone_name

MOST_SHOWN = 50
# What the two tell each other, so that both show what is true.
CLOCK_CHANGED, PANEL_CHANGED = "time-clock-changed", "time-panel-changed"


class TimerForm(forms.Form):
    """What somebody is about to do."""

    task_type = forms.ModelChoiceField(
        TaskType.objects.in_use(), label=_("Task"), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500, widget=UnfoldAdminTextInputWidget)


# The header -----------------------------------------------------------------------------------------


def clock_view(request: HttpRequest) -> HttpResponse:
    """Show what the person's clock runs for; as a page of its own it is their week."""
    if not by_htmx(request):
        return redirect("admin:time")
    return _clock(request)


def _clock(request: HttpRequest, error: DomainError | None = None) -> HttpResponse:
    now, timer = timezone.now(), running_timer(actor_of(request))
    context = {
        "timer": timer,
        "length": timer.length(now) if timer else None,
        "is_forgotten": timer is not None and timer.is_forgotten(now),
        "error": error,
    }
    return TemplateResponse(request, "sessions_app/admin/_clock.html", context)


@require_POST
def stop_view(request: HttpRequest, key: int) -> HttpResponse:
    """Stop a running timer: one's own, or as a manager anybody's."""
    entry = visible_entries(request).filter(pk=key).first()
    if entry is None:
        raise Http404
    error = None
    try:
        timers.stop_timer(entry=entry, actor=actor_of(request), now=timezone.now())
    except DomainError as refusal:
        error = refusal
    if by_htmx(request):
        answer = _clock(request, error)
        answer["HX-Trigger"] = PANEL_CHANGED
        return answer
    if error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The timer is stopped."))
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Return the page that a form came from, where it is one of this host's."""
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else reverse("admin:time")


# Beside what it can run for -------------------------------------------------------------------------


def target_view(request: HttpRequest, kind: str, key: int) -> HttpResponse:
    """Show the hours of a session, a project or a track, and start or switch the clock to it."""
    target = visible_target(request, kind, key)
    may_start = request.user.has_perm(KEEP_TIME)
    first = {"task_type": last_task(actor_of(request))}
    form, error = TimerForm(request.POST if request.method == "POST" else None, initial=first), None
    if request.method == "POST" and may_start and form.is_valid():
        act = timers.switch_timer if "switch" in request.POST else timers.start_timer
        person = actor_of(request)
        try:
            act(person=person, target=target, actor=person, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            error = refusal
        else:
            if not by_htmx(request):
                messages.success(request, gettext("The clock runs."))
                return redirect("admin:time-of", kind, key)
            form = TimerForm(initial=form.cleaned_data | {"note": ""})
    context = _panel(request, target) | {"kind": kind, "form": form, "error": error, "may_start": may_start}
    if by_htmx(request):
        answer = TemplateResponse(request, "sessions_app/admin/_time_panel.html", context)
        if request.method == "POST":
            answer["HX-Trigger"] = CLOCK_CHANGED
        return answer
    request.current_app = studio_site.name
    page = studio_site.each_context(request) | context
    return TemplateResponse(
        request, "sessions_app/admin/time_of.html", page, status=error.status_code if error else 200
    )


def _panel(request: HttpRequest, target: Any) -> dict[str, Any]:
    now, found = timezone.now(), visible_entries(request).filter(work_on(target))
    timer = running_timer(actor_of(request))
    link = f"admin:sessions_app_{target._meta.model_name}_change"
    name = getattr(target, LINKS[type(target)][1])
    return {
        "target": target,
        "title": _("Hours"),
        "name": name,
        "page_parts": [(name, reverse(link, args=[target.pk])), (_("Hours"), "")],
        "is_project": isinstance(target, Project),
        "booked": _booked(target),
        "timer": timer,
        "runs_here": timer is not None and getattr(timer, f"{kind_of_target(target)}_id") == target.pk,
        "rows": [(entry, entry.length(now)) for entry in found.order_by("-started_at", "-pk")[:MOST_SHOWN]],
        "totals": grand_totals(found),
        "zone": zone_name(),
    }


def _booked(target: Any) -> Any:
    """Return how long a session was booked for; None for what is not booked."""
    if not isinstance(target, StudioSession) or target.status in {SessionStatus.CANCELLED, SessionStatus.EXPIRED}:
        return None
    return target.ends_at - target.starts_at


for page in (
    AdminPage("time/clock/", "time-clock", clock_view, KEEP_TIME),
    AdminPage("time/stop/<int:key>/", "time-stop", stop_view, KEEP_TIME),
    AdminPage("time/of/<str:kind>/<int:key>/", "time-of", target_view, SEE_TIME),
):
    studio_site.register_page(page)
studio_site.register_header_part(
    HeaderPart("time-clock", _("My week"), KEEP_TIME, "admin_theme/time.css", "admin_theme/clock.js", kinds=RECORDING)
)

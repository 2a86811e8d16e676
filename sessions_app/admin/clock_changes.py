"""What a change of the studio's clock has set off the hour that was agreed: listed, and settled by a person."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from sessions_app.admin.pages import sees_the_house
from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone, key_of
from sessions_app.models import StudioSession
from sessions_app.selectors.agreed_hours import to_settle
from sessions_app.selectors.series import drifted
from sessions_app.services import agreed_hours
from sessions_app.services.notices import Tell
from studio.admin_sites import AdminPage, studio_site
from studio.errors import DomainError
from studio.showing import zone_name

CHANGE = "sessions_app.change_studiosession"


def may_settle(request: HttpRequest) -> bool:
    """Return whether the person may move everybody's sessions."""
    return sees_the_house(request) and request.user.has_perm(CHANGE)


def clock_changes_view(request: HttpRequest) -> HttpResponse:
    """List them; a POST moves those that are ticked to the hour agreed, or leaves them where they are."""
    if request.method == "POST":
        return _settled(request)
    now = timezone.now()
    of_series = {series.pk: series for drift in drifted(now) if (series := drift.session.series) is not None}
    context = {
        **studio_site.each_context(request),
        "title": gettext("Changed clock"),
        "zone": zone_name(),
        "drifts": to_settle(zone=current_zone(), now=now),
        "series": of_series.values(),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "sessions_app/admin/clock_changes.html", context)


def _settled(request: HttpRequest) -> HttpResponse:
    keys = {key for text in request.POST.getlist("session") if (key := key_of(text)) is not None}
    done = 0
    for session in StudioSession.objects.filter(pk__in=keys).order_by("starts_at", "pk"):
        try:
            _settle(request, session)
            done += 1
        except DomainError as refusal:
            messages.error(request, f"{session.title}: {refusal}")
    if done:
        told = ngettext("%(count)d session is settled.", "%(count)d sessions are settled.", done)
        messages.success(request, told % {"count": done})
    elif not keys:
        messages.warning(request, gettext("Nothing was ticked, and nothing has changed."))
    return HttpResponseRedirect(request.get_full_path())


def _settle(request: HttpRequest, session: StudioSession) -> None:
    actor, now = actor_of(request), timezone.now()
    if request.POST.get("do") == "move":
        tell = Tell.CLIENT if "tell" in request.POST else Tell.NOBODY
        agreed_hours.move_to_agreed_hour(session=session, actor=actor, now=now, tell=tell)
    else:
        agreed_hours.keep_instant(session=session, actor=actor, now=now)


studio_site.register_page(AdminPage("clock-changes/", "clock-changes", clock_changes_view, may_settle))

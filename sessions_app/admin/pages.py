"""The first page of a studio, and the plain list of its weeks and days."""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from sessions_app.admin.served import sees_every_row
from sessions_app.forms import current_zone
from sessions_app.selectors.dashboard import calendar_day, calendar_week, dashboard
from studio.admin_sites import RECORDING, AdminPage, DashboardPanel, studio_site
from studio.clock import local_day
from studio.showing import zone_name

BOOK_SESSIONS = "sessions_app.add_studiosession"
FIRST_YEAR, LAST_YEAR = 1990, 2100


def sees_the_house(request: HttpRequest) -> bool:
    """Return whether the person may see everybody's sessions; who sees their own only has no board of the house."""
    return sees_every_row(request, "sessions_app.studiosession")


def asked_day(request: HttpRequest) -> date:
    """Return the day that the address names, or today."""
    today = timezone.localdate()
    with suppress(ValueError):
        day = parse_date(request.GET.get("day", ""))
        if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    return today


def today_panel(request: HttpRequest) -> dict[str, Any]:
    """Return today by the hour, the week by room, and what waits."""
    now, zone = timezone.now(), current_zone()
    return {
        "board": dashboard(zone=zone, now=now),
        "zone": zone_name(),
        "today": local_day(now, zone),
        "may_book": request.user.has_perm(BOOK_SESSIONS),
    }


def list_view(request: HttpRequest) -> HttpResponse:
    """Show a week by room, or a day by the hour, also where scripts do not run."""
    day, now, zone = asked_day(request), timezone.now(), current_zone()
    by_day = request.GET.get("view") == "day"
    context = {
        **studio_site.each_context(request),
        "title": _("Calendar"),
        "zone": zone_name(),
        "day": day,
        "today": local_day(now, zone),
        "by_day": by_day,
        "may_book": request.user.has_perm(BOOK_SESSIONS),
    }
    if by_day:
        one = timedelta(days=1)
        context |= {"plan": calendar_day(day=day, zone=zone, now=now), "before": day - one, "after": day + one}
    else:
        week = calendar_week(monday=day, zone=zone, now=now)
        context |= {"week": week, "before": week.before, "after": week.after}
    request.current_app = studio_site.name
    return TemplateResponse(request, "sessions_app/admin/calendar_list.html", context)


studio_site.register_panel(
    DashboardPanel(
        "sessions_app/admin/today.html",
        today_panel,
        sees_the_house,
        order=10,
        kinds=RECORDING,
        styles=("admin_theme/timetable.css",),
        below=("sessions_app/admin/today_plans.html", 30),
    )
)
studio_site.register_page(AdminPage("calendar/list/", "calendar-list", list_view, sees_the_house))

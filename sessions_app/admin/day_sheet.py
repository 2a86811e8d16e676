"""The sheet of a day, on the screen and on paper."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.admin.fee_parts import sees_money
from sessions_app.admin.pages import asked_day, sees_the_house
from sessions_app.forms import current_zone
from sessions_app.selectors.day_sheet import day_sheet
from sessions_app.services.attendance import CHECKS_IN_EARLY
from studio.admin_sites import RECORDING, AdminPage, MenuEntry, MenuGroup, studio_site
from studio.clock import local_day
from studio.showing import zone_name

ONE_DAY = timedelta(days=1)


def day_sheet_view(request: HttpRequest) -> HttpResponse:
    """Show a day by room in time order, to be printed on A4."""
    day, now, zone = asked_day(request), timezone.now(), current_zone()
    context = {
        **studio_site.each_context(request),
        "title": _("Day sheet"),
        "sheet": day_sheet(day=day, zone=zone),
        "day": day,
        "today": local_day(now, zone),
        "before": day - ONE_DAY,
        "after": day + ONE_DAY,
        "zone": zone_name(),
        "printed_at": now,
        "check_in_until": now + CHECKS_IN_EARLY,
        "may_check_in": request.user.has_perm("sessions_app.change_studiosession"),
        "sees_money": sees_money(request),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "sessions_app/admin/day_sheet.html", context)


studio_site.register_page(
    AdminPage(
        "day-sheet/",
        "day-sheet",
        day_sheet_view,
        sees_the_house,
        MenuEntry(MenuGroup.TODAY, "print", 30, kinds=RECORDING, title=gettext_lazy("Day sheet")),
    )
)

"""Somebody's week, and what all hours come to."""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.filters import WEEK, monday_of
from sessions_app.admin.own_time import KEEP_TIME, SEE_TIME, TAKE_TIME, people, sees_everybody, visible_entries
from sessions_app.admin.pages import FIRST_YEAR, LAST_YEAR, asked_day
from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone
from sessions_app.models import TimeEntry
from sessions_app.selectors.time_chart import hours_chart
from sessions_app.selectors.time_sheets import running_timer, week_sheet
from sessions_app.selectors.time_totals import By, grand_totals, in_hours, totals
from studio.accounts.models import User
from studio.accounts.selectors.names import name_among, shared_names
from studio.accounts.taking_along import table_file
from studio.admin_sites import RECORDING, AdminPage, MenuEntry, MenuGroup, studio_site
from studio.clock import local_day, local_midnight
from studio.showing import zone_name

BY_LABELS = {
    By.PERSON: _("Person"),
    By.TASK: _("Task"),
    By.PROJECT: _("Project"),
    By.CLIENT: _("Client"),
    By.DAY: _("Day"),
    By.WEEK: _("Week"),
}
NO_LABELS = {By.PROJECT: _("No project"), By.CLIENT: _("In-house"), By.PERSON: _("Unknown")}


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    request.current_app = studio_site.name
    return TemplateResponse(request, template, {**studio_site.each_context(request), "zone": zone_name(), **context})


def week_view(request: HttpRequest) -> HttpResponse:
    """Show a week by day: one's own, or as a manager anybody's."""
    now, zone = timezone.now(), current_zone()
    monday, today = monday_of(asked_day(request)), local_day(now, zone)
    person = _asked_person(request)
    context = {
        "title": _("My week") if person == actor_of(request) else person.get_full_name(),
        "sheet": week_sheet(person=person, monday=monday, zone=zone, now=now),
        "now": now,
        "timer": running_timer(person),
        "person": person,
        "people": _choices(request) if sees_everybody(request) else (),
        "today": today,
        "sunday": monday + WEEK - timedelta(days=1),
        "before": monday - WEEK,
        "after": monday + WEEK,
        "may_write": request.user.has_perm(KEEP_TIME),
    }
    return _page(request, "sessions_app/admin/time_week.html", context)


def _choices(request: HttpRequest) -> list[tuple[User, str]]:
    """Return whose week can be shown, each with the name to choose them by."""
    on_offer = list(people(request))
    shared = shared_names(on_offer)
    return [(person, name_among(person, shared)) for person in on_offer]


def _asked_person(request: HttpRequest) -> User:
    """Return whose week is asked for, where the person may see it; one's own otherwise."""
    found = people(request).filter(pk=request.GET.get("person", "")).first()
    return found or actor_of(request)


def report_view(request: HttpRequest) -> HttpResponseBase:
    """Show what hours come to, by whatever one asks for, as figures, bars and rows, or as a file."""
    zone = current_zone()
    first, last = _asked_days(request)
    by = By(asked) if (asked := request.GET.get("by", "")) in set(By) else By.PERSON
    found = visible_entries(request).filter(
        started_at__gte=local_midnight(first, zone), started_at__lt=local_midnight(last + timedelta(days=1), zone)
    )
    rows = totals(found, by, zone)
    if request.GET.get("file") == "csv":
        if not request.user.has_perm(TAKE_TIME):
            raise PermissionDenied
        head = (BY_LABELS[by], _("Hours"), _("Billable hours"), _("Worth"), _("Billable worth"), _("Currency"))
        lines = [
            (row.label, in_hours(row.hours), in_hours(row.billable), row.worth, row.billable_worth, row.currency)
            for row in rows
        ]
        name = f"hours-by-{by}-{first}-{last}"
        return table_file(request, name=name, kind="csv", head=head, rows=lines, of=TimeEntry)
    context = {
        "title": _("Totals of hours"),
        "by": by,
        "by_label": BY_LABELS[by],
        "choices": [(each.value, label) for each, label in BY_LABELS.items()],
        "is_by_date": by in {By.DAY, By.WEEK},
        "no_label": NO_LABELS.get(by, "-"),
        "first": first,
        "last": last,
        "rows": rows,
        "wholes": grand_totals(found),
        "chart": hours_chart(found, by, zone),
        "file_query": urlencode({"by": by, "first": first, "last": last, "file": "csv"}),
    }
    return _page(request, "sessions_app/admin/time_report.html", context)


def _asked_days(request: HttpRequest) -> tuple[date, date]:
    """Return the first and the last day that the address names; this month up to today otherwise."""
    today = timezone.localdate()
    found = {"first": today.replace(day=1), "last": today}
    for name in found:
        with suppress(ValueError):
            day = parse_date(request.GET.get(name, ""))
            if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
                found[name] = day
    return found["first"], max(found["first"], found["last"])


studio_site.register_page(
    AdminPage(
        "time/",
        "time",
        week_view,
        SEE_TIME,
        MenuEntry(MenuGroup.TIME, "timer", 10, kinds=RECORDING, title=_("My week")),
    )
)
studio_site.register_page(
    AdminPage(
        "time/report/",
        "time-report",
        report_view,
        SEE_TIME,
        MenuEntry(MenuGroup.TIME, "bar_chart", 30, kinds=RECORDING, title=_("Totals")),
    )
)

"""Everybody's hours: the list with its filters, one entry with its history, and the files to take along."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.filters import WEEK, monday_of
from sessions_app.admin.own_time import TAKE_TIME, visible_entries
from sessions_app.admin.served import ServedAdmin
from sessions_app.admin.time_actions import AddHoursPage, CorrectPage, DeleteHoursPage, StopPage
from sessions_app.models import TimeEntry
from sessions_app.selectors.time_export import HEAD, export_rows
from studio.accounts.taking_along import KINDS, table_file
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.clock import local_midnight
from studio.showing import badge, hours, money, when, zone_label, zone_name
from studio.trail import trail_of

LONGEST_MONTH = timedelta(days=31)
MOST_EXPORTED = 100_000


class WorkedFilter(admin.SimpleListFilter):
    """By when work began, on the studio's calendar."""

    title = _("when")
    parameter_name = "worked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the periods on offer."""
        return [
            ("today", _("Today")),
            ("week", _("This week")),
            ("last_week", _("Last week")),
            ("month", _("This month")),
            ("last_month", _("Last month")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TimeEntry]) -> QuerySet[TimeEntry]:
        """Keep the entries that begin in the period."""
        zone = ZoneInfo(zone_name())
        today = timezone.localdate()
        monday, first = monday_of(today), today.replace(day=1)
        days = {
            "today": (today, today + timedelta(days=1)),
            "week": (monday, monday + WEEK),
            "last_week": (monday - WEEK, monday),
            "month": (first, (first + LONGEST_MONTH).replace(day=1)),
            "last_month": ((first - timedelta(days=1)).replace(day=1), first),
        }
        if self.value() not in days:
            return queryset
        start, end = (local_midnight(day, zone) for day in days[self.value() or ""])
        return queryset.filter(started_at__gte=start, started_at__lt=end)


class PersonFilter(admin.SimpleListFilter):
    """By who worked; also those whose accounts are gone."""

    title = _("person")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return everybody who has hours."""
        names = visible_entries(request).order_by("person_label").values_list("person_label", flat=True).distinct()
        labels = list(names)
        called = {label: label.rpartition(" <")[0] or label for label in labels}
        often = Counter(called.values())
        return [
            (label, (called[label] if often[called[label]] == 1 else label) or gettext("unknown")) for label in labels
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TimeEntry]) -> QuerySet[TimeEntry]:
        """Keep the hours of one person."""
        return queryset if self.value() is None else queryset.filter(person_label=self.value())


class StateFilter(admin.SimpleListFilter):
    """By what is special about an entry."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states on offer."""
        return [
            ("running", _("Running")),
            ("forgotten", _("Forgotten: running for 12 hours")),
            ("overlapping", _("Overlapping")),
            ("manual", _("By hand")),
            ("uninvoiced", _("Billable, not invoiced")),
            ("locked", _("Locked")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TimeEntry]) -> QuerySet[TimeEntry]:
        """Keep the entries in a state."""
        entries = TimeEntry.objects
        states = {
            "running": Q(ended_at__isnull=True),
            "forgotten": Q(pk__in=entries.forgotten(timezone.now()).values("pk")),
            "overlapping": Q(("is_overlapping", True)),
            "manual": Q(is_manual=True),
            "uninvoiced": Q(pk__in=entries.uninvoiced().values("pk")),
            "locked": Q(locked_at__isnull=False),
        }
        return queryset.filter(states.get(self.value() or "", Q()))


@admin.register(TimeEntry, site=studio_site)
class TimeEntryAdmin(ServedAdmin):
    """Hours: nothing is typed over here; each act has a page that asks why."""

    menu = MenuEntry(MenuGroup.TIME, "schedule", 20, kinds=RECORDING)
    list_display = ("work", "who", "period", "task", "length", "worth", "marks")
    list_filter = (WorkedFilter, PersonFilter, "task_type", "billable", StateFilter)
    linked_lookups = ("session__id__exact", "project__id__exact", "track__id__exact", "person__id__exact")
    search_fields = ("target_label", "note")
    ordering = ("-started_at", "-pk")
    actions = None  # nothing is done to many at once: each act says why
    action_pages = (StopPage, CorrectPage, DeleteHoursPage)
    list_before_template = "sessions_app/admin/time_files.html"
    change_form_outer_after_template = "sessions_app/admin/entry_trail.html"
    fieldsets = (
        (None, {"fields": (("work", "who"), ("period", "length"), ("task", "marks"), "note")}),
        (_("Worth"), {"fields": (("rate", "worth"),)}),
    )
    readonly_fields = ("work", "who", "period", "length", "task", "marks", "note", "rate", "worth")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TimeEntry]:
        """Return the entries that the person may see, with whether they overlap others."""
        return visible_entries(request).order_by(*self.ordering)

    # Columns ------------------------------------------------------------------------------------

    @admin.display(description=_("work"), ordering="target_label")
    def work(self, entry: TimeEntry) -> str:
        """Show what it was for, also when that is gone."""
        is_gone = not (entry.session_id or entry.project_id or entry.track_id)
        if entry.target_label and is_gone:
            return gettext("%(name)s (deleted)") % {"name": entry.target_label}
        return entry.target_label or "-"

    @admin.display(description=_("person"), ordering="person_label")
    def who(self, entry: TimeEntry) -> str:
        """Show who worked."""
        return entry.person.get_full_name() if entry.person else entry.person_label or "-"

    @admin.display(description=zone_label(_("when")), ordering="started_at")
    def period(self, entry: TimeEntry) -> str:
        """Show the time on the studio's clock."""
        return when(entry.started_at, entry.ended_at)

    @admin.display(description=_("task"), ordering="task_type__name")
    def task(self, entry: TimeEntry) -> str:
        """Show the task beside its colour."""
        mark = '<span class="room-mark" style="--room: {}" aria-hidden="true"></span> {}'
        return format_html(mark, entry.task_type.colour, entry.task_type)

    @admin.display(description=_("length"))
    def length(self, entry: TimeEntry) -> str:
        """Show how long it took."""
        return hours(entry.length(timezone.now()))

    @admin.display(description=_("hourly rate"))
    def rate(self, entry: TimeEntry) -> str:
        """Show what an hour is worth."""
        return money(entry.hourly_rate, entry.currency)

    @admin.display(description=_("worth"))
    def worth(self, entry: TimeEntry) -> str:
        """Show what it is worth so far."""
        return money(entry.worth(timezone.now()), entry.currency)

    @admin.display(description=_("state"))
    def marks(self, entry: TimeEntry) -> str:
        """Show what is special about it."""
        now = timezone.now()
        told = (
            (entry.is_forgotten(now), _("forgotten?"), "danger"),
            (entry.is_running and not entry.is_forgotten(now), _("running"), "success"),
            (getattr(entry, "is_overlapping", False), _("overlaps"), "warning"),
            (not entry.billable, _("not billable"), "neutral"),
            (entry.is_manual, _("by hand"), "neutral"),
            (bool(entry.lock_reason), entry.get_lock_reason_display(), "info"),
        )
        shown = [badge(word, tone) for holds, word, tone in told if holds]
        return format_html(" ".join(["{}"] * len(shown)), *shown) if shown else "-"

    # Pages --------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        """Return the URLs, the files' first."""
        export = self.admin_site.admin_view(partial(self.export_view))
        return [path("export/<str:kind>/", export, name="sessions_app_timeentry_export"), *super().get_urls()]

    def list_address(self) -> str:
        """Return the address of the list."""
        return reverse("admin:sessions_app_timeentry_changelist")

    def object_title(self, obj: TimeEntry) -> str:
        """Return what and when."""
        return f"{obj.target_label or obj.task_type}, {when(obj.started_at, obj.ended_at)}"

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Write hours down: they need a reason, so it is an act and no plain save."""
        return AddHoursPage(self).answer(request, None)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the page that asks why."""
        return HttpResponseRedirect(reverse("admin:sessions_app_timeentry_remove", args=[object_id]))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show below the entry what was done to it; nothing here is saved."""
        if entry := context.get("original"):
            context |= {"lines": trail_of(entry), "zone": zone_name()}
        closed = dict.fromkeys(("show_save", "show_save_and_continue", "show_save_and_add_another"), False)
        return super().render_change_form(request, {**context, **closed, "show_delete": False}, *args, **kwargs)

    def change(self, request: HttpRequest, obj: Any, given: dict[str, Any], now: datetime) -> None:
        """Change nothing: no box of the page is open."""

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Answer the list with its filters as a file."""
        if not (self.has_view_permission(request) and request.user.has_perm(TAKE_TIME)):
            raise PermissionDenied
        if kind not in KINDS:
            raise Http404
        rows = self.get_changelist_instance(request).get_queryset(request)
        if (found := rows.count()) > MOST_EXPORTED:
            told = gettext("A file holds %(most)d entries at most; these are %(found)d. Choose a shorter time.")
            messages.error(request, told % {"most": MOST_EXPORTED, "found": found})
            return HttpResponseRedirect(f"{self.list_address()}?{request.GET.urlencode()}")
        name = f"time-{timezone.localdate():%Y-%m-%d}"
        return table_file(request, name=name, kind=kind, head=HEAD, rows=export_rows(rows), of=TimeEntry)

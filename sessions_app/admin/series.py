"""Series: the list, and the page of one with its sessions."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.series_form import BookSeriesPage, preview_view
from sessions_app.admin.series_pages import (
    CancelSeriesPage,
    ChangeSeriesPage,
    ExtendSeriesPage,
    MoveSeriesPage,
    SettlePage,
)
from sessions_app.models import SessionSeries, SessionStatus
from sessions_app.selectors.series import drifted, occurrences, open_occurrences, rule_in_words
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import StudioModelAdmin
from studio.showing import badge, day, when, zone_label, zone_name

WITHOUT = (SessionStatus.CANCELLED, SessionStatus.EXPIRED)


class ClockFilter(admin.SimpleListFilter):
    """By whether some coming session is no longer where the studio's clock would put it."""

    title = _("clock")
    parameter_name = "clock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the one question."""
        return [("off", _("Off the studio's clock"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SessionSeries]) -> QuerySet[SessionSeries]:
        """Keep those with such a session."""
        if self.value() != "off":
            return queryset
        return queryset.filter(pk__in={drift.session.series_id for drift in drifted(timezone.now())})


@admin.register(SessionSeries, site=studio_site)
class SessionSeriesAdmin(StudioModelAdmin):
    """Series: looked at here, changed by the pages behind the buttons."""

    menu = MenuEntry(MenuGroup.WORK, "event_repeat", 22, kinds=RECORDING)
    list_display = ("title", "often", "start", "room", "client", "how_many", "next_one")
    list_select_related = ("room", "client")
    list_filter = (ClockFilter, "room")
    search_fields = ("title", "client__name")
    ordering = ("-starts_on", "-pk")
    action_pages = (MoveSeriesPage, ChangeSeriesPage, ExtendSeriesPage, SettlePage, CancelSeriesPage)
    change_form_outer_after_template = "sessions_app/admin/series_sessions.html"
    fieldsets = (
        (None, {"fields": ("title", ("often", "start"), ("room", "client", "project"), ("split_from", "next_part"))}),
        (_("What"), {"fields": (("kind", "booking_type"), "notes")}),
    )
    readonly_fields = (
        "title",
        "often",
        "start",
        "room",
        "client",
        "project",
        "split_from",
        "next_part",
        "kind",
        "booking_type",
        "notes",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SessionSeries]:
        """Return the series with how many sessions they have, and when the next one is."""
        alive = ~Q(sessions__status__in=WITHOUT)
        coming = alive & Q(sessions__starts_at__gt=timezone.now())
        counts = {
            "alive": Count("sessions", filter=alive),
            "next_at": Min("sessions__starts_at", filter=coming),
        }
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description=_("how often"))
    def often(self, series: SessionSeries) -> str:
        """Show the rule in words."""
        return rule_in_words(series)

    @admin.display(description=zone_label(_("start")), ordering="start_time")
    def start(self, series: SessionSeries) -> str:
        """Show the wall time and the length, and the zone where it is not the studio's."""
        shown = gettext("%(time)s, %(count)d min") % {
            "time": f"{series.start_time:%H:%M}",
            "count": series.length_minutes,
        }
        return shown if series.time_zone == zone_name() else f"{shown} ({series.time_zone})"

    @admin.display(description=_("sessions"), ordering="alive")
    def how_many(self, series: SessionSeries) -> str:
        """Show how many there are, without cancelled ones."""
        return str(getattr(series, "alive", ""))

    @admin.display(description=zone_label(_("next")), ordering="next_at")
    def next_one(self, series: SessionSeries) -> str:
        """Show the next session, or that it is over."""
        at = getattr(series, "next_at", None)
        return when(at) if at else badge(_("over"), "muted")

    @admin.display(description=_("split off from"))
    def split_from(self, series: SessionSeries) -> str:
        """Show the series that this one was part of."""
        return _link(series.origin) if series.origin else "-"

    @admin.display(description=_("goes on as"))
    def next_part(self, series: SessionSeries) -> str:
        """Show the series that was split off."""
        later = series.parts.order_by("starts_on", "pk").first()
        return _link(later) if later else "-"

    def get_urls(self) -> list[Any]:
        """Return the URLs, the live answer of the form first."""
        view = self.admin_site.admin_view(partial(preview_view, model_admin=self))
        return [path("preview/", view, name="sessions_app_sessionseries_preview"), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Book a series: it takes slots, so it is an act and no plain save."""
        return BookSeriesPage(self).answer(request, None)

    def has_delete_permission(self, request: HttpRequest, obj: SessionSeries | None = None) -> bool:
        """Refuse: its sessions are cancelled, and stay in the records with it."""
        return False

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show below the facts every session of the series."""
        if series := context.get("original"):
            now = timezone.now()
            context |= {
                "sessions": list(occurrences(series)),
                "open_keys": set(open_occurrences(series, now).values_list("pk", flat=True)),
                "drifted": {drift.session.pk for drift in drifted(now, series=[series])},
                "skipped": [day(each) for each in series.skipped_on],
                "may_change": self.has_change_permission(request, series),
                "zone": zone_name(),
            }
        context = {**context, "show_save": False, "show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def object_title(self, obj: SessionSeries) -> str:
        """Return title and rule."""
        return f"{obj.title}: {rule_in_words(obj)}"


def _link(series: SessionSeries) -> str:
    address = reverse("admin:sessions_app_sessionseries_change", args=[series.pk])
    return format_html('<a class="panel-link" href="{}">{}, {}</a>', address, series.title, day(series.starts_on))

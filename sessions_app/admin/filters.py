"""The filters of lists of sessions."""

from contextlib import suppress
from datetime import MAXYEAR, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from sessions_app.models import StudioSession
from sessions_app.selectors.waiting_sessions import Waits, waits_for
from studio.clock import local_midnight
from studio.showing import zone_name

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def month_named(month: date) -> str:
    """Return the value with which an address of a list names a month."""
    return f"{month:%Y-%m}"


class PeriodFilter(SimpleListFilter):
    """By when a session begins, on the studio's calendar; reports lead to a month of their own.

    column: of its start
    """

    column = "starts_at"
    title = _("when")
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the periods on offer."""
        month = self._month()
        return [
            *([] if month is None else [(month_named(month), date_format(month, "F Y"))]),
            ("today", _("Today")),
            ("week", _("This week")),
            ("next_week", _("Next week")),
            ("coming", _("From today on")),
            ("past", _("Before today")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the sessions that begin in the period."""
        zone = ZoneInfo(zone_name())
        today = timezone.localdate()
        monday = monday_of(today)
        at = partial(local_midnight, zone=zone)
        bounds: dict[str, tuple[datetime | None, datetime | None]] = {
            "today": (at(today), at(today + DAY)),
            "week": (at(monday), at(monday + WEEK)),
            "next_week": (at(monday + WEEK), at(monday + 2 * WEEK)),
            "coming": (at(today), None),
            "past": (None, at(today)),
        }
        if (month := self._month()) is not None:
            bounds[month_named(month)] = (at(month), at((month + 31 * DAY).replace(day=1)))
        first, last = bounds.get(self.value() or "", (None, None))
        if first:
            queryset = queryset.filter((f"{self.column}__gte", first))
        return queryset.filter((f"{self.column}__lt", last)) if last else queryset

    def _month(self) -> date | None:
        """Return the month that the address names."""
        named = self.value() or ""
        with suppress(ValueError):
            month = parse_date(f"{named}-01")
            return month if month and month_named(month) == named and month.year < MAXYEAR else None
        return None


class WaitsFilter(SimpleListFilter):
    """By what a session waits for, as the first page counts it."""

    title = _("waits")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the questions."""
        return list(Waits.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[StudioSession]) -> QuerySet[StudioSession]:
        """Keep what waits for it."""
        asked = self.value() or ""
        return queryset.filter(waits_for(Waits(asked), timezone.now())) if asked in Waits.values else queryset


class ProjectFilter(SimpleListFilter):
    """By whether a session belongs to a project."""

    title = _("project")
    parameter_name = "with_project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return both answers."""
        return [("no", _("No project")), ("yes", _("With a project"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StudioSession]) -> QuerySet[StudioSession]:
        """Keep the sessions with, or without, a project."""
        if self.value() == "no":
            return queryset.filter(project__isnull=True)
        return queryset.filter(project__isnull=False) if self.value() == "yes" else queryset

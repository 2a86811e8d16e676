"""The report of how rooms are used; what machines are used is reported in the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import time_format
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.filters import DAY, monday_of
from sessions_app.admin.pages import sees_the_house
from sessions_app.forms import current_zone, key_of
from sessions_app.models import Room, StudioSession
from sessions_app.selectors.occupancy import NO_TIME, Occupancy, ResourceUse, Use, room_occupancy
from studio.accounts.report_pages import Asked, Choice, ReportGroup, ReportPage, register_report, report_address
from studio.admin_sites import RECORDING, DashboardFigure, DashboardFigures, studio_site
from studio.office.selectors.profile import current_currency
from studio.reports.heat import HeatMap, Warmth
from studio.reports.periods import Period, Span
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, Way, percent, share
from studio.showing import CLOCK, hours, money

SECOND = timedelta(seconds=1)
WEEK = range(7)
type UseOf = Callable[[date, date], Occupancy]  # from a first to a last day
BY = Choice("by", _("Rows"), lambda: [("weekday", _("Weekdays")), ("hour", _("Hours"))], _("Each by itself"))


def share_of(use: Use) -> Decimal | None:
    """Return which part of open time was taken, in percent."""
    return share(use.taken // SECOND, use.open // SECOND)


def clock(hour: int) -> str:
    """Return a full hour as people read it."""
    return time_format(time(hour), CLOCK)


def heat_map(found: Occupancy, title: Any) -> HeatMap | None:
    """Return how full each hour of each weekday was; None where the house was never open."""
    if not found.places:
        return None
    told = _u("By weekday and hour, of the open time: %(percent)d percent in all.")
    return HeatMap(
        title,
        told % {"percent": found.whole.percent or 0},
        [(WEEKDAYS_ABBR[day], WEEKDAYS[day]) for day in WEEK],
        [(clock(hour), [_warmth(found, day, hour) for day in WEEK]) for hour in found.hours],
        legend=_("Percent of the open time:"),
        nowhere=_("closed"),
    )


def _warmth(found: Occupancy, day: int, hour: int) -> Warmth:
    use = found.places.get((day, hour))
    told = {"day": str(WEEKDAYS[day]).capitalize(), "hour": clock(hour)}
    if use is None or use.percent is None:
        return Warmth(None, _u("%(day)s, %(hour)s: closed") % told)
    told |= {"taken": hours(use.taken), "open": hours(use.open)}
    return Warmth(use.percent, _u("%(day)s, %(hour)s: %(taken)s of %(open)s hours") % told)


def use_so_far(period: Period, today: date, use_of: UseOf) -> Occupancy:
    """Return the use of a period, of one that is running until today: the days to come are not idle yet."""
    is_running = period.first <= today < period.last
    return use_of(period.first, today if is_running else period.last)


def use_report(asked: Asked, use_of: UseOf, *, name: str, each: Any, note: str) -> Report:
    """Return the report of how rooms or machines were used.

    Days that are all to come are counted as they are booked.
    name: of the report, and each: what its rows are
    """
    is_running = asked.period.first <= asked.today < asked.period.last
    found = use_so_far(asked.period, asked.today, use_of)
    currency, whole = current_currency(), found.whole
    idle = [value for row in found.resources if (value := row.idle_value(currency)) is not None]
    figures = [
        Figure(_("of the open time taken"), percent(whole.percent)),
        Figure(_("hours taken"), hours(whole.taken)),
        Figure(_("hours idle"), hours(whole.idle)),
    ]
    if idle:
        figures.append(Figure(_("worth of the idle hours"), money(sum(idle, Decimal(0)), currency)))
    if is_running:
        coming = use_of(asked.today + DAY, asked.period.last).whole
        told = {"taken": hours(coming.taken), "open": hours(coming.open)}
        figures.append(Figure(_("hours taken of those to come"), _u("%(taken)s of %(open)s") % told))
        note = f"{_u('Until today; the days to come are not among it.')} {note}"
    return Report(
        _table(asked, found, name=name, each=each, currency=currency),
        figures=figures if found.places else (),
        picture=heat_map(found, _("Weekdays and hours")),
        note=note,
        empty=_("The house was not open on these days, or there is nothing to be booked yet."),
        currency=currency,
    )


def _table(asked: Asked, found: Occupancy, *, name: str, each: Any, currency: str) -> Table:
    if by := asked.chosen["by"]:
        by_day = by == "weekday"
        groups = {place[0 if by_day else 1] for place in found.places}
        rows = [
            (str(WEEKDAYS[key]).capitalize() if by_day else clock(key), _of(found.places, key, by))
            for key in sorted(groups)
        ]
        return _by_time(_("Weekday") if by_day else _("Hour"), rows, found.whole)
    sold = any(row.hourly_rate is not None for row in found.resources)
    heads = [each, _("open"), _("taken"), _("share"), _("idle"), _("outside the opening hours"), _("sessions")]
    kinds = [As.TEXT, As.HOURS, As.HOURS, As.PERCENT, As.HOURS, As.HOURS, As.COUNT]
    columns = [Column(head, kind) for head, kind in zip(heads, kinds, strict=True)]
    whole = [
        *(_u("In all"), found.whole.open, found.whole.taken, share_of(found.whole), found.whole.idle),
        sum((row.beyond for row in found.resources), NO_TIME),
        sum(row.sessions for row in found.resources),
    ]
    if sold:
        columns.append(Column(_("worth of the idle hours"), As.MONEY))
        whole.append(sum((row.idle_value(currency) or Decimal(0) for row in found.resources), Decimal(0)))
    return Table(columns, [_row(asked, row, name, currency, sold=sold) for row in found.resources], whole)


def _row(asked: Asked, row: ResourceUse, name: str, currency: str, *, sold: bool) -> Sequence[Any]:
    cells = [
        Cell(row.name, asked.address(name, which=row.key)),
        *(row.use.open, row.use.taken, share_of(row.use), row.use.idle, row.beyond, row.sessions),
    ]
    return [*cells, row.idle_value(currency)] if sold else cells


def _of(places: Mapping[tuple[int, int], Use], key: int, by: str) -> Use:
    found = [use for place, use in places.items() if place[0 if by == "weekday" else 1] == key]
    return Use(sum((use.open for use in found), NO_TIME), sum((use.taken for use in found), NO_TIME))


def _by_time(head: Any, rows: Sequence[tuple[str, Use]], whole: Use) -> Table:
    heads = [(head, As.TEXT), (_("open"), As.HOURS), (_("taken"), As.HOURS), (_("share"), As.PERCENT)]
    columns = [Column(name, kind) for name, kind in (*heads, (_("idle"), As.HOURS))]
    lines = [(name, use.open, use.taken, share_of(use), use.idle) for name, use in (*rows, (_u("In all"), whole))]
    return Table(columns, lines[:-1], lines[-1])


def rooms_on_offer() -> Sequence[tuple[str, str]]:
    """Return the rooms by name."""
    return [(str(key), name) for key, name in Room.objects.order_by("name", "pk").values_list("pk", "name")]


def rooms(asked: Asked) -> Report:
    """Return how the rooms were used."""
    only = key_of(asked.chosen["which"])

    def use_of(first: date, last: date) -> Occupancy:
        return room_occupancy(first=first, last=last, zone=asked.zone, now=asked.now, only=only)

    note = _u(
        "Of the opening hours, on the clock of %(zone)s. Blocked time is taken off; holds and requests count while they"
        " keep their slot, no-shows count."
    )
    report = use_report(asked, use_of, name="rooms", each=_("Room"), note=note % {"zone": asked.zone.key})
    return replace(report, links=[Way(_("By month"), asked.address("room-months", by=""))])


def week_figure(today: date, use_of: UseOf, *, name: str, label: Any) -> Sequence[DashboardFigure]:
    """Return how full this week is, as the report behind it says; nothing where there is nothing to fill.

    name: of the report behind it
    """
    first = monday_of(today)
    week = Period(Span.CUSTOM, first, first + 6 * DAY)
    found = use_so_far(week, today, use_of)
    if found.whole.percent is None:
        return []
    note = _u("%(taken)s of %(open)s hours") % {"taken": hours(found.whole.taken), "open": hours(found.whole.open)}
    return [DashboardFigure(percent(found.whole.percent), label, report_address(name, week), note=note)]


def rooms_this_week(_request: HttpRequest) -> Sequence[DashboardFigure]:
    """Return how full the rooms are this week.

    queries: 3
    """

    def use_of(first: date, last: date) -> Occupancy:
        return room_occupancy(first=first, last=last, zone=current_zone(), now=timezone.now())

    return week_figure(timezone.localdate(), use_of, name="rooms", label=_("of the rooms' time taken this week"))


studio_site.register_figures(DashboardFigures(rooms_this_week, sees_the_house, order=40, kinds=RECORDING))
register_report(
    ReportPage(
        name="rooms",
        title=_("Use of the rooms"),
        about=_("How full each room is, by weekday and hour, and what the idle hours would bring."),
        icon="grid_on",
        group=ReportGroup.ACTIVITY,
        permission=sees_the_house,
        may_take="sessions_app.export_timeentry",
        make=rooms,
        of=StudioSession,
        filters=(Choice("which", _("Room"), rooms_on_offer), BY),
        kinds=RECORDING,
        order=60,
    )
)

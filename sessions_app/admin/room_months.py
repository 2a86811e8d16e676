"""The report of how much each room was used month by month, out of the days that sessions add up to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import product

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.filters import month_named
from sessions_app.admin.pages import sees_the_house
from sessions_app.admin.room_report import rooms_on_offer
from sessions_app.models import SessionDay, SessionStatus
from sessions_app.models.session import PROVISIONAL_STATUSES
from sessions_app.selectors.session_days import Use, use_by_month
from sessions_app.selectors.time_totals import NO_TIME, in_hours
from studio.accounts.report_pages import Asked, Choice, ReportGroup, ReportPage, register_report
from studio.admin_sites import RECORDING
from studio.reports.heat import HeatMap, Warmth
from studio.reports.periods import Period, Span
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, Value, Way, change
from studio.showing import hours

AGREED = frozenset({SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED, SessionStatus.NO_SHOW})
HOUR = timedelta(hours=1)
ELSEWHERE = ""  # stands for the room of what took place in none

type Places = Mapping[tuple[date, str], Sequence[Use]]  # month and room

BY = Choice("by", _("Rows"), lambda: [("room", _("Rooms")), ("each", _("Months and rooms"))], _("Months"))
HEADS = (
    *((_("sessions"), As.COUNT), (_("hours"), As.HOURS), (_("no-shows"), As.COUNT)),
    *((_("cancelled"), As.COUNT), (_("not agreed on yet"), As.COUNT)),
)


def room_months(asked: Asked) -> Report:
    """Return how much the rooms were used in each month, and how that compares with the days before."""
    found = _used(asked, asked.period)
    is_running = asked.period.first <= asked.today < asked.period.last
    until = Period(Span.CUSTOM, asked.period.first, asked.today) if is_running else asked.period
    done = _used(asked, until) if is_running else found
    before = _used(asked, asked.before)
    figures = [
        Figure(_("hours"), hours(_length(done)), change(in_hours(_length(done)), in_hours(_length(before)))),
        Figure(_("sessions"), number_format(_count(done)), change(_count(done), _count(before))),
    ]
    note = _u(
        "Sessions that are agreed on and not cancelled, each whole and in the month in which it begins; no-shows count,"
        " blocked time does not."
    )
    if is_running:
        figures.append(Figure(_("hours booked for the days to come"), hours(_length(found) - _length(done))))
        note = f"{_u('The figures are until today, the table has what is booked for later as well.')} {note}"
    names = dict(rooms_on_offer()) | {ELSEWHERE: _u("Elsewhere")}
    return Report(
        _table(asked, found, names),
        figures=figures if found else (),
        picture=_heat(asked, found, names),
        note=note,
        empty=_("Nothing was booked on these days."),
        links=[Way(_("By weekday and hour"), asked.address("rooms", by=""))],
    )


def _used(asked: Asked, period: Period) -> Sequence[Use]:
    """Return what some days had, in the room that is asked about or in all."""
    only = asked.chosen["which"]
    return [use for use in use_by_month(period.first, period.last) if only in ("", _room(use))]


def _room(use: Use) -> str:
    return str(use.room or ELSEWHERE)


def _length(uses: Iterable[Use]) -> timedelta:
    return sum((use.length for use in uses if use.status in AGREED), NO_TIME)


def _count(uses: Iterable[Use], statuses: Iterable[SessionStatus] = AGREED) -> int:
    return sum(use.sessions for use in uses if use.status in statuses)


def _sessions(month: date | None, room: str | None, status: str = "") -> str:
    """Return the address of the sessions of a month and a room; None: of any."""
    place = "" if room is None else f"&room__id__exact={room}" if room else "&room__isnull=True"
    when = f"?period={month_named(month)}" if month else "?"
    named = f"&status__exact={status}" if status else ""
    return f"{reverse('admin:sessions_app_studiosession_changelist')}{when}{place}{named}"


def _table(asked: Asked, found: Sequence[Use], names: dict[str, str]) -> Table:
    by, heads, places = asked.chosen["by"], [Column(head, kind) for head, kind in HEADS], _places(found)
    whole, months = [_u("In all"), *_counts(found)], asked.period.months if found else []
    if by == "room":
        used = [(room, _of(places, months, [room])) for room in names]
        rows = [
            [Cell(names[room], asked.address("rooms", which=room, by="") if room else ""), *_counts(uses)]
            for room, uses in used
            if uses
        ]
        return Table([Column(_("Room")), *heads], rows, whole)
    if not by:
        only = asked.chosen["which"] or None
        of_months = [(month, _of(places, [month], names)) for month in months]
        rows = [[Cell(month, _sessions(month, only)), *_counts(uses, month, only)] for month, uses in of_months]
        return Table([Column(_("Month"), As.MONTH), *heads], rows, whole)
    rows = [
        [Cell(month, _sessions(month, room)), names[room], *_counts(places[month, room], month, room)]
        for month in months
        for room in names
        if (month, room) in places
    ]
    return Table([Column(_("Month"), As.MONTH), Column(_("Room")), *heads], rows, [whole[0], None, *whole[1:]])


def _places(found: Iterable[Use]) -> Places:
    """Return what each month and room had."""
    places: dict[tuple[date, str], list[Use]] = defaultdict(list)
    for use in found:
        places[use.month, _room(use)].append(use)
    return dict(places)


def _of(places: Places, months: Iterable[date], rooms: Iterable[str]) -> Sequence[Use]:
    return [use for place in product(months, rooms) for use in places.get(place, ())]


def _counts(uses: Sequence[Use], month: date | None = None, room: str | None = None) -> list[Value | Cell]:
    """Return the values of a row; those of one month lead to what was missed and cancelled in it."""
    missed = []
    for status in (SessionStatus.NO_SHOW, SessionStatus.CANCELLED):
        count = _count(uses, [status])
        missed.append(Cell(count, _sessions(month, room, status.value) if count and month else ""))
    return [_count(uses), _length(uses), *missed, _count(uses, PROVISIONAL_STATUSES)]


def _heat(asked: Asked, found: Sequence[Use], names: dict[str, str]) -> HeatMap | None:
    """Return the hours of each room and month, the fullest month of a room the darkest; None without any."""
    lengths = {place: _length(uses) for place, uses in _places(found).items()}
    if not any(lengths.values()):
        return None
    months, most = asked.period.months, max(lengths.values())
    told = _u("Hours by room and month: %(hours)s in all. The table below has every figure.")
    used = [room for room in names if any(lengths.get((month, room)) for month in months)]
    return HeatMap(
        _("Rooms and months"),
        told % {"hours": hours(_length(found))},
        [(asked.period.month_shown(month), date_format(month, "F Y")) for month in months],
        [
            (
                names[room],
                [_warmth(lengths.get((month, room), NO_TIME), most, month, room, names[room]) for month in months],
            )
            for room in used
        ],
        legend=_("Hours in a month:"),
        most=number_format(round(most / HOUR)),
        is_named=True,
    )


def _warmth(length: timedelta, most: timedelta, month: date, room: str, name: str) -> Warmth:
    told = _u("%(room)s, %(month)s: %(hours)s hours")
    title = told % {"room": name, "month": date_format(month, "F Y"), "hours": hours(length)}
    link = _sessions(month, room) if length else ""
    return Warmth(length * 100 // most, title, number_format(round(length / HOUR)), link)


register_report(
    ReportPage(
        name="room-months",
        title=_("Rooms by month"),
        about=_("How many hours and sessions each room had, month by month, also over years."),
        icon="calendar_view_month",
        group=ReportGroup.ACTIVITY,
        permission=sees_the_house,
        may_take="sessions_app.export_timeentry",
        make=room_months,
        of=SessionDay,
        filters=(Choice("which", _("Room"), rooms_on_offer), BY),
        usual=Span.YEAR,
        longest=20,
        kinds=RECORDING,
        order=61,
    )
)

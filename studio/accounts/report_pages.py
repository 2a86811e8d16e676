"""The frame of every report: a page with its days, its filters, a picture and a table, and the table as a file.

An app's `admin` module registers a report like this, and has its page, its place in the list of reports, its address
`reports/<name>/` under the name `admin:report-<name>`, and its files:

    register_report(
        ReportPage(
            name="no-shows",
            title=_("No-shows"),
            about=_("Who did not come, and what it cost."),
            icon="person_off",
            group=ReportGroup.ACTIVITY,
            permission="sessions_app.view_studiosession",
            may_take="sessions_app.export_client",
            make=no_shows,          # asked: Asked -> studio.reports.tables.Report
            of=StudioSession,       # what the rows are made of, for the trail of files
            usual=Span.QUARTER,
            filters=(Choice("room", _("Room"), rooms_on_offer),),
        )
    )

`make` gets an `Asked`: `asked.period` and `asked.before` are the days, `asked.chosen["room"]` what is chosen or "", and
`asked.address("no-shows", room=5)` the address of a report for the same days. It returns a `Report`: a `Table` of
`Column`s and rows, `Figure`s, a note, what to do where there is nothing, and a picture. Pictures are
`studio.reports.charts.columns()` and `bars()`, or anything of the shape of `studio.reports.tables.Picture`.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from studio.accounts.models import User
from studio.accounts.requests import actor_of
from studio.accounts.taking_along import KINDS, table_file
from studio.admin_sites import EVERY_KIND, AdminPage, MenuEntry, MenuGroup, Permission, kind_of, may, studio_site
from studio.clock import local_day
from studio.office.selectors.profile import current_profile
from studio.reports.periods import Period, Span, asked_period
from studio.reports.tables import Cell, Column, Report, Table, Value, in_file, shown, value_of

MOST_ROWS = 400  # of a table on a page; its file has all


class ReportGroup(models.TextChoices):
    """The parts of the list of reports, in their order."""

    MONEY = "money", _("Money")
    ACTIVITY = "activity", _("Activity")


@dataclass(frozen=True, slots=True)
class Choice:
    """A field to choose from.

    name: in the address
    choices: (value, label); whatever else an address says counts for nothing
    everything: what the field says where nothing is chosen; "All" where nothing is said
    """

    name: str
    label: Any
    choices: Callable[[], Sequence[tuple[str, Any]]]
    everything: Any = ""

    def taken(self, given: str) -> str:
        """Return what is chosen; "" for everything."""
        return given if given in {value for value, _label in self.choices()} else ""


@dataclass(frozen=True, slots=True)
class Picked:
    """Something that a link picks out of too many to choose from, e.g. a client; the page says which, and drops it.

    called: the name of what a value of the address means; None for nothing
    """

    name: str
    label: Any
    called: Callable[[str], str | None]

    def taken(self, given: str) -> str:
        """Return what is picked; "" for everything."""
        return given if given and self.called(given) is not None else ""


type Filter = Choice | Picked


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know.

    before: the days to compare with
    chosen: of every filter what is chosen, "" for everything
    is_cut: more days were asked for than the report is about at most
    """

    period: Period
    before: Period
    today: date
    now: datetime
    zone: ZoneInfo
    chosen: Mapping[str, str]
    person: User
    is_cut: bool = False

    def address(self, name: str, /, **chosen: object) -> str:
        """Return the address of a report for these days; of its filters those given, the others as they are here."""
        return self.address_on(self.period, name, **chosen)

    def address_on(self, days: Period, name: str, /, **chosen: object) -> str:
        """Return the address of a report for other days."""
        return report_address(name, days, **{**self.chosen, **chosen})


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A report and its door; see the module.

    about: what it answers, in a sentence
    permission: of whoever may see it, and may_take of whoever may save its table
    usual: the length of the period where the address names none
    longest: so many years at most; more where it reads no more rows for them
    is_listed: it stands in the list of reports; else others lead to it
    """

    name: str
    title: Any
    about: Any
    icon: str
    group: ReportGroup
    permission: Permission
    may_take: Permission
    make: Callable[[Asked], Report]
    of: type[models.Model]
    filters: Sequence[Filter] = ()
    usual: Span = Span.MONTH
    longest: int = 5
    is_listed: bool = True
    kinds: frozenset[str] = EVERY_KIND
    order: int = 50


@dataclass(frozen=True, slots=True)
class _Shown:
    text: str
    link: str
    column: Column


@dataclass(frozen=True, slots=True)
class _Field:
    """A filter with what is chosen: choices are (value, label, whether it is)."""

    name: str
    label: Any
    everything: Any
    choices: Sequence[tuple[str, Any, bool]]


@dataclass(frozen=True, slots=True)
class _Chip:
    """Something picked, and the address without it."""

    label: Any
    called: str
    name: str
    value: str
    without: str


REPORTS: dict[str, ReportPage] = {}


def register_report(page: ReportPage) -> None:
    """Give a report its page and its place in the list; a second one of the same name takes its place."""
    REPORTS[page.name] = page

    def view(request: HttpRequest) -> HttpResponseBase:
        return _answer(request, page)

    studio_site.register_page(AdminPage(f"reports/{page.name}/", f"report-{page.name}", view, page.permission))


def report_address(name: str, period: Period, /, **chosen: object) -> str:
    """Return the address of a report for some days; what is empty is left out."""
    fields = {key: str(value) for key, value in chosen.items() if value not in ("", None)}
    return f"{reverse(f'admin:report-{name}')}?{urlencode({**period.query, **fields})}"


def seen_reports(request: HttpRequest) -> list[ReportPage]:
    """Return the listed reports that this studio has and this person may see, in their order."""
    kind = kind_of(request)
    found = [page for page in REPORTS.values() if page.is_listed and kind in page.kinds]
    return sorted((page for page in found if may(request, page.permission)), key=lambda page: page.order)


def _asked(request: HttpRequest, page: ReportPage) -> Asked:
    now, zone = timezone.now(), current_profile().zone
    today = local_day(now, zone)
    whole = asked_period(request.GET.dict(), today=today, usual=page.usual)
    period = whole.at_most(page.longest)
    chosen = {each.name: each.taken(request.GET.get(each.name, "")) for each in page.filters}
    return Asked(period, period.before(today), today, now, zone, chosen, actor_of(request), period != whole)


def _answer(request: HttpRequest, page: ReportPage) -> HttpResponseBase:
    """Show a report, or save its table."""
    asked = _asked(request, page)
    may_take = may(request, page.may_take)
    if (kind := request.GET.get("file", "")) in KINDS:
        if not may_take:
            raise PermissionDenied
        return _file(request, page, asked, kind)
    report = page.make(asked)
    context = {
        **studio_site.each_context(request),
        "title": page.title,
        "page": page,
        "report": report,
        "asked": asked,
        "spans": [(value, label, value == asked.period.span) for value, label in Span.choices],
        "fields": _fields(page, asked),
        "chips": _chips(page, asked),
        "earlier": report_address(page.name, asked.period.moved(-1), **asked.chosen),
        "later": report_address(page.name, asked.period.moved(1), **asked.chosen),
        "files": [(kind, f"{asked.address(page.name)}&file={kind}") for kind in KINDS] if may_take else [],
        **_table(report),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "admin/reports/report.html", context)


def _table(report: Report) -> dict[str, Any]:
    """Return the rows that fit on a page, and whether there are more."""
    table, left = report.table, iter(report.table.rows)
    rows = list(islice(left, MOST_ROWS + 1))
    if isinstance(left, Generator):
        left.close()  # and with it the cursor that has the others
    return {
        "columns": [column for column in table.columns if not column.is_for_files],
        "rows": [_row(table, row, report.currency) for row in rows[:MOST_ROWS]],
        "total": _row(table, table.total, report.currency) if rows else [],
        "has_more": len(rows) > MOST_ROWS,
        "most": MOST_ROWS,
    }


def _row(table: Table, row: Sequence[Value | Cell], currency: str) -> list[_Shown]:
    return [
        _Shown(shown(value_of(cell), column.shown_as, currency), cell.link if isinstance(cell, Cell) else "", column)
        for column, cell in zip(table.columns, row, strict=bool(row))
        if not column.is_for_files
    ]


def _file(request: HttpRequest, page: ReportPage, asked: Asked, kind: str) -> HttpResponseBase:
    table = page.make(asked).table
    name = f"{page.name}-{asked.period.first}-{asked.period.last}"
    head = [column.label for column in table.columns]
    return table_file(request, name=name, kind=kind, head=head, rows=_lines(table), of=page.of)


def _lines(table: Table) -> Iterator[Sequence[object]]:
    """Yield the rows as a file has them, the total last."""
    for row in chain(table.rows, [table.total] if table.total else []):
        yield [in_file(value_of(cell), column.shown_as) for column, cell in zip(table.columns, row, strict=True)]


def _fields(page: ReportPage, asked: Asked) -> list[_Field]:
    return [
        _Field(
            each.name,
            each.label,
            each.everything or _("All"),
            [(value, label, value == asked.chosen[each.name]) for value, label in each.choices()],
        )
        for each in page.filters
        if isinstance(each, Choice)
    ]


def _chips(page: ReportPage, asked: Asked) -> list[_Chip]:
    found = []
    for each in page.filters:
        value = asked.chosen[each.name]
        if isinstance(each, Picked) and value:
            without = asked.address(page.name, **{each.name: ""})
            found.append(_Chip(each.label, each.called(value) or "", each.name, value, without))
    return found


# The list ---------------------------------------------------------------------------------------


def list_view(request: HttpRequest) -> HttpResponse:
    """Show the reports there are for this person, by what they are about."""
    seen = seen_reports(request)
    links = [(page, reverse(f"admin:report-{page.name}")) for page in seen]
    groups = [(group.label, [each for each in links if each[0].group == group]) for group in ReportGroup]
    context = {
        **studio_site.each_context(request),
        "title": _("Reports"),
        "groups": [(label, found) for label, found in groups if found],
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "admin/reports/list.html", context)


studio_site.register_page(
    AdminPage(
        "reports/",
        "reports",
        list_view,
        lambda request: bool(seen_reports(request)),
        MenuEntry(MenuGroup.TODAY, "monitoring", 90, title=_("Reports")),
    )
)

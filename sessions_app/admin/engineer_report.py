"""The report of what engineers were booked for, did and wrote down."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.own_time import SEE_TIME, TAKE_TIME
from sessions_app.models import TimeEntry
from sessions_app.selectors.engineer_hours import EngineerMonth, engineer_hours
from sessions_app.selectors.time_totals import NO_TIME, in_hours
from studio.accounts.report_pages import Asked, Choice, ReportGroup, ReportPage, register_report
from studio.accounts.roles import Scope, Verb, scope_of
from studio.admin_sites import RECORDING
from studio.reports.charts import Bars, Stack, bars
from studio.reports.tables import As, Column, Figure, Report, Table, change
from studio.showing import hours

BY = Choice("by", _("Rows"), lambda: [("person", _("People"))], _("People and months"))
LENGTHS = ("booked", "done", "tracked")
PAST = (_("hours done"), _("hours written down"))  # what days to come have nothing of
KINDS = (As.COUNT, As.HOURS, As.HOURS, As.HOURS)


def engineers(asked: Asked) -> Report:
    """Return the hours of everybody, or of those who keep only their own, theirs."""
    sees_all = scope_of(asked.person.role_names, "sessions_app.timeentry", Verb.VIEW) is Scope.ALL
    now, before = (
        engineer_hours(first=period.first, last=period.last, zone=asked.zone, person=None if sees_all else asked.person)
        for period in (asked.period, asked.before)
    )
    people = _by_person(now)
    sums = [sum((getattr(row, name) for row in now), NO_TIME) for name in LENGTHS]
    earlier = [sum((getattr(row, name) for row in before), NO_TIME) for name in LENGTHS]
    return Report(
        _table(people if asked.chosen["by"] else now, sums, by_month=not asked.chosen["by"]),
        figures=[
            Figure(_("hours booked"), hours(sums[0])),
            *(
                Figure(label, hours(length), change(in_hours(length), in_hours(former)))
                for label, length, former in zip(PAST, sums[1:], earlier[1:], strict=True)
            ),
        ],
        picture=_drawn(people, sums[0], asked.period.name),
        note=_u(
            "Booked: sessions that are agreed on and not cancelled. Done: completed ones, by their real times where"
            " those were written down. Each belongs to the month in which it begins."
        ),
        empty=_("Nobody was booked or wrote down hours on these days."),
    )


def _by_person(rows: Iterable[EngineerMonth]) -> list[EngineerMonth]:
    """Return one row a person, the one booked most first."""
    found: dict[str, EngineerMonth] = {}
    for row in rows:
        before = found.get(row.person, EngineerMonth(row.person, row.month))
        sums = {name: getattr(before, name) + getattr(row, name) for name in ("sessions", *LENGTHS)}
        found[row.person] = EngineerMonth(row.person, before.month, **sums)
    return sorted(found.values(), key=lambda row: (-row.booked, -row.tracked, row.person))


def _table(rows: Sequence[EngineerMonth], sums: Sequence[timedelta], *, by_month: bool) -> Table:
    heads = (_("sessions"), _("booked"), _("done"), _("written down"))
    columns = [Column(_("Person")), *(Column(head, kind) for head, kind in zip(heads, KINDS, strict=True))]
    lines: list[list[Any]] = [
        [row.person or _u("Unknown"), row.sessions, row.booked, row.done, row.tracked] for row in rows
    ]
    whole: list[Any] = [_u("In all"), sum(row.sessions for row in rows), *sums]
    if by_month:
        columns.insert(1, Column(_("Month"), As.MONTH))
        lines = [[line[0], row.month, *line[1:]] for line, row in zip(lines, rows, strict=True)]
        whole.insert(1, "")
    return Table(columns, lines, whole)


def _drawn(people: Sequence[EngineerMonth], booked: timedelta, period: str) -> Bars | None:
    stacks = [
        Stack(
            row.person.partition(" <")[0],
            [in_hours(done := min(row.done, row.booked)), in_hours(row.booked - done)],
            name=row.person,
        )
        for row in people
        if row.booked
    ]
    told = _u("%(period)s: %(hours)s hours booked, by person. The table below has every figure.")
    return bars(
        title=_("Hours booked by person"),
        summary=told % {"period": period, "hours": hours(booked)},
        series=[_("done"), _("booked and not done")],
        stacks=stacks,
        told=_told,
    )


def _told(amount: Decimal) -> str:
    return hours(timedelta(seconds=int(amount * 3600)))


register_report(
    ReportPage(
        name="engineer-hours",
        title=_("Hours of engineers"),
        about=_("Booked, done and written down, by person and month."),
        icon="engineering",
        group=ReportGroup.ACTIVITY,
        permission=SEE_TIME,
        may_take=TAKE_TIME,
        make=engineers,
        of=TimeEntry,
        filters=(BY,),
        kinds=RECORDING,
        order=62,
    )
)

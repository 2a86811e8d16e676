"""The report of who slips away."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from studio.accounts.report_pages import Asked, ReportGroup, ReportPage, register_report
from studio.admin_sites import TRAINING
from studio.reports.charts import Bars, Stack, bars
from studio.reports.periods import Span
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, percent, share
from studio.showing import days
from training.models import Member
from training.selectors.attendance_falls import Falling, Retention, retention


def slipping(asked: Asked) -> Report:
    """Return the members who come half as often as before, or less."""
    found = retention(first=asked.period.first, last=asked.period.last, zone=asked.zone, now=asked.now)
    told = {"now": days(found.first, found.last), "before": days(found.before, found.day_before)}
    return Report(
        _table(found),
        figures=[
            Figure(_("of those who came before came again"), percent(found.percent)),
            Figure(_("members came before"), str(found.came_before)),
            Figure(_("of them came again"), str(found.stayed)),
            Figure(_("came who had not before"), str(found.came_anew)),
            Figure(_("come half as often, or less"), str(len(found.falling))),
        ],
        picture=_drawn(found),
        note=_u("%(now)s, held against as many days before: %(before)s. Completed sessions count.") % told,
        empty=_("Nobody comes half as often as before."),
    )


def _table(found: Retention) -> Table:
    heads = [
        *((_("before"), As.COUNT), (_("now"), As.COUNT), (_("fell by"), As.PERCENT)),
        *((_("came last"), As.DAY), (_("next booked"), As.DAY), (_("plan"), As.TEXT), (_("plan ends"), As.DAY)),
    ]
    return Table([Column(_("Member")), *(Column(*head) for head in heads)], [_row(row) for row in found.falling])


def _row(row: Falling) -> list[Any]:
    return [
        Cell(row.name, reverse("admin:training_member_profile", args=[row.key])),
        *(
            row.before,
            row.now,
            share(row.before - row.now, row.before),
            row.came_on,
            row.next_on,
            row.plan,
            row.plan_ends_on,
        ),
    ]


def _drawn(found: Retention) -> Bars | None:
    stacks = [Stack(row.name, [Decimal(row.now), Decimal(row.before - row.now)]) for row in found.falling]
    told = _u("%(count)d members come half as often as before, or less. The table below has every figure.")
    return bars(
        title=_("Sessions now, and how many fewer"),
        summary=told % {"count": len(found.falling)},
        series=[_("now"), _("fewer")],
        stacks=stacks,
        told=str,
    )


register_report(
    ReportPage(
        name="retention",
        title=_("Who slips away"),
        about=_("Members who come half as often as before, while there is time to call them."),
        icon="trending_down",
        group=ReportGroup.ACTIVITY,
        permission="training.view_member",
        may_take="training.export_member",
        make=slipping,
        of=Member,
        usual=Span.MONTH,
        kinds=TRAINING,
        order=66,
    )
)

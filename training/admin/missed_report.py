"""The report of what members missed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.missed_report import asked_by, by_weekday, counts, drawn, weekday
from sessions_app.selectors.missed_sessions import MissedBy
from sessions_app.selectors.time_totals import NO_TIME
from studio.accounts.report_pages import Asked, ReportGroup, ReportPage, register_report
from studio.accounts.roles import Scope, Verb, scope_of
from studio.admin_sites import TRAINING
from studio.office.selectors.profile import current_currency
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, share
from studio.showing import money
from training.models import TrainingSession
from training.selectors.missed_training import MissedTraining, missed_training

NOTHING = Decimal(0)
COUNTED = ("due", "no_shows", "late", "credits", "unpaid")


def missed(asked: Asked) -> Report:
    """Return what members missed; what trainers earn with it only for those who see everybody's pay."""
    by, currency = asked_by(asked), current_currency()
    now, before = (
        missed_training(first=period.first, last=period.last, by=by, zone=asked.zone, currency=currency)
        for period in (asked.period, asked.before)
    )
    sees_pay = scope_of(asked.person.role_names, "training.trainerpay", Verb.VIEW) is Scope.ALL
    names = [row.name if by is MissedBy.CLIENT else weekday(row.who) for row in now]
    figures = [*counts(now, before), Figure(_("paid with no credit"), str(sum(row.unpaid for row in now)))]
    if sees_pay:
        figures.append(Figure(_("trainers earn with it"), money(sum((row.pay for row in now), NOTHING), currency)))
    return Report(
        _table(now, names, by, sees_pay=sees_pay),
        figures=figures,
        picture=drawn(now, asked, names),
        note=_u(
            "Cancelled late: so late that the plan kept the credit. A no-show without a credit is a machine that stood"
            " still for nothing."
        ),
        empty=_("Everybody came, or there was nothing to come to."),
        currency=currency,
    )


def _table(rows: Sequence[MissedTraining], names: Sequence[str], by: MissedBy, *, sees_pay: bool) -> Table:
    heads = [
        *((_("sessions due"), As.COUNT), (_("no-shows"), As.COUNT), (_("cancelled late"), As.COUNT)),
        *((_("paid with a credit"), As.COUNT), (_("paid with none"), As.COUNT)),
        *((_("share missed"), As.PERCENT), (_("time lost"), As.HOURS)),
    ]
    columns = [Column(_("Member") if by is MissedBy.CLIENT else _("Weekday")), *(Column(*head) for head in heads)]
    lines: list[list[Any]] = [
        [
            Cell(name, reverse("admin:training_member_profile", args=[row.who]) if by is MissedBy.CLIENT else ""),
            *(getattr(row, each) for each in COUNTED),
            *(share(row.no_shows + row.late, row.due), row.lost),
        ]
        for row, name in zip(rows, names, strict=True)
    ]
    due, shown, late, *rest = (sum(getattr(row, each) for row in rows) for each in COUNTED)
    lost = sum((row.lost for row in rows), NO_TIME)
    # Members who missed nothing are not listed: what all of them missed is a share of weekdays only.
    missed_share = share(shown + late, due) if by is MissedBy.WEEKDAY else None
    whole: list[Any] = [_u("In all"), due, shown, late, *rest, missed_share, lost]
    if sees_pay:
        columns.append(Column(_("trainers earn"), As.MONEY))
        lines = [[*line, row.pay] for line, row in zip(lines, rows, strict=True)]
        whole.append(sum((row.pay for row in rows), NOTHING))
    return Table(columns, lines, whole)


register_report(
    ReportPage(
        name="missed-training",
        title=_("No-shows of members"),
        about=_("Which members did not come or cancelled too late, on which weekdays, and what it cost."),
        icon="person_off",
        group=ReportGroup.ACTIVITY,
        permission="training.view_member",
        may_take="training.export_member",
        make=missed,
        of=TrainingSession,
        filters=(by_weekday(_("Members")),),
        kinds=TRAINING,
        order=65,
    )
)

"""The report of no-shows and late cancellations; what members miss is drawn in the same way."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.formats import number_format
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from sessions_app.models import SessionFee
from sessions_app.selectors.missed_sessions import Missed, MissedBy, missed_sessions
from sessions_app.selectors.time_totals import NO_TIME
from studio.accounts.report_pages import Asked, Choice, ReportGroup, ReportPage, register_report
from studio.admin_sites import RECORDING
from studio.office.selectors.profile import current_currency
from studio.reports.charts import Bars, Stack, bars
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, change, share
from studio.showing import money

NOTHING = Decimal(0)


def by_weekday(everything: Any) -> Choice:
    """Return the choice between people and weekdays."""
    return Choice("by", _("Rows"), lambda: [(MissedBy.WEEKDAY.value, _("Weekdays"))], everything)


def asked_by(asked: Asked) -> MissedBy:
    """Return what is added up."""
    return MissedBy(asked.chosen["by"] or MissedBy.CLIENT)


def weekday(number: int) -> str:
    """Return the name of a weekday from 1, Monday."""
    return str(WEEKDAYS[number - 1]).capitalize()


def drawn(rows: Iterable[Any], asked: Asked, names: Iterable[str]) -> Bars | None:
    """Return what was missed as bars, no-shows and late cancellations apart.

    rows: with `no_shows` and `late`; names: of them, in their order
    """
    stacks = [Stack(name, [Decimal(row.no_shows), Decimal(row.late)]) for row, name in zip(rows, names, strict=True)]
    whole = sum((stack.total for stack in stacks), NOTHING)
    told = _u("%(period)s: %(count)s missed. The table below has every figure.")
    return bars(
        title=_("Missed"),
        summary=told % {"period": asked.period.name, "count": number_format(whole)},
        series=[_("no-shows"), _("cancelled late")],
        stacks=stacks,
        told=number_format,
    )


def counts(now: Sequence[Any], before: Sequence[Any]) -> list[Figure]:
    """Return how many were missed, either way, and how that compares."""
    return [
        Figure(label, str(found), change(found, sum(getattr(row, name) for row in before)))
        for name, label in (("no_shows", _("no-shows")), ("late", _("cancelled late")))
        for found in [sum(getattr(row, name) for row in now)]
    ]


def missed(asked: Asked) -> Report:
    """Return what clients missed, and what of it in the studio's currency cost."""
    by, currency = asked_by(asked), current_currency()
    now, before = (
        missed_sessions(first=period.first, last=period.last, by=by, zone=asked.zone, currency=currency)
        for period in (asked.period, asked.before)
    )
    cost, charged = (sum((getattr(row, name) for row in now), NOTHING) for name in ("cost", "charged"))
    names = [row.name if by is MissedBy.CLIENT else weekday(row.who) for row in now]
    return Report(
        _table(now, names, by),
        figures=[
            *counts(now, before),
            Figure(_("charged for it"), money(charged, currency)),
            Figure(_("paid by nobody"), money(cost, currency)),
        ],
        picture=drawn(now, asked, names),
        note=_note(sum(row.elsewhere for row in now), currency),
        empty=_("Everybody came, or there was nothing to come to."),
        currency=currency,
    )


def _note(elsewhere: int, currency: str) -> str:
    """Return what is counted.

    elsewhere: how many were missed in another currency
    """
    note = _u(
        "Cancelled late: so late that the terms of the booking asked a fee. Worth: what the sessions would have"
        " cost, without VAT."
    )
    if not elsewhere:
        return note
    left_out = _u("%(count)s of those missed are not in %(currency)s: they are counted, but stand in no sum of money.")
    return f"{note} {left_out % {'count': elsewhere, 'currency': currency}}"


def _table(rows: Sequence[Missed], names: Sequence[str], by: MissedBy) -> Table:
    heads = [
        *((_("sessions due"), As.COUNT), (_("no-shows"), As.COUNT), (_("cancelled late"), As.COUNT)),
        *((_("share missed"), As.PERCENT), (_("time lost"), As.HOURS), (_("worth"), As.MONEY)),
        *((_("charged"), As.MONEY), (_("waived"), As.MONEY), (_("paid by nobody"), As.MONEY)),
    ]
    first = Column(_("Client") if by is MissedBy.CLIENT else _("Weekday"))
    lines = [
        (
            Cell(name, _sessions_of(row.who) if by is MissedBy.CLIENT else ""),
            *(row.due, row.no_shows, row.late, share(row.no_shows + row.late, row.due), row.lost),
            *(row.worth, row.charged, row.waived, row.cost),
        )
        for row, name in zip(rows, names, strict=True)
    ]
    due, shown, late = (sum(getattr(row, name) for row in rows) for name in ("due", "no_shows", "late"))
    sums = [sum((getattr(row, name) for row in rows), NOTHING) for name in ("worth", "charged", "waived", "cost")]
    # Clients who missed nothing are not listed: what all of them missed is a share of weekdays only.
    missed_share = share(shown + late, due) if by is MissedBy.WEEKDAY else None
    whole = [_u("In all"), due, shown, late, missed_share, sum((row.lost for row in rows), NO_TIME), *sums]
    return Table([first, *(Column(label, kind) for label, kind in heads)], lines, whole)


def _sessions_of(client: int) -> str:
    return f"{reverse('admin:sessions_app_studiosession_changelist')}?client__id__exact={client}"


register_report(
    ReportPage(
        name="no-shows",
        title=_("No-shows of clients"),
        about=_("Who did not come or cancelled too late, on which weekdays, and what it cost."),
        icon="person_off",
        group=ReportGroup.ACTIVITY,
        permission="sessions_app.view_sessionfee",
        may_take="sessions_app.export_client",
        make=missed,
        of=SessionFee,
        filters=(by_weekday(_("Clients")),),
        kinds=RECORDING,
        order=64,
    )
)

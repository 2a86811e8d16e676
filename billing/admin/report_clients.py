"""The report of what clients are worth."""

from collections.abc import Sequence
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.admin.report_parts import CURRENCY, NOTHING, TAKE, currency_of, summary, told_in, whole
from billing.models import Invoice
from billing.selectors.client_value import ClientValue, billed_and_paid, client_values
from studio.accounts.report_pages import Asked, ReportGroup, ReportPage, register_report
from studio.reports.charts import Bars, Stack, bars
from studio.reports.periods import Span
from studio.reports.tables import As, Cell, Column, Figure, Report, Table

HEADS = (
    *((_("billed"), As.MONEY), (_("paid"), As.MONEY), (_("sessions"), As.COUNT)),
    *((_("first visit"), As.DAY), (_("last visit"), As.DAY)),
)


def clients(asked: Asked) -> Report:
    """Return what every client was billed and paid, and how often they came."""
    currency = currency_of(asked)

    period, before = asked.period, asked.before
    now = client_values(first=period.first, last=period.last, currency=currency, zone=asked.zone)
    formerly = billed_and_paid(first=before.first, last=before.last, currency=currency)
    billed, paid = (_sum(now, name) for name in ("billed", "paid"))
    visits = sum(row.visits for row in now)
    return Report(
        Table(
            [Column(_("Client")), *(Column(*head) for head in HEADS)],
            [
                (
                    Cell(row.name, reverse("admin:sessions_app_client_change", args=[row.key])),
                    *(row.billed, row.paid, row.visits, row.first_on, row.last_on),
                )
                for row in now
            ],
            [_u("In all"), billed, paid, visits, "", ""],
        ),
        figures=[
            Figure(_("clients"), str(len(now))),
            whole(_("billed"), billed, formerly[0], currency),
            whole(_("paid"), paid, formerly[1], currency),
            Figure(_("completed sessions"), str(visits)),
        ],
        picture=_drawn(now, billed, asked, currency),
        note=_u(
            "Billed and paid with VAT, less what was credited and paid back. The first and last visits are of all time."
        ),
        empty=_("Nobody was billed, paid or came on these days."),
        currency=currency,
    )


def _sum(rows: Sequence[ClientValue], name: str) -> Decimal:
    return sum((getattr(row, name) for row in rows), NOTHING)


def _drawn(rows: Sequence[ClientValue], billed: Decimal, asked: Asked, currency: str) -> Bars | None:
    stacks = [
        Stack(row.name, [row.billed], link=reverse("admin:sessions_app_client_change", args=[row.key])) for row in rows
    ]
    told = told_in(currency)
    title = _("Billed by client")
    return bars(title=title, summary=summary(asked, billed, currency), series=[_("billed")], stacks=stacks, told=told)


register_report(
    ReportPage(
        name="client-value",
        title=_("Worth of clients"),
        about=_("What each was billed and paid, how often they came, since when and until when."),
        icon="star",
        group=ReportGroup.ACTIVITY,
        permission="billing.view_invoice",
        may_take=TAKE,
        make=clients,
        of=Invoice,
        filters=(CURRENCY,),
        usual=Span.YEAR,
        order=70,
    )
)

"""The report of what becomes of quotes."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.admin.report_parts import CURRENCY, TAKE, currency_of, whole
from billing.models import Quote
from billing.selectors.quote_answers import Answers, of_all, quote_answers
from studio.accounts.report_pages import Asked, ReportGroup, ReportPage, register_report
from studio.reports.charts import Columns, Stack, columns
from studio.reports.periods import Period, Span
from studio.reports.tables import As, Column, Figure, Report, Table, Value, percent, share
from studio.showing import NOTHING

TENTH, ONE_DAY = Decimal("0.1"), timedelta(days=1)
PARTS = (
    *(("accepted", _("accepted")), ("rejected", _("declined"))),
    *(("expired", _("expired")), ("waiting", _("waiting"))),
)


def quotes(asked: Asked) -> Report:
    """Return what became of the quotes that were sent."""
    currency = currency_of(asked)

    def of(period: Period) -> list[Answers]:
        return quote_answers(first=period.first, last=period.last, currency=currency, zone=asked.zone, now=asked.now)

    rows = of(asked.period)
    now, before = of_all(rows), of_all(of(asked.before))
    took = _days(now.answered_in)
    kinds = [As.COUNT, *([As.COUNT] * len(PARTS)), As.PERCENT, As.QUANTITY, As.MONEY, As.MONEY]
    heads = [
        *(_("sent"), *(label for _name, label in PARTS), _("share accepted")),
        *(_("days to answer"), _("offered"), _("won")),
    ]
    return Report(
        Table(
            [Column(_("Month"), As.MONTH), *(Column(head, kind) for head, kind in zip(heads, kinds, strict=True))],
            [(row.month, *_facts(row)) for row in rows],
            [_u("In all"), *_facts(now)],
        ),
        figures=[
            Figure(_("accepted, of those decided"), percent(now.percent)),
            Figure(_("sent"), str(now.sent)),
            whole(_("won"), now.won, before.won, currency),
            Figure(_("days until an answer, on average"), NOTHING if took is None else number_format(took)),
        ],
        picture=_drawn(rows, now),
        note=_u(
            "By the month in which they were last sent. One whose time is up has expired; those that wait are left out"
            " of the share."
        ),
        empty=_("No quote was sent on these days."),
        currency=currency,
    )


def _facts(row: Answers) -> Sequence[Value]:
    counted = (row.sent, *(getattr(row, name) for name, _label in PARTS))
    return (*counted, share(row.accepted, row.sent - row.waiting), _days(row.answered_in), row.offered, row.won)


def _days(length: timedelta | None) -> Decimal | None:
    """Return a length as days, to the tenth."""
    if length is None:
        return None
    return (Decimal(length // timedelta(seconds=1)) / Decimal(ONE_DAY // timedelta(seconds=1))).quantize(TENTH)


def _drawn(rows: Sequence[Answers], now: Answers) -> Columns | None:
    stacks = [Stack(_month(row.month), [Decimal(getattr(row, name)) for name, _label in PARTS]) for row in rows]
    told = _u("%(sent)d quotes sent, %(accepted)d accepted, by month. The table below has every figure.")
    return columns(
        title=_("Quotes by month"),
        summary=told % {"sent": now.sent, "accepted": now.accepted},
        series=[label for _name, label in PARTS],
        stacks=stacks,
        told=number_format,
    )


def _month(first: Any) -> str:
    return date_format(first, "M y")


register_report(
    ReportPage(
        name="quotes",
        title=_("Answers to quotes"),
        about=_("How many are accepted, how soon, and what they come to."),
        icon="request_quote",
        group=ReportGroup.ACTIVITY,
        permission="billing.view_quote",
        may_take=TAKE,
        make=quotes,
        of=Quote,
        filters=(CURRENCY,),
        usual=Span.YEAR,
        order=72,
    )
)

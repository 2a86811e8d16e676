"""The report of payments: what came in less what went back, by day and method."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.admin.report_parts import CURRENCY, NOTHING, SEE, TAKE, currency_of, summary, told_in, whole
from billing.models import Payment, PaymentMethod
from billing.selectors.till import Day, takings
from studio.accounts.report_pages import Asked, ReportGroup, ReportPage, register_report
from studio.reports.charts import Columns, Stack, columns
from studio.reports.periods import Period
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, Way
from studio.showing import day, money

MOST_DAYS = 31  # drawn one by one; of a longer period the months are


def by_day(asked: Asked) -> Report:
    """Return payments by day and method."""
    currency = currency_of(asked)
    days = takings(first=asked.period.first, last=asked.period.last, currency=currency)
    earlier = takings(first=asked.before.first, last=asked.before.last, currency=currency)
    methods = [method for method in PaymentMethod if any(each.of(method) for each in days)]
    in_all, before = _rest(days), _rest(earlier)
    came, went = sum((each.came for each in days), NOTHING), sum((each.went for each in days), NOTHING)
    heads = [Column(_("Day"), As.DAY), *(Column(method.label, As.MONEY) for method in methods)]
    return Report(
        Table(
            [*heads, Column(_("In all"), As.MONEY)],
            [[Cell(each.on, _list(each.on)), *(each.of(method) for method in methods), each.rest] for each in days],
            [_u("In all"), *(sum((each.of(method) for each in days), NOTHING) for method in methods), in_all],
        ),
        figures=[
            whole(_("in all"), in_all, before, currency),
            Figure(_("came in"), money(came, currency)),
            Figure(_("went back"), money(went, currency)),
        ],
        picture=_drawn(asked, days, methods),
        note=_("Money that moved, by its day; what is under way with a provider does not count yet."),
        empty=_("No money moved on these days."),
        way=Way(_("Take in a payment"), reverse("admin:billing_payment_add")),
        currency=currency,
    )


def _rest(days: Sequence[Day]) -> Decimal:
    return sum((each.rest for each in days), NOTHING)


def _list(on: date) -> str:
    return f"{reverse('admin:billing_payment_changelist')}?received_on={on}"


def _drawn(asked: Asked, days: Sequence[Day], methods: Sequence[PaymentMethod]) -> Columns | None:
    """Return a column for each day, or for each month of a long period."""
    currency, period = currency_of(asked), asked.period
    stacks = (
        [_month(asked, month, days, methods) for month in period.months]
        if (period.end - period.first).days > MOST_DAYS
        else [_day(each, days, methods) for each in period.days]
    )
    return columns(
        title=_("Payments"),
        summary=summary(asked, _rest(days), currency),
        series=[method.label for method in methods],
        stacks=stacks,
        told=told_in(currency),
    )


def _day(on: date, days: Sequence[Day], methods: Sequence[PaymentMethod]) -> Stack:
    found = next((each for each in days if each.on == on), None)
    link = _list(on) if found else ""
    return Stack(str(on.day), [found.of(method) if found else NOTHING for method in methods], name=day(on), link=link)


def _month(asked: Asked, month: date, days: Sequence[Day], methods: Sequence[PaymentMethod]) -> Stack:
    part: Period = asked.period.within(month)
    theirs = [each for each in days if part.first <= each.on <= part.last]
    values = [sum((each.of(method) for each in theirs), NOTHING) for method in methods]
    return Stack(
        asked.period.month_shown(month), values, name=date_format(month, "F Y"), link=asked.address_on(part, "payments")
    )


register_report(
    ReportPage(
        name="payments",
        title=_("Payments by day"),
        about=_("What came in and went back, by day and method."),
        icon="payments",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=by_day,
        of=Payment,
        filters=(CURRENCY,),
        order=40,
    )
)

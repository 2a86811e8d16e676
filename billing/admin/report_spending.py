"""Reports of expenses, and of what is left of revenue."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.admin.report_parts import CURRENCY, NOTHING, SEE, TAKE, currency_of, summary, told_in, whole
from billing.models import Expense, ExpenseCategory
from billing.selectors import revenue
from billing.selectors.spending import expenses_of, spent_by_category
from studio.accounts.report_pages import Asked, Choice, ReportGroup, ReportPage, register_report
from studio.reports.charts import Stack, bars
from studio.reports.periods import Period, Span
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, Value, Way, percent, share
from studio.showing import money

NOTE = _(
    "By the day it was spent; what is cancelled does not count. Margin is revenue less expenses, both without VAT."
)
EMPTY = _("Nothing was spent on these days.")


def by_category(asked: Asked) -> Report:
    """Return expenses by category, and the margin."""
    currency = currency_of(asked)
    spent = spent_by_category(asked.period, currency)
    net, tax = sum((each.net for each in spent), NOTHING), sum((each.tax for each in spent), NOTHING)
    before = sum((each.net for each in spent_by_category(asked.before, currency)), NOTHING)
    links = [asked.address("expense-lines", category=each.category) for each in spent]
    heads = [
        *(Column(_("Category")), Column(_("Receipts"), As.COUNT), Column(_("Without VAT"), As.MONEY)),
        *(Column(_("VAT"), As.MONEY), Column(_("With VAT"), As.MONEY), Column(_("Share"), As.PERCENT)),
    ]
    names = [str(ExpenseCategory(each.category).label) for each in spent]
    return Report(
        Table(
            heads,
            [
                [Cell(name, link), each.count, Cell(each.net, link), each.tax, each.amount, share(each.net, net)]
                for name, each, link in zip(names, spent, links, strict=True)
            ],
            [_u("In all"), sum(each.count for each in spent), net, tax, net + tax, share(net, net)],
        ),
        figures=[whole(_("expenses without VAT"), net, before, currency), *_margin(asked, net)],
        picture=bars(
            title=_("Expenses by category"),
            summary=summary(asked, net, currency),
            series=[_("without VAT")],
            stacks=[Stack(name, [each.net], link=link) for name, each, link in zip(names, spent, links, strict=True)],
            told=told_in(currency),
        ),
        note=NOTE,
        empty=EMPTY,
        way=_to_expenses(),
        currency=currency,
    )


def _margin(asked: Asked, net: Decimal) -> list[Figure]:
    """Return revenue, and what is left of it."""
    currency = currency_of(asked)

    def earned(days: Period) -> Decimal:
        return sum(revenue.ledger_revenue(days, currency).values(), NOTHING)

    now, then = earned(asked.period), earned(asked.before)
    of_it = f" ({percent(share(now - net, now), places=1)})" if now > 0 else ""
    return [
        whole(_("revenue without VAT"), now, then, currency),
        Figure(_("margin"), f"{money(now - net, currency)}{of_it}"),
    ]


def _to_expenses() -> Way:
    return Way(_("Write an expense down"), reverse("admin:billing_expense_add"))


def expenses_behind(asked: Asked) -> Report:
    """Return the expenses themselves."""
    currency = currency_of(asked)
    found = expenses_of(asked.period, currency)
    if asked.chosen["category"]:
        found = found.filter(category=asked.chosen["category"])
    kept = [each for each in spent_by_category(asked.period, currency) if each.category == asked.chosen["category"]]
    spent = kept if asked.chosen["category"] else spent_by_category(asked.period, currency)
    net, tax = sum((each.net for each in spent), NOTHING), sum((each.tax for each in spent), NOTHING)
    heads = [
        *(Column(_("Expense")), Column(_("Date"), As.DAY), Column(_("Paid to")), Column(_("Category"))),
        *(Column(_("Without VAT"), As.MONEY), Column(_("VAT"), As.MONEY), Column(_("With VAT"), As.MONEY)),
    ]
    return Report(
        Table(heads, _told(found), [_u("In all"), None, None, None, net, tax, net + tax]),
        note=NOTE,
        empty=EMPTY,
        way=_to_expenses(),
        currency=currency,
    )


def _told(found: QuerySet[Expense]) -> Iterator[list[Value | Cell]]:
    for each in found.iterator(chunk_size=2000):
        yield [
            Cell(each.description, reverse("admin:billing_expense_change", args=[each.pk])),
            *(each.spent_on, each.vendor, str(each.get_category_display())),
            *(each.net_amount, each.tax_amount, each.amount),
        ]


CATEGORY = Choice("category", _("Category"), lambda: ExpenseCategory.choices)

for _page in (
    ReportPage(
        name="expenses",
        title=_("Expenses and margin"),
        about=_("What was spent on what, and what is left of revenue."),
        icon="shopping_cart",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=by_category,
        of=Expense,
        filters=(CURRENCY,),
        usual=Span.YEAR,
        order=50,
    ),
    ReportPage(
        name="expense-lines",
        title=_("Expenses one by one"),
        about=_("Every receipt of some days."),
        icon="receipt_long",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=expenses_behind,
        of=Expense,
        filters=(CATEGORY, CURRENCY),
        usual=Span.YEAR,
        is_listed=False,
    ),
):
    register_report(_page)

"""Reports of VAT: by category and rate, and the documents behind each figure."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from django.utils.formats import number_format
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.admin.report_parts import (
    CURRENCY,
    NOTHING,
    SEE,
    TAKE,
    currency_of,
    document_link,
    summary,
    to_documents,
    told_in,
    whole,
)
from billing.models import LedgerEntry, VatCategory
from billing.selectors import vat
from billing.selectors.vat import VatDocument, VatLine
from studio.accounts.report_pages import Asked, Picked, ReportGroup, ReportPage, register_report
from studio.reports.charts import Stack, bars
from studio.reports.periods import Span
from studio.reports.tables import HUNDRED, As, Cell, Column, Figure, Report, Table, Value
from studio.showing import money

NOTE = _("By the day of issue, deposits included, credit notes taken off. Drafts and tests do not count.")
EMPTY = _("No document was issued on these days.")


HEADS = (
    *(Column(_("Rate")), Column(_("Base issued"), As.MONEY), Column(_("VAT issued"), As.MONEY)),
    *(Column(_("Base credited"), As.MONEY), Column(_("VAT credited"), As.MONEY)),
    *(Column(_("Base"), As.MONEY), Column(_("VAT"), As.MONEY)),
)


def by_rate(asked: Asked) -> Report:
    """Return bases and VAT by category and rate."""
    currency = currency_of(asked)
    lines = vat.vat_by_rate(asked.period, currency)
    tax = sum((line.tax for line in lines), NOTHING)
    before = sum((line.tax for line in vat.vat_by_rate(asked.before, currency)), NOTHING)
    spent = vat.vat_of_expenses(asked.period, currency)
    links = [asked.address("vat-documents", rate=f"{line.category}-{line.rate}") for line in lines]
    stacks = [Stack(_rate_name(line), [line.tax], link=link) for line, link in zip(lines, links, strict=True)]
    told, title = summary(asked, tax, currency), _("VAT by rate")
    return Report(
        _table(lines, links, asked.address("vat-documents")),
        figures=[
            whole(_("VAT of documents"), tax, before, currency),
            Figure(_("VAT in expenses"), money(spent, currency), link=asked.address("expenses")),
            Figure(_("to pay, where both are declared"), money(tax - spent, currency)),
        ],
        picture=bars(title=title, summary=told, series=[_("VAT")], stacks=stacks, told=told_in(currency)),
        note=NOTE,
        empty=EMPTY,
        way=to_documents(),
        currency=currency,
    )


def _table(lines: Sequence[VatLine], links: Sequence[str], all_of_them: str) -> Table:
    def row(head: Cell, amounts: Sequence[Decimal], link: str) -> list[Value | Cell]:
        return [head, *amounts[:4], *(Cell(amount, link) for amount in amounts[4:])]

    rows = [row(Cell(_rate_name(line), link), _amounts(line), link) for line, link in zip(lines, links, strict=True)]
    sums = [sum(amounts, NOTHING) for amounts in zip(*map(_amounts, lines), strict=True)]
    return Table(HEADS, rows, row(Cell(_u("In all")), sums, all_of_them) if rows else [])


def _amounts(line: VatLine) -> list[Decimal]:
    return [line.base_issued, line.tax_issued, line.base_credited, line.tax_credited, line.base, line.tax]


def _rate_name(line: VatLine) -> str:
    return _named(line.category, line.rate)


def _named(category: str, rate: Decimal) -> str:
    if category == VatCategory.STANDARD:
        return f"{number_format(rate.normalize() if rate % 1 else rate.to_integral_value())} %"
    return str(VatCategory(category).label)


def documents_behind(asked: Asked) -> Report:
    """Return the documents with their bases and VAT, at one rate or at all."""
    currency = currency_of(asked)
    found = vat.vat_entries(asked.period, currency)
    if picked := _picked(asked.chosen["rate"]):
        found = found.filter(vat_category=picked[0], vat_percent=picked[1])
    lines = [
        line
        for line in vat.vat_by_rate(asked.period, currency)
        if picked is None or (line.category, line.rate) == picked
    ]
    base = sum((line.base for line in lines), NOTHING)
    tax = sum((line.tax for line in lines), NOTHING)
    heads = [
        *(Column(_("Document")), Column(_("Date"), As.DAY), Column(_("Client"))),
        *(Column(_("Base"), As.MONEY), Column(_("VAT"), As.MONEY)),
    ]
    return Report(
        Table(heads, _told(vat.vat_documents(found)), [_u("In all"), None, None, base, tax]),
        note=NOTE,
        empty=EMPTY,
        way=to_documents(),
        currency=currency,
    )


def _told(documents: Iterator[VatDocument]) -> Iterator[list[Cell]]:
    for each in documents:
        link = document_link(each.key)
        yield [Cell(each.number, link), Cell(each.issued_on), Cell(each.client), Cell(each.base), Cell(each.tax)]


def _picked(text: str) -> tuple[str, Decimal] | None:
    """Return the category and rate that an address names, e.g. "S-20.00"; None for none."""
    category, _dash, rate = text.partition("-")
    try:
        percent = Decimal(rate)
    except InvalidOperation:
        return None
    known = category in VatCategory.values and percent.is_finite() and 0 <= percent <= HUNDRED
    return (category, percent) if known else None


def _called(text: str) -> str | None:
    picked = _picked(text)
    return _named(*picked) if picked else None


for _page in (
    ReportPage(
        name="vat",
        title=_("VAT"),
        about=_("What to declare, by rate and category, with the documents behind it."),
        icon="percent",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=by_rate,
        of=LedgerEntry,
        filters=(CURRENCY,),
        usual=Span.QUARTER,
        order=20,
    ),
    ReportPage(
        name="vat-documents",
        title=_("Documents behind VAT"),
        about=_("Every document with its base and its VAT."),
        icon="receipt_long",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=documents_behind,
        of=LedgerEntry,
        filters=(Picked("rate", _("Rate"), _called), CURRENCY),
        usual=Span.QUARTER,
        is_listed=False,
    ),
):
    register_report(_page)

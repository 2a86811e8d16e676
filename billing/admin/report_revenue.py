"""Reports of revenue: by month and kind, by client, by service, and the lines behind each figure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.admin.report_parts import (
    CLIENT,
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
from billing.models import InvoiceItem, LedgerEntry, Service
from billing.selectors import revenue
from billing.selectors.revenue import Earned, Sold
from sessions_app.forms import key_of
from studio.accounts.report_pages import Asked, Choice, Picked, ReportGroup, ReportPage, register_report
from studio.reports.charts import Columns, Stack, bars, columns
from studio.reports.periods import Period, Span
from studio.reports.tables import As, Cell, Column, Report, Table, Value, share

NOTE = _(
    "Without VAT, as the ledger has it: issued documents less credit notes. Drafts, tests and deposits are no revenue."
)
EMPTY = _("Nothing was earned on these days: no document was issued on them.")


def by_month(asked: Asked) -> Report:
    """Return revenue by month and kind."""
    currency = currency_of(asked)
    found = revenue.revenue_by_month(asked.period, currency)
    kinds = [kind for kind in Earned if any(sums.get(kind) for sums in found.values())]
    before = sum(revenue.ledger_revenue(asked.before, currency).values(), NOTHING)

    def cells(sums: Mapping[str, Decimal], days: Period) -> list[Cell]:
        parts = [_lines(asked, sums.get(kind, NOTHING), days, kind=kind.value) for kind in kinds]
        return [*parts, _lines(asked, sum(sums.values(), NOTHING), days)]

    totals = {kind.value: sum((sums.get(kind, NOTHING) for sums in found.values()), NOTHING) for kind in kinds}
    rows = [[Cell(month), *cells(sums, asked.period.within(month))] for month, sums in found.items()]
    in_all = sum(totals.values(), NOTHING)
    return Report(
        Table(
            [Column(_("Month"), As.MONTH), *(Column(kind.label, As.MONEY) for kind in kinds), _IN_ALL],
            rows if kinds else [],
            [_u("In all"), *cells(totals, asked.period)],
        ),
        figures=[whole(_("revenue without VAT"), in_all, before, currency)],
        picture=_months_drawn(asked, kinds, found, in_all) if kinds else None,
        note=NOTE,
        empty=EMPTY,
        way=to_documents(),
        currency=currency,
    )


def _months_drawn(asked: Asked, kinds: Sequence[Earned], found: revenue.ByMonth, in_all: Decimal) -> Columns | None:
    currency = currency_of(asked)
    stacks = [
        Stack(
            asked.period.month_shown(month),
            [sums.get(kind, NOTHING) for kind in kinds],
            name=date_format(month, "F Y"),
            link=asked.address_on(asked.period.within(month), "revenue-lines"),
        )
        for month, sums in found.items()
    ]
    told = summary(asked, in_all, currency)
    series = [kind.label for kind in kinds]
    return columns(title=_("Revenue by month"), summary=told, series=series, stacks=stacks, told=told_in(currency))


NO_SERVICE = "none"
UNSAID = _("Stated by documents of a former system, beyond their lines")
_IN_ALL = Column(_("In all"), As.MONEY)


def _lines(asked: Asked, amount: Decimal, days: Period, **chosen: object) -> Cell:
    return Cell(amount, asked.address_on(days, "revenue-lines", **chosen) if amount else "")


def by_client(asked: Asked) -> Report:
    """Return revenue by client."""
    sold = revenue.revenue_by_client(asked.period, currency_of(asked))
    links = [asked.address("revenue-lines", client=each.key) for each in sold]
    return _ranking(asked, sold, links, _("Client"), _("Revenue by client"))


def by_service(asked: Asked) -> Report:
    """Return revenue by service of the catalogue."""
    sold = revenue.revenue_by_service(asked.period, currency_of(asked))
    links = [asked.address("revenue-lines", **_what(each)) for each in sold]
    return _ranking(asked, sold, links, _("Service"), _("Revenue by service"))


def _what(sold: Sold) -> dict[str, object]:
    return {"service": sold.key} if isinstance(sold.key, int) else {"kind": sold.key, "service": "none"}


def _ranking(asked: Asked, sold: Sequence[Sold], links: Sequence[str], head: object, title: object) -> Report:
    """Return what was sold, the most first, with the share of each."""
    currency = currency_of(asked)
    in_all = sum((each.net for each in sold), NOTHING)
    before = sum(revenue.ledger_revenue(asked.before, currency).values(), NOTHING)
    rows = [
        [Cell(each.label, link), each.documents, Cell(each.net, link), share(each.net, in_all)]
        for each, link in zip(sold, links, strict=True)
    ]
    stacks = [Stack(each.label, [each.net], link=link) for each, link in zip(sold, links, strict=True)]
    return Report(
        Table(
            [
                Column(head),
                Column(_("Documents"), As.COUNT),
                Column(_("Revenue"), As.MONEY),
                Column(_("Share"), As.PERCENT),
            ],
            rows,
            [_u("In all"), None, _lines(asked, in_all, asked.period), share(in_all, in_all)],
        ),
        figures=[whole(_("revenue without VAT"), in_all, before, currency)],
        picture=bars(
            title=title, summary=summary(asked, in_all, currency), series=[head], stacks=stacks, told=told_in(currency)
        ),
        note=NOTE,
        empty=EMPTY,
        way=to_documents(),
        currency=currency,
    )


# Behind the figures -----------------------------------------------------------------------------


def lines_behind(asked: Asked) -> Report:
    """Return the lines of documents that revenue is made of."""
    currency, chosen = currency_of(asked), asked.chosen
    found = revenue.revenue_lines(asked.period, currency)
    if chosen["kind"]:
        found = found.filter(kind=chosen["kind"])
    if chosen["client"]:
        found = found.filter(invoice__client=int(chosen["client"]))
    if chosen["service"] == NO_SERVICE:
        found = found.filter(service__isnull=True)
    elif chosen["service"]:
        found = found.filter(service=int(chosen["service"]))
    in_all = found.aggregate(sum=Sum("net_earned"))["sum"] or NOTHING
    unsaid = _unsaid(asked, currency)
    rest: list[list[Value | Cell]] = [["", None, "", str(UNSAID), str(Earned.OTHER.label), unsaid]] if unsaid else []
    heads = [
        *(Column(_("Document")), Column(_("Date"), As.DAY), Column(_("Client")), Column(_("Line"))),
        *(Column(_("Kind")), Column(_("Without VAT"), As.MONEY)),
    ]
    return Report(
        Table(heads, _told(found, rest), [_u("In all"), None, None, None, None, in_all + unsaid]),
        note=NOTE,
        empty=EMPTY,
        way=to_documents(),
        currency=currency,
    )


def _unsaid(asked: Asked, currency: str) -> Decimal:
    """Return what no line says, where it belongs to what is asked for."""
    chosen = asked.chosen
    if chosen["kind"] not in ("", Earned.OTHER) or chosen["service"] not in ("", NO_SERVICE):
        return NOTHING
    client = int(chosen["client"]) if chosen["client"] else None
    lines = revenue.revenue_lines(asked.period, currency)
    lines = lines if client is None else lines.filter(invoice__client=client)
    said = lines.aggregate(sum=Sum("net_earned"))["sum"] or NOTHING
    return revenue.unsaid_revenue(asked.period, currency, said=said, client=client)


def _told(lines: "QuerySet[Any, Any]", rest: Sequence[list[Value | Cell]]) -> Iterator[list[Value | Cell]]:
    for line in revenue.sold_lines(lines):
        document = line.invoice
        yield [
            Cell(document.invoice_number, document_link(document.pk)),
            *(line.booked_on, document.client.name, line.description),
            *(str(Earned(line.kind).label), line.net_earned),
        ]
    yield from rest


def _service_called(key: str) -> str | None:
    if key == NO_SERVICE:
        return _u("none")
    return Service.objects.filter(pk=key_of(key) or 0).values_list("name", flat=True).first()


KIND = Choice("kind", _("Kind"), lambda: [(kind.value, kind.label) for kind in Earned])

for _page in (
    ReportPage(
        name="revenue",
        title=_("Revenue by month"),
        about=_("What was earned each month, and with what."),
        icon="bar_chart",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=by_month,
        of=LedgerEntry,
        filters=(CURRENCY,),
        usual=Span.YEAR,
        order=10,
    ),
    ReportPage(
        name="revenue-clients",
        title=_("Revenue by client"),
        about=_("With whom it was earned."),
        icon="groups",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=by_client,
        of=LedgerEntry,
        filters=(CURRENCY,),
        usual=Span.YEAR,
        order=11,
    ),
    ReportPage(
        name="revenue-services",
        title=_("Revenue by service"),
        about=_("With which services of the catalogue, and with what else."),
        icon="sell",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=by_service,
        of=InvoiceItem,
        filters=(CURRENCY,),
        usual=Span.YEAR,
        order=12,
    ),
    ReportPage(
        name="revenue-lines",
        title=_("Lines behind revenue"),
        about=_("Every line of a document that was earned with."),
        icon="receipt_long",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=lines_behind,
        of=InvoiceItem,
        filters=(KIND, CLIENT, Picked("service", _("Service"), _service_called), CURRENCY),
        is_listed=False,
    ),
):
    register_report(_page)

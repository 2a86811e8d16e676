"""The report of receivables: who owes how much, and for how long."""

from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.admin.report_parts import CURRENCY, NOTHING, SEE, TAKE, currency_of, to_documents, told_in
from billing.models import LedgerEntry
from billing.selectors.ageing import Band
from billing.selectors.owed_on import Owed, owed_on
from studio.accounts.report_pages import Asked, ReportGroup, ReportPage, register_report
from studio.reports.charts import Columns, Stack, columns
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, change
from studio.showing import day, money

BANDS = {
    Band.NOT_YET: _("not due yet"),
    Band.MONTH: _("1-30 days"),
    Band.TWO_MONTHS: _("31-60 days"),
    Band.QUARTER: _("61-90 days"),
    Band.LONGER: _("longer"),
}


def ageing(asked: Asked) -> Report:
    """Return what clients owed at the end of the period, or owe today, by how long it had been due."""
    currency, on = currency_of(asked), min(asked.period.last, asked.today)
    owed = owed_on(on, currency)
    sums = {band: sum((each.bands.get(band, NOTHING) for each in owed), NOTHING) for band in Band}
    credit = sum((each.credit for each in owed), NOTHING)
    in_all = sum(sums.values(), NOTHING)
    earlier = owed_on(min(asked.before.last, asked.today), currency)
    before = sum((sum(each.bands.values(), NOTHING) for each in earlier), NOTHING)
    late = in_all - sums[Band.NOT_YET]
    heads = [Column(_("Client")), *(Column(label, As.MONEY) for label in BANDS.values())]
    return Report(
        Table(
            [*heads, Column(_("paid ahead"), As.MONEY), Column(_("In all"), As.MONEY)],
            [_row(each, is_now=on == asked.today) for each in owed],
            [_u("In all"), *sums.values(), credit, in_all - credit],
        ),
        figures=[
            Figure(_("open"), money(in_all, currency), change(in_all, before)),
            Figure(
                _("past its day"),
                money(late, currency),
                link=reverse("admin:billing-reminders") if on == asked.today else "",
            ),
            Figure(_("paid ahead"), money(credit, currency)),
        ],
        picture=_drawn(sums, on, currency, is_now=on == asked.today),
        note=_u("At the end of %(day)s, as the ledger has it: issued, less credited and paid until then.")
        % {"day": day(on)},
        empty=_("Nobody owed anything on that day."),
        way=to_documents(),
        currency=currency,
    )


def _row(owed: Owed, *, is_now: bool) -> list[Cell]:
    theirs = _list("unpaid", owed.client) if is_now else _list("", owed.client)
    bands = [
        Cell(owed.bands.get(band), _list(band.value, owed.client) if is_now and band in owed.bands else "")
        for band in Band
    ]
    return [Cell(owed.name, theirs), *bands, Cell(owed.credit or None), Cell(owed.total, theirs)]


def _list(which: str, client: int | None = None) -> str:
    """Return the address of the list of documents; the band of what is not due yet has no filter of its own."""
    of_client = f"client__id__exact={client}" if client else ""
    asked = "unpaid" if which == Band.NOT_YET else which
    query = "&".join(part for part in (f"open={asked}" if asked else "", of_client) if part)
    return f"{reverse('admin:billing_invoice_changelist')}?{query}"


def _drawn(sums: dict[Band, Decimal], on: date, currency: str, *, is_now: bool) -> Columns | None:
    stacks = [
        Stack(str(BANDS[band]), [amount], link=_list(band.value) if is_now and amount else "")
        for band, amount in sums.items()
    ]
    told = _u("%(day)s: %(sum)s open, by the days past its day.")
    summary = told % {"day": day(on), "sum": money(sum(sums.values(), NOTHING), currency)}
    title = _("Open by age")
    return columns(title=title, summary=summary, series=[_("open")], stacks=stacks, told=told_in(currency))


register_report(
    ReportPage(
        name="receivables",
        title=_("Receivables by age"),
        about=_("Who owes how much, and for how long; today, or at the end of any period."),
        icon="hourglass_top",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=ageing,
        of=LedgerEntry,
        filters=(CURRENCY,),
        order=30,
    )
)

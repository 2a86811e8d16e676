"""The ledger for the bookkeeper: what was moved on each account, the journal, and the file of the tax office."""

import re
from collections.abc import Iterator
from itertools import chain
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.admin.report_parts import CURRENCY, NOTHING, SEE, TAKE, currency_of, document_link, to_documents
from billing.documents.fec import fec_name, write_fec
from billing.models import LedgerDay, LedgerEntry
from billing.selectors.accounting import (
    JournalLine,
    brought_forward,
    has_earlier,
    journal,
    postings_elsewhere,
    trial_balance,
)
from billing.services import posting_numbers
from sessions_app.models import ClosedPeriod
from studio.accounts.report_pages import Asked, Picked, ReportGroup, ReportPage, register_report, report_address
from studio.accounts.taking_along import kept_file
from studio.admin_sites import AdminPage, may, studio_site
from studio.clock import local_day
from studio.errors import DomainError
from studio.office.selectors.profile import current_currency, current_profile
from studio.reports.periods import MONTHS, Period, Span, asked_period
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, Value, Way
from studio.showing import money

FEC = "FEC"
NUMBER = re.compile("[0-9A-Za-z]{1,20}")
NOTE = _("What was moved on each account, by the day of the posting; tests do not count.")
EMPTY = _("Nothing was posted on these days.")


def balances(asked: Asked) -> Report:
    """Return what was moved on each account."""
    currency = currency_of(asked)
    found = trial_balance(asked.period, currency)
    debit = sum((each.debit for each in found), NOTHING)
    credit = sum((each.credit for each in found), NOTHING)
    heads = [
        *(Column(_("Number")), Column(_("Account")), Column(_("Debit"), As.MONEY)),
        *(Column(_("Credit"), As.MONEY), Column(_("Balance"), As.MONEY)),
    ]
    return Report(
        Table(
            heads,
            [
                [
                    Cell(each.account.number, asked.address("journal", account=each.account.number)),
                    *(each.account.name, each.debit, each.credit, each.debit - each.credit),
                ]
                for each in found
            ],
            [_u("In all"), None, debit, credit, debit - credit],
        ),
        figures=[Figure(_("debit"), money(debit, currency)), Figure(_("credit"), money(credit, currency))],
        note=f"{NOTE} {_closed(asked.period)} {_left_out(asked.period)}",
        empty=EMPTY,
        way=to_documents(),
        currency=currency,
        links=[
            Way(_("Journal"), asked.address("journal")),
            Way(FEC, f"{reverse('admin:fec')}?{urlencode(asked.period.query)}"),
            Way(_("Account numbers"), reverse("admin:billing_accountnumber_changelist")),
        ],
    )


def _closed(period: Period) -> str:
    """Return which months are closed: of those no hours are added any more."""
    months = ClosedPeriod.objects.filter(
        reopened_at__isnull=True, month__gte=period.first.replace(day=1), month__lte=period.last
    )
    names = [date_format(month, "M Y") for month in months.order_by("month").values_list("month", flat=True)]
    told = _u("Closed months: %(months)s.") if names else _u("None of these months is closed.")
    return told % {"months": ", ".join(names)}


def _left_out(period: Period) -> str:
    """Return what the file of entries does not have."""
    own = current_currency()
    told = _u("The FEC is in %(currency)s and begins with what the years before left on each account.")
    sentences = [told % {"currency": own}]
    for currency, count in postings_elsewhere(period, own).items():
        told = _u("Postings in %(currency)s that are not in the FEC: %(count)s.")
        sentences.append(told % {"currency": currency, "count": count})
    return " ".join(sentences)


def postings(asked: Asked) -> Report:
    """Return the journal, or what of it is on one account; its postings keep their numbers."""
    currency, number = currency_of(asked), asked.chosen["account"]
    found = [each for each in trial_balance(asked.period, currency) if number in ("", each.account.number)]
    heads = [
        *(Column(_("Posting")), Column(_("Journal"), is_for_files=True), Column(_("Date"), As.DAY)),
        *(Column(_("Number")), Column(_("Account")), Column(_("Client"), is_for_files=True)),
        *(Column(_("Document")), Column(_("Text")), Column(_("VAT in percent"), As.QUANTITY, is_for_files=True)),
        *(Column(_("Debit"), As.MONEY), Column(_("Credit"), As.MONEY)),
    ]
    debit = sum((each.debit for each in found), NOTHING)
    credit = sum((each.credit for each in found), NOTHING)
    return Report(
        Table(heads, _told(asked.period, currency, number), [_u("In all"), *[None] * 8, debit, credit]),
        note=_("Every posting of these days. Each gets its number at night, and keeps it."),
        empty=EMPTY,
        way=to_documents(),
        currency=currency,
    )


def _told(period: Period, currency: str, number: str) -> Iterator[list[Value | Cell]]:
    for line in journal(period, currency, number):
        yield [
            *(line.number, line.journal[0], line.booked_on, line.account.number, line.account.name),
            *(line.client[1], Cell(line.piece[0], document_link(line.document)), line.text, line.vat_percent),
            *(line.debit or None, line.credit or None),
        ]


def _numbered(text: str) -> str | None:
    """Return the number of an account that an address names."""
    return text if NUMBER.fullmatch(text) else None


def fec_view(request: HttpRequest) -> HttpResponseBase:
    """Answer with the file of entries of a financial year, in the studio's currency; every posting has its number."""
    profile = current_profile()
    today = local_day(timezone.now(), profile.zone)
    period = asked_period(request.GET.dict(), today=today, usual=Span.YEAR)
    if not _is_financial_year(period, profile.currency):
        told = _u("The FEC is of a financial year: choose twelve whole months, or those since the first posting.")
        messages.error(request, told)
        return HttpResponseRedirect(report_address("accounts", period))
    try:
        posting_numbers.number_postings()
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(report_address("accounts", period))
    lines = chain(brought_forward(period.first, profile.currency), journal(period, profile.currency))
    return kept_file(
        request,
        filename=f"{fec_name(profile.registration_number, period.last)}.txt",
        content_type="text/plain; charset=utf-8",
        write=write_fec,
        rows=map(_fields, lines),
        kind="fec",
        of=LedgerEntry,
    )


def _is_financial_year(period: Period, currency: str) -> bool:
    """Return whether some days are twelve whole months, or the months that a studio began with."""
    is_year = len(period.months) == MONTHS[Span.YEAR]
    return period.is_of_months and (is_year or not has_earlier(period, currency))


def _fields(line: JournalLine) -> list[object]:
    """Return the 18 values of a line; amounts in another currency and lettering are left to the bookkeeper."""
    return [
        *(*line.journal, line.number, line.booked_on, line.account.number, line.account.name, *line.client),
        *(*line.piece, line.text, line.debit, line.credit, None, None, line.written_on, None, None),
    ]


register_report(
    ReportPage(
        name="accounts",
        title=_("Accounts and journal"),
        about=_("For the bookkeeper: every account, the journal, and the file of entries (FEC)."),
        icon="account_balance",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=balances,
        of=LedgerDay,
        filters=(CURRENCY,),
        usual=Span.YEAR,
        order=60,
    )
)
register_report(
    ReportPage(
        name="journal",
        title=_("Journal"),
        about=_("Every posting of some days."),
        icon="menu_book",
        group=ReportGroup.MONEY,
        permission=SEE,
        may_take=TAKE,
        make=postings,
        of=LedgerEntry,
        filters=(Picked("account", _("Account"), _numbered), CURRENCY),
        is_listed=False,
    )
)
studio_site.register_page(
    AdminPage("reports/fec/", "fec", fec_view, lambda request: may(request, SEE) and may(request, TAKE))
)

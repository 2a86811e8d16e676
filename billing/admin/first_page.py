"""Money on the first page: what is unpaid, what is overdue, what was earned, and which quotes wait."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.admin.invoice_filters import today
from billing.admin.report_parts import SEE
from billing.models import Quote, QuoteStatus
from billing.selectors.revenue import ledger_revenue
from billing.selectors.unpaid import unpaid_claims
from studio.accounts.report_pages import report_address
from studio.admin_sites import DashboardFigure, DashboardFigures, studio_site
from studio.office.selectors.profile import current_currency
from studio.reports.periods import Span, asked_period
from studio.reports.tables import Figure, change
from studio.showing import money

NOTHING = Decimal(0)
SOON = timedelta(days=3)


def claims(_request: HttpRequest) -> Sequence[DashboardFigure]:
    """Return how many documents are unpaid and overdue, and what they come to.

    queries: 1
    """
    rows, documents = unpaid_claims(today()), reverse("admin:billing_invoice_changelist")
    unpaid, late = sum(row.count for row in rows), sum(row.late for row in rows)
    return [
        DashboardFigure(
            str(unpaid),
            ngettext("unpaid document", "unpaid documents", unpaid),
            f"{documents}?open=unpaid",
            note=", ".join(money(row.sum, row.currency) for row in rows),
        ),
        DashboardFigure(
            str(late),
            ngettext("of them overdue", "of them overdue", late),
            f"{documents}?open=overdue",
            note=", ".join(money(row.late_sum, row.currency) for row in rows if row.late),
            is_waiting=bool(late),
        ),
    ]


def earned(_request: HttpRequest) -> Sequence[DashboardFigure]:
    """Return what was earned this month, and how that compares with the same days of the month before.

    queries: 3
    """
    day, currency = today(), current_currency()
    month = asked_period({}, today=day, usual=Span.MONTH)
    before = month.before(day)
    now, former = (sum(ledger_revenue(period, currency).values(), NOTHING) for period in (month, before))
    grew = Figure("", "", change(now, former)).change_shown
    told = {"change": grew, "day": date_format(before.last, "j F"), "sum": money(former, currency)}
    note = _("%(change)s: %(sum)s by %(day)s") if grew else _("%(sum)s by %(day)s")
    label = _("revenue of %(month)s, without VAT") % {"month": date_format(day, "F")}
    return [DashboardFigure(money(now, currency), label, report_address("revenue", month), note=note % told)]


def waiting_quotes(_request: HttpRequest) -> Sequence[DashboardFigure]:
    """Return how many quotes wait for their clients, and how many of them end within three days.

    queries: 1
    """
    now = timezone.now()
    sent = Quote.objects.filter(status=QuoteStatus.SENT)  # as the list behind it has them: those whose time is up too
    found = sent.aggregate(waiting=Count("pk"), soon=Count("pk", filter=Q(expires_at__lte=now + SOON)))
    if not found["waiting"]:
        return []
    label = ngettext("quote waits for an answer", "quotes wait for an answer", found["waiting"])
    soon = ngettext("%(n)d ends within three days", "%(n)d end within three days", found["soon"]) % {"n": found["soon"]}
    link = f"{reverse('admin:billing_quote_changelist')}?status__exact=sent&o=6"
    note, is_waiting = soon if found["soon"] else "", bool(found["soon"])
    return [DashboardFigure(str(found["waiting"]), label, link, note=note, is_waiting=is_waiting)]


studio_site.register_figures(DashboardFigures(claims, "billing.view_invoice", order=10))
studio_site.register_figures(DashboardFigures(earned, SEE, order=20))
studio_site.register_figures(DashboardFigures(waiting_quotes, "billing.send_quote", order=30))

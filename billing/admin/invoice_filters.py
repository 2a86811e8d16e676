"""The filters of the list of documents."""

from datetime import date
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceStatus
from billing.models.invoice import InvoiceQuerySet
from billing.selectors.ageing import Band, with_next_due, within
from sessions_app.forms import current_zone
from studio.clock import local_day

DECEMBER = 12


def today() -> date:
    """Return the studio's present day."""
    return local_day(timezone.now(), current_zone())


class OpenFilter(SimpleListFilter):
    """What somebody should look at: unpaid, overdue and for how long, drafts, not sent."""

    title = _("to look at")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the questions."""
        return [
            ("unpaid", _("Unpaid")),
            ("overdue", _("Overdue")),
            (Band.MONTH, _("Overdue for up to 30 days")),
            (Band.TWO_MONTHS, _("Overdue for 31 to 60 days")),
            (Band.QUARTER, _("Overdue for 61 to 90 days")),
            (Band.LONGER, _("Overdue for longer")),
            ("drafts", _("Drafts")),
            ("not_sent", _("Issued and not sent")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        """Keep what the question is about."""
        rows: Any = queryset
        return self._asked(rows, self.value() or "")

    @staticmethod
    def _asked(rows: InvoiceQuerySet, asked: str) -> QuerySet[Invoice]:
        if asked == "unpaid":
            return rows.unpaid()
        if asked == "overdue":
            return rows.overdue(today())
        if asked == "drafts":
            return rows.filter(status=InvoiceStatus.DRAFT)
        if asked == "not_sent":
            return rows.issued().filter(sent_at__isnull=True, former_series="")
        return with_next_due(rows.unpaid()).filter(within(Band(asked), today())) if asked in list(Band) else rows


class IssuedFilter(SimpleListFilter):
    """By when a document was issued, on the studio's calendar."""

    title = _("issued")
    parameter_name = "issued"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the periods on offer."""
        return [
            ("month", _("This month")),
            ("last_month", _("Last month")),
            ("quarter", _("This quarter")),
            ("last_quarter", _("Last quarter")),
            ("year", _("This year")),
            ("last_year", _("Last year")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        """Keep what was issued in the period."""
        period = PERIODS.get(self.value() or "")
        if period is None:
            return queryset
        months, back = period
        first = _begin(today(), months)
        for _step in range(back):
            first = _moved(first, -months)
        return queryset.filter(Q(issued_on__gte=first, issued_on__lt=_moved(first, months)))


# How many months a period lasts, and how many periods back it lies.
PERIODS = {
    "month": (1, 0),
    "last_month": (1, 1),
    "quarter": (3, 0),
    "last_quarter": (3, 1),
    "year": (DECEMBER, 0),
    "last_year": (DECEMBER, 1),
}


def _begin(day: date, months: int) -> date:
    """Return the first day of the period of so many months in which a day lies."""
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _moved(first: date, months: int) -> date:
    """Return the first day of a month so many months later."""
    whole = first.year * DECEMBER + first.month - 1 + months
    return date(whole // DECEMBER, whole % DECEMBER + 1, 1)

"""How late a document is paid: what lists, pages and reminders say of it.

A document that is paid in parts is late with the first part that is past its day and unpaid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import NOT_COUNTED, Instalment, Invoice, InvoiceDeduction, InvoiceKind

NOTHING = Decimal(0)


class Band(StrEnum):
    """By how many days a claim is overdue."""

    NOT_YET = "not_yet"
    MONTH = "30"
    TWO_MONTHS = "60"
    QUARTER = "90"
    LONGER = "longer"


# Days past the due day: from and to, both included; None is without an end.
BOUNDS: dict[Band, tuple[int | None, int | None]] = {
    Band.NOT_YET: (None, 0),
    Band.MONTH: (1, 30),
    Band.TWO_MONTHS: (31, 60),
    Band.QUARTER: (61, 90),
    Band.LONGER: (91, None),
}


@dataclass(frozen=True, slots=True)
class Age:
    """How near or past its day a claim is.

    days: past it; below zero days are left
    tone: of the badge
    """

    days: int
    text: str
    tone: str


def with_next_due(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Add `next_due_on`: the day of the first part that is open, or of the whole; None for a draft."""
    parts = Instalment.objects.open().filter(invoice=OuterRef("pk")).order_by("position")
    return invoices.annotate(next_due_on=Coalesce(Subquery(parts.values("due_on")[:1]), F("due_on")))


def late_sum(today: date) -> Case:
    """Return what is past its day of an unpaid claim, as a column: all of it, or the parts whose day it is."""
    parts = Instalment.objects.filter(invoice=OuterRef("pk"), due_on__lt=today).order_by()
    past = Subquery(parts.values("invoice").annotate(sum=Sum("amount")).values("sum"))
    late = Greatest(Coalesce(past, NOTHING) - F("paid_total") - F("credited_total"), NOTHING)
    return Case(When(due_on__lt=today, then=F("remaining_balance")), default=late)


def age_of(invoice: Invoice, today: date) -> Age | None:
    """Return how late a claim is; None for what asks for nothing any more, or never did.

    invoice: read by `with_next_due`, where it may be paid in parts
    """
    due_on: date | None = getattr(invoice, "next_due_on", invoice.due_on)
    if not invoice.is_claim or invoice.remaining_balance <= 0 or due_on is None:
        return None
    days = (today - due_on).days
    if days > 0:
        told = ngettext("%(count)d day overdue", "%(count)d days overdue", days) % {"count": days}
        return Age(days, told, "danger")
    if days == 0:
        return Age(days, _("due today"), "warning")
    told = ngettext("due in %(count)d day", "due in %(count)d days", -days) % {"count": -days}
    return Age(days, told, "neutral")


def within(band: Band, today: date) -> Q:
    """Return which unpaid claims, read by `with_next_due`, are overdue by so much."""
    least, most = BOUNDS[band]
    found = Q()
    if least is not None:
        found &= Q(next_due_on__lte=today - timedelta(days=least))
    if most is not None:
        found &= Q(next_due_on__gte=today - timedelta(days=most))
    return found


@dataclass(frozen=True, slots=True)
class Sums:
    """What documents of one currency come to; drafts count for nothing, credit notes take off.

    total, tax: of what is issued, with VAT, and the VAT of it; deposits, which were invoiced before, are off both
    remaining, overdue: still to pay, and of that what is past its day
    """

    currency: str
    documents: int
    total: Decimal
    tax: Decimal
    remaining: Decimal
    overdue: Decimal


def sums_of(invoices: QuerySet[Invoice], today: date) -> list[Sums]:
    """Return what documents come to, by currency; tests count for nothing.

    queries: 2
    """
    real = invoices.order_by().filter(is_test=False).exclude(status__in=NOT_COUNTED)
    charged, taken_back = ~Q(kind=InvoiceKind.CREDIT_NOTE), Q(kind=InvoiceKind.CREDIT_NOTE)
    rows = (
        real.annotate(late=late_sum(today))
        .values("currency")
        .annotate(
            charged=Sum("payable", filter=charged),
            back=Sum("payable", filter=taken_back),
            tax_charged=Sum("tax_amount", filter=charged),
            tax_back=Sum("tax_amount", filter=taken_back),
            remaining=Sum("remaining_balance"),
            overdue=Sum("late"),
            documents=Count("pk"),
        )
    )
    deducted = _deducted_tax(real)
    return [
        Sums(
            currency=row["currency"],
            documents=row["documents"],
            total=(row["charged"] or NOTHING) - (row["back"] or NOTHING),
            tax=(row["tax_charged"] or NOTHING) - (row["tax_back"] or NOTHING) - deducted.get(row["currency"], NOTHING),
            remaining=row["remaining"] or NOTHING,
            overdue=row["overdue"] or NOTHING,
        )
        for row in rows.order_by("currency")
    ]


def _deducted_tax(invoices: QuerySet[Invoice]) -> Mapping[str, Decimal]:
    """Return the VAT of the deposits that documents take off, less what their credit notes give back, by currency."""
    rows = InvoiceDeduction.objects.filter(invoice__in=invoices.values("pk")).values_list("invoice__currency")
    back = Q(invoice__kind=InvoiceKind.CREDIT_NOTE)
    found = rows.annotate(off=Sum("tax", filter=~back), back=Sum("tax", filter=back))
    return {currency: (off or NOTHING) - (given or NOTHING) for currency, off, given in found}

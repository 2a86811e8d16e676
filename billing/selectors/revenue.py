"""What was earned: the ledger says how much, and the lines of its documents with what.

Drafts, tests and deposits are no revenue; a credit note takes off what it takes back, on its own day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import gettext_lazy as _

from billing.models import (
    InvoiceItem,
    InvoiceKind,
    InvoiceSource,
    LedgerAccount,
    LedgerDay,
    LedgerEntry,
    Package,
    PostingKind,
)
from studio.reports.periods import Period

NOTHING = Decimal(0)
AMOUNT = models.DecimalField(max_digits=14, decimal_places=2)
DOCUMENTS = (PostingKind.ISSUE, PostingKind.CREDIT)
AT_ONCE = 500  # rows that are fetched together
EARNED = Sum(F("credit") - F("debit"), output_field=AMOUNT)

type ByMonth = Mapping[date, Mapping[str, Decimal]]


class Earned(models.TextChoices):
    """With what money is earned, in the order of the pictures."""

    SESSIONS = "sessions", _("sessions")
    HOURS = "hours", _("hours")
    TRAINING = "training", _("training sessions")
    MEMBERSHIPS = "memberships", _("memberships")
    PACKAGES = "packages", _("packages")
    SERVICES = "services", _("services")
    QUOTED = "quoted", _("quotes")
    OTHER = "other", _("other")


# What a line charges for says its kind; the first that is true does.
SOURCES = (
    (Q(package__isnull=False), Earned.PACKAGES),
    (Q(subscription__isnull=False), Earned.MEMBERSHIPS),
    (Q(training_session__isnull=False), Earned.TRAINING),
    (Q(session__isnull=False) | Q(extra__isnull=False) | Q(fee__isnull=False), Earned.SESSIONS),
    (Q(time_entry__isnull=False), Earned.HOURS),
    (Q(quote_item__isnull=False), Earned.QUOTED),
)


@dataclass(frozen=True, slots=True)
class Sold:
    """What one line, or some together, came to without VAT; below zero it was taken back."""

    key: object
    label: str
    net: Decimal
    documents: int = 0


def ledger_entries(period: Period, currency: str) -> QuerySet[LedgerEntry]:
    """Return the entries of some days; tests are none."""
    return LedgerEntry.objects.order_by().filter(
        transaction__booked_on__gte=period.first,
        transaction__booked_on__lte=period.last,
        transaction__currency=currency,
        transaction__is_test=False,
    )


def revenue_entries(period: Period, currency: str) -> QuerySet[LedgerEntry]:
    """Return the entries of revenue of some days."""
    return ledger_entries(period, currency).filter(ledger_account=LedgerAccount.REVENUE)


def revenue_by_client(period: Period, currency: str) -> Sequence[Sold]:
    """Return what was earned with each client, the most first.

    queries: 1
    """
    rows = (
        revenue_entries(period, currency)
        .values("transaction__client", "transaction__client__name")
        .annotate(net=EARNED, documents=models.Count("transaction__invoice", distinct=True))
        .order_by("-net", "transaction__client__name", "transaction__client")
    )
    return [
        Sold(row["transaction__client"], row["transaction__client__name"], row["net"], row["documents"]) for row in rows
    ]


def revenue_lines(period: Period, currency: str) -> "QuerySet[Any, Any]":
    """Return the lines that revenue of some days is made of, with `net_earned`, `kind`, `booked_on` and `earned_by`.

    earned_by: the line that says what was sold: of a credit note the one that it takes back
    """
    posting = {
        "invoice__ledger_transactions__kind__in": DOCUMENTS,
        "invoice__ledger_transactions__is_test": False,
        "invoice__ledger_transactions__currency": currency,
        "invoice__ledger_transactions__booked_on__gte": period.first,
        "invoice__ledger_transactions__booked_on__lte": period.last,
    }
    sources = InvoiceSource.objects.filter(item=OuterRef("earned_by"))
    kinds = Case(*[When(given, then=Value(kind.value)) for given, kind in SOURCES], default=Value(""))
    of_packages = Package.objects.filter(sale__items=OuterRef("earned_by"))
    return (
        InvoiceItem.objects.order_by()
        .filter(**posting)
        .exclude(invoice__kind=InvoiceKind.DEPOSIT)
        .exclude(invoice__kind=InvoiceKind.CREDIT_NOTE, invoice__refers_to__kind=InvoiceKind.DEPOSIT)
        .annotate(
            booked_on=F("invoice__ledger_transactions__booked_on"),
            net_earned=Case(When(invoice__kind=InvoiceKind.CREDIT_NOTE, then=-F("net")), default=F("net")),
            earned_by=Coalesce("credits_item", "pk"),
        )
        .annotate(source_kind=Subquery(sources.annotate(kind=kinds).exclude(kind="").order_by("pk").values("kind")[:1]))
        .annotate(
            kind=Case(
                When(Exists(of_packages), then=Value(Earned.PACKAGES.value)),
                When(source_kind__isnull=False, then=F("source_kind")),
                When(service__isnull=False, then=Value(Earned.SERVICES.value)),
                default=Value(Earned.OTHER.value),
                output_field=models.CharField(),
            )
        )
    )


def revenue_by_month(period: Period, currency: str) -> ByMonth:
    """Return what was earned in each month of some days, by kind; what no line says is among the others.

    queries: 2
    """
    found: dict[date, dict[str, Decimal]] = {month: {} for month in period.months}
    lines = (
        revenue_lines(period, currency)
        .values(month=TruncMonth("booked_on"), with_what=F("kind"))
        .annotate(net=Sum("net_earned"))
    )
    for row in lines:
        found[row["month"]][row["with_what"]] = row["net"]
    for month, whole in ledger_revenue(period, currency).items():
        unsaid = whole - sum(found[month].values(), NOTHING)
        if unsaid:
            found[month][Earned.OTHER] = found[month].get(Earned.OTHER, NOTHING) + unsaid
    return found


def ledger_revenue(period: Period, currency: str) -> Mapping[date, Decimal]:
    """Return what the ledger says was earned in each month that has some, out of its days.

    queries: 1
    """
    days = LedgerDay.objects.order_by().filter(
        ledger_account=LedgerAccount.REVENUE,
        currency=currency,
        booked_on__gte=period.first,
        booked_on__lte=period.last,
    )
    rows = days.values(month=TruncMonth("booked_on")).annotate(net=EARNED)
    return {row["month"]: row["net"] for row in rows}


def revenue_by_service(period: Period, currency: str) -> Sequence[Sold]:
    """Return what was earned with each service of the catalogue, and by kind with what is none; the most first.

    What no line says, as documents of a former system may have it, is among the others.
    queries: 2
    """
    kind = Case(When(service__isnull=False, then=Value("")), default=F("kind"), output_field=models.CharField())
    rows = (
        revenue_lines(period, currency)
        .values("service", "service__name", with_what=kind)
        .annotate(earned=Sum("net_earned"), documents=models.Count("invoice", distinct=True))
    )
    sums: dict[object, Sold] = {}
    for row in rows:
        key = row["service"] or row["with_what"]
        label = row["service__name"] or str(Earned(row["with_what"]).label)
        sums[key] = Sold(key, label, row["earned"], row["documents"])
    if unsaid := unsaid_revenue(period, currency, said=sum((each.net for each in sums.values()), NOTHING)):
        known = sums.get(Earned.OTHER, Sold(Earned.OTHER, str(Earned.OTHER.label), NOTHING))
        sums[Earned.OTHER] = Sold(known.key, known.label, known.net + unsaid, known.documents)
    return sorted(sums.values(), key=lambda sold: (-sold.net, sold.label))


def unsaid_revenue(period: Period, currency: str, *, said: Decimal, client: int | None = None) -> Decimal:
    """Return what the ledger has beyond the lines: documents of a former system may state more than theirs.

    said: what the lines come to; client: of whom, None: of all
    queries: 1
    """
    if client is None:
        return sum(ledger_revenue(period, currency).values(), NOTHING) - said
    theirs = revenue_entries(period, currency).filter(transaction__client=client)
    return (theirs.aggregate(sum=EARNED)["sum"] or NOTHING) - said


def sold_lines(lines: "QuerySet[Any, Any]") -> Iterator[Any]:
    """Yield lines with their documents and clients, the newest document first.

    What a document printed stays behind: each of its lines would bring all of it again.
    queries: 1 for each 500 lines
    """
    ordered = lines.select_related("invoice__client", "service").order_by("-booked_on", "-invoice", "position")
    return ordered.defer("invoice__snapshot").iterator(chunk_size=AT_ONCE)

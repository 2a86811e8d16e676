"""VAT as a declaration asks for it: by category and rate, of what was issued less what was credited."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from billing.models import Expense, LedgerAccount, LedgerEntry, PostingKind
from billing.selectors.revenue import ledger_entries
from studio.reports.periods import Period

NOTHING = Decimal(0)
BASE = (LedgerAccount.REVENUE, LedgerAccount.DEPOSITS)  # of both VAT is due
AMOUNT = DecimalField(max_digits=14, decimal_places=2)


@dataclass(frozen=True, slots=True)
class VatLine:
    """What the books say of one category and rate: bases and VAT of what was issued, and of what was credited."""

    category: str
    rate: Decimal
    base_issued: Decimal
    tax_issued: Decimal
    base_credited: Decimal
    tax_credited: Decimal

    @property
    def base(self) -> Decimal:
        """The base to declare."""
        return self.base_issued - self.base_credited

    @property
    def tax(self) -> Decimal:
        """The VAT to declare."""
        return self.tax_issued - self.tax_credited


@dataclass(frozen=True, slots=True)
class VatDocument:
    """A document, and what it adds to the base and the VAT."""

    key: int
    number: str
    issued_on: date
    client: str
    base: Decimal
    tax: Decimal


def vat_entries(period: Period, currency: str) -> QuerySet[LedgerEntry]:
    """Return the entries of some days that say at which rate they are."""
    return ledger_entries(period, currency).exclude(vat_category="")


def vat_by_rate(period: Period, currency: str) -> Sequence[VatLine]:
    """Return the bases and VAT of some days, the highest rate first.

    queries: 1
    """
    credited = Q(transaction__kind=PostingKind.CREDIT)
    rows = (
        vat_entries(period, currency)
        .values("vat_category", "vat_percent")
        .annotate(
            base_issued=_sum(F("credit") - F("debit"), ~credited & Q(ledger_account__in=BASE)),
            tax_issued=_sum(F("credit") - F("debit"), ~credited & Q(ledger_account=LedgerAccount.VAT)),
            base_credited=_sum(F("debit") - F("credit"), credited & Q(ledger_account__in=BASE)),
            tax_credited=_sum(F("debit") - F("credit"), credited & Q(ledger_account=LedgerAccount.VAT)),
        )
        .order_by("-vat_percent", "vat_category")
    )
    return [
        VatLine(
            row["vat_category"],
            row["vat_percent"] or NOTHING,
            *(row["base_issued"], row["tax_issued"], row["base_credited"], row["tax_credited"]),
        )
        for row in rows
    ]


def vat_documents(entries: QuerySet[LedgerEntry]) -> Iterator[VatDocument]:
    """Yield the documents that entries are of, the newest first.

    queries: 1 for each 2,000 documents
    """
    rows = (
        entries.values(
            "transaction__invoice",
            "transaction__invoice__invoice_number",
            "transaction__booked_on",
            "transaction__client__name",
        )
        .annotate(
            base=_sum(F("credit") - F("debit"), Q(ledger_account__in=BASE)),
            tax=_sum(F("credit") - F("debit"), Q(ledger_account=LedgerAccount.VAT)),
        )
        .order_by("-transaction__booked_on", "-transaction__invoice")
    )
    for row in rows.iterator(chunk_size=2000):
        yield VatDocument(
            row["transaction__invoice"],
            row["transaction__invoice__invoice_number"] or "",
            row["transaction__booked_on"],
            row["transaction__client__name"],
            row["base"],
            row["tax"],
        )


def vat_of_expenses(period: Period, currency: str) -> Decimal:
    """Return the VAT in what was spent on some days.

    queries: 1
    """
    spent = Expense.objects.counted().filter(currency=currency, spent_on__gte=period.first, spent_on__lte=period.last)
    return spent.aggregate(sum=Sum("tax_amount"))["sum"] or NOTHING


def _sum(amount: object, which: Q) -> Coalesce:
    return Coalesce(Sum(amount, filter=which, output_field=AMOUNT), NOTHING, output_field=AMOUNT)

"""What clients owed at the end of a day, by how long it had been due; out of the ledger, so also of days long past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, DateField, DecimalField, F, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from billing.models import InvoiceKind, LedgerAccount, LedgerEntry
from billing.selectors.ageing import BOUNDS, Band

NOTHING = Decimal(0)
AMOUNT = DecimalField(max_digits=14, decimal_places=2)
OPEN = Sum(F("debit") - F("credit"), output_field=AMOUNT)
ABOUT = "transaction__invoice__refers_to"


@dataclass(frozen=True, slots=True)
class Owed:
    """What one client owed.

    bands: of documents, by how late they were; credit: what had come in beyond them, above zero
    """

    client: int
    name: str
    bands: dict[Band, Decimal]
    credit: Decimal

    @property
    def total(self) -> Decimal:
        """All of it; below zero the studio owed them."""
        return sum(self.bands.values(), NOTHING) - self.credit


def band_of(days: int) -> Band:
    """Return how late a claim is, by the days past its due day."""
    return next(band for band, (_least, most) in BOUNDS.items() if most is None or days <= most)


def owed_on(day: date, currency: str) -> Sequence[Owed]:
    """Return what each client owed at the end of a day, the most first; those who owed nothing are left out.

    A document is open by what was issued, credited and put against it until then; its credit notes count to it.
    queries: 2
    """
    found: dict[int, Owed] = {}
    for row in _open_documents(day, currency):
        one = found.setdefault(row["client"], Owed(row["client"], row["name"], {}, NOTHING))
        band = band_of((day - row["due"]).days)
        one.bands[band] = one.bands.get(band, NOTHING) + row["sum"]
    for row in _credits(day, currency):
        bands = known.bands if (known := found.get(row["client"])) else {}
        found[row["client"]] = Owed(row["client"], row["name"], bands, -row["sum"])
    return sorted(found.values(), key=lambda owed: (-owed.total, owed.name, owed.client))


def _entries(day: date, currency: str, account: LedgerAccount) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.order_by().filter(
        ledger_account=account,
        transaction__booked_on__lte=day,
        transaction__currency=currency,
        transaction__is_test=False,
    )


def _open_documents(day: date, currency: str) -> "QuerySet[Any, Any]":
    is_note = {"transaction__invoice__kind": InvoiceKind.CREDIT_NOTE}
    return (
        _entries(day, currency, LedgerAccount.RECEIVABLES)
        .values(
            client=F("transaction__client"),
            name=F("transaction__client__name"),
            document=Case(When(**is_note, then=F(ABOUT)), default=F("transaction__invoice")),
            due=Coalesce(
                Case(When(**is_note, then=F(f"{ABOUT}__due_on")), default=F("transaction__invoice__due_on")),
                "transaction__booked_on",
                output_field=DateField(),
            ),
        )
        .annotate(sum=OPEN)
        .exclude(sum=0)
    )


def _credits(day: date, currency: str) -> "QuerySet[Any, Any]":
    return (
        _entries(day, currency, LedgerAccount.CLIENT_CREDIT)
        .values(client=F("transaction__client"), name=F("transaction__client__name"))
        .annotate(sum=OPEN)
        .exclude(sum=0)
    )

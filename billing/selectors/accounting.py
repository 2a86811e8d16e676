"""The ledger as a bookkeeper takes it over: its accounts by their numbers, and the journal of some days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import AccountNumber, LedgerAccount, LedgerDay, LedgerTransaction, PaymentMethod, PostingKind
from billing.selectors.revenue import AT_ONCE, ledger_entries
from studio.clock import local_day
from studio.office.selectors.profile import current_profile
from studio.reports.periods import Period

NOTHING = Decimal(0)
# Of the French plan of accounts; a studio elsewhere gives its own.
USUAL = {
    LedgerAccount.RECEIVABLES: ("411000", gettext_lazy("Clients")),
    LedgerAccount.CLIENT_CREDIT: ("419700", gettext_lazy("Clients, paid ahead")),
    LedgerAccount.DEPOSITS: ("419100", gettext_lazy("Clients, deposits invoiced")),
    LedgerAccount.REVENUE: ("706000", gettext_lazy("Services")),
    LedgerAccount.VAT: ("445710", gettext_lazy("VAT collected")),
    LedgerAccount.ROUNDING: ("758000", gettext_lazy("Rounding")),
    LedgerAccount.CASH: ("530000", gettext_lazy("Cash")),
    LedgerAccount.BANK: ("512000", gettext_lazy("Bank")),
    LedgerAccount.CLEARING: ("517000", gettext_lazy("Payment provider")),
    LedgerAccount.FEES: ("627000", gettext_lazy("Bank fees")),
    LedgerAccount.DISPUTED: ("416000", gettext_lazy("Disputed claims")),
    LedgerAccount.CASH_DIFFERENCE: ("658000", gettext_lazy("Cash differences")),
    LedgerAccount.TRANSIT: ("580000", gettext_lazy("Cash on its way")),
}
# Accounts that are kept by client.
BY_CLIENT = (LedgerAccount.RECEIVABLES, LedgerAccount.CLIENT_CREDIT, LedgerAccount.DEPOSITS, LedgerAccount.DISPUTED)
SALES = (PostingKind.ISSUE, PostingKind.CREDIT)
MONEY = (PostingKind.PAYMENT, PostingKind.REFUND, PostingKind.FEE)


@dataclass(frozen=True, slots=True)
class Account:
    """An account in the studio's bookkeeping."""

    number: str
    name: str


class Accounts:
    """Which number what is booked has.

    queries: 1, when it is made
    """

    def __init__(self) -> None:
        self._given = {
            (row.ledger_account, row.vat_percent): Account(row.number, row.name) for row in AccountNumber.objects.all()
        }

    def of(self, account: str, percent: Decimal | None) -> Account:
        """Return the account by its rate, else without, else the usual one."""
        number, name = USUAL[LedgerAccount(account)]
        found = self._given.get((account, percent)) or self._given.get((account, None))
        return found or Account(number, str(name))


@dataclass(frozen=True, slots=True)
class Balance:
    """What some days moved on an account."""

    account: Account
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One side of a posting, as a bookkeeper has it.

    number: of the posting: 1 to the last of the days, in the order in which they were written
    journal: its code and its name
    client: key and name where the account is kept by client; "" elsewhere
    piece: the document, or the payment, and its day; document: its key
    """

    number: int
    journal: tuple[str, str]
    booked_on: date
    written_on: date
    account: Account
    client: tuple[str, str]
    piece: tuple[str, date]
    text: str
    debit: Decimal
    credit: Decimal
    vat_percent: Decimal | None
    document: int | None


def trial_balance(period: Period, currency: str) -> Sequence[Balance]:
    """Return what some days moved on each account, by its number.

    queries: 2
    """
    accounts = Accounts()
    sums: dict[Account, Balance] = {}
    rows = (
        LedgerDay.objects.order_by()
        .filter(currency=currency, booked_on__gte=period.first, booked_on__lte=period.last)
        .values_list("ledger_account", "vat_percent")
        .annotate(Sum("debit"), Sum("credit"))
    )
    for name, percent, debit, credit in rows:
        account = accounts.of(name, percent)
        known = sums.get(account, Balance(account, NOTHING, NOTHING))
        sums[account] = Balance(account, known.debit + debit, known.credit + credit)
    return sorted(sums.values(), key=lambda balance: (balance.account.number, balance.account.name))


def postings_elsewhere(period: Period, currency: str) -> Mapping[str, int]:
    """Return how many postings of some days are in other currencies.

    queries: 1
    """
    postings = LedgerTransaction.objects.order_by().filter(
        is_test=False, booked_on__gte=period.first, booked_on__lte=period.last
    )
    counted = postings.exclude(currency=currency).values_list("currency").annotate(Count("pk"))
    return dict(counted.order_by("currency"))


def has_earlier(period: Period, currency: str) -> bool:
    """Return whether anything was posted before some days.

    queries: 1
    """
    earlier = LedgerTransaction.objects.filter(is_test=False, currency=currency, booked_on__lt=period.first)
    return earlier.exists()


def journal(period: Period, currency: str) -> Iterator[JournalLine]:
    """Yield every posting of some days, side by side, in the order in which they were written.

    What is written later about these days comes after what was there: numbers stay as they are.
    queries: 3, and 1 for each 500 sides
    """
    accounts, zone = Accounts(), current_profile().zone
    sides = (
        ledger_entries(period, currency)
        .select_related("transaction__invoice", "transaction__client", "transaction__payment")
        .defer("transaction__invoice__snapshot")
        .order_by("transaction", "pk")
    )
    number, last = 0, None
    for side in sides.iterator(chunk_size=AT_ONCE):
        posting = side.transaction
        if posting.pk != last:
            number, last = number + 1, posting.pk
        yield JournalLine(
            number,
            _journal_of(posting),
            posting.booked_on,
            local_day(posting.at, zone),
            accounts.of(side.ledger_account, side.vat_percent),
            _client_of(posting) if side.ledger_account in BY_CLIENT else ("", ""),
            _piece(posting),
            _text(posting),
            side.debit,
            side.credit,
            side.vat_percent,
            posting.invoice_id,
        )


def _client_of(posting: LedgerTransaction) -> tuple[str, str]:
    return (f"C{posting.client.pk}", posting.client.name) if posting.client else ("", "")


def _journal_of(posting: LedgerTransaction) -> tuple[str, str]:
    """Return code and name of the journal that a posting stands in."""
    if posting.kind in SALES:
        return "VE", _("Sales")
    if posting.kind == PostingKind.CLOSING:
        return "CA", _("Cash")
    if posting.kind in MONEY:
        is_cash = (
            posting.payment is not None
            and not posting.payment.provider
            and posting.payment.method == PaymentMethod.CASH
        )
        return ("CA", _("Cash")) if is_cash else ("BQ", _("Bank"))
    return ("AN", _("Taken over")) if posting.kind == PostingKind.OPENING else ("OD", _("Sundry"))


def _piece(posting: LedgerTransaction) -> tuple[str, date]:
    if posting.invoice is not None:
        return posting.invoice.invoice_number, posting.invoice.issued_on or posting.booked_on
    if posting.payment is not None:
        return f"P{posting.payment.pk}", posting.payment.received_on
    return f"L{posting.pk}", posting.booked_on


def _text(posting: LedgerTransaction) -> str:
    about = posting.invoice.invoice_number if posting.invoice else posting.payment.reference if posting.payment else ""
    parts = (str(posting.get_kind_display()), about, posting.client.name if posting.client else "")
    return " ".join(part for part in parts if part)

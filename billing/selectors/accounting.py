"""The ledger as a bookkeeper takes it over: its accounts by their numbers, and the journal of some days."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import AccountNumber, LedgerAccount, LedgerDay, LedgerTransaction, PaymentMethod, PostingKind
from billing.selectors.revenue import AT_ONCE, ledger_entries
from sessions_app.models import Client
from studio.clock import local_day
from studio.office.selectors.profile import current_profile
from studio.reports.periods import Period, Span

NOTHING = Decimal(0)
ONE_DAY = timedelta(days=1)
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
    LedgerAccount.SUPPLIERS: ("401000", gettext_lazy("Suppliers")),
}
# Accounts that are kept by client.
BY_CLIENT = (LedgerAccount.RECEIVABLES, LedgerAccount.CLIENT_CREDIT, LedgerAccount.DEPOSITS, LedgerAccount.DISPUTED)
# Accounts that begin every year with nothing: what was left on them is the result of the years before.
OF_THE_YEAR = (LedgerAccount.REVENUE, LedgerAccount.ROUNDING, LedgerAccount.FEES, LedgerAccount.CASH_DIFFERENCE)
GAIN = ("120000", gettext_lazy("Result of the years before"))
LOSS = ("129000", gettext_lazy("Result of the years before"))
LEFT = Sum(F("debit") - F("credit"))
SALES = (PostingKind.ISSUE, PostingKind.CREDIT)
OF_THE_TILL = (PostingKind.CLOSING, PostingKind.TILL)
MONEY = (PostingKind.PAYMENT, PostingKind.REFUND, PostingKind.MISTAKE, PostingKind.FEE)


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

    def behind(self, number: str) -> Q:
        """Return which entries are on the account of a number."""
        found = Q(pk__in=[])
        for name in LedgerAccount:
            rates = {percent: each.number for (account, percent), each in self._given.items() if account == name}
            usual = self.of(name, None).number
            apart = [percent for percent, given in rates.items() if percent is not None and given != usual]
            if usual == number:
                found |= Q(ledger_account=name) & (Q(vat_percent__isnull=True) | ~Q(vat_percent__in=apart))
            else:
                same = [percent for percent in apart if rates[percent] == number]
                found |= Q(ledger_account=name, vat_percent__in=same)
        return found


@dataclass(frozen=True, slots=True)
class Balance:
    """What some days moved on an account."""

    account: Account
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One side of a posting, as a bookkeeper has it.

    number: of the posting, the same in every journal and file; empty until the night
    journal: its code and its name
    client: key and name where the account is kept by client; "" elsewhere
    piece: the document, or the payment, and its day; document: its key
    """

    number: str
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


def journal(period: Period, currency: str, number: str = "") -> Iterator[JournalLine]:
    """Yield every posting of some days, side by side, month by month in the order of their numbers.

    number: of the one account that is asked about; empty for all
    queries: 3, and 1 for each 500 sides
    """
    accounts, zone = Accounts(), current_profile().zone
    sides = (
        ledger_entries(period, currency)
        .filter(accounts.behind(number) if number else Q())
        .select_related("transaction__invoice", "transaction__client", "transaction__payment")
        .defer("transaction__invoice__snapshot")
        .order_by(
            TruncMonth("transaction__booked_on"), F("transaction__number").asc(nulls_last=True), "transaction", "pk"
        )
    )
    for side in sides.iterator(chunk_size=AT_ONCE):
        posting = side.transaction
        yield JournalLine(
            _numbered(posting.booked_on, posting.number),
            _journal_of(posting),
            posting.booked_on,
            local_day(posting.at, zone),
            accounts.of(side.ledger_account, side.vat_percent),
            _client_of(posting.client) if side.ledger_account in BY_CLIENT else ("", ""),
            _piece(posting),
            _text(posting),
            side.debit,
            side.credit,
            side.vat_percent,
            posting.invoice_id,
        )


def brought_forward(first: date, currency: str) -> Sequence[JournalLine]:
    """Return the posting with which a year begins: what is left on each account, and of each client; it balances.

    What was earned and spent before is one balance; nothing where nothing was posted before.
    queries: 3
    """
    accounts, result = Accounts(), NOTHING
    sums: dict[tuple[Account, tuple[str, str]], Decimal] = defaultdict(Decimal)
    days = LedgerDay.objects.order_by().filter(currency=currency, booked_on__lt=first)
    for name, percent, left in days.values_list("ledger_account", "vat_percent").annotate(left=LEFT):
        if name in OF_THE_YEAR:
            result += left
        elif name not in BY_CLIENT:
            sums[accounts.of(name, percent), ("", "")] += left
    before = Period(Span.CUSTOM, date.min, first - ONE_DAY)
    owed = ledger_entries(before, currency).filter(ledger_account__in=BY_CLIENT)
    clients = owed.values_list("ledger_account", "transaction__client", "transaction__client__name").annotate(left=LEFT)
    for name, key, called, left in clients:
        sums[accounts.of(name, None), (f"C{key}", called)] += left
    sums[Account(*(str(said) for said in (LOSS if result > 0 else GAIN))), ("", "")] += result
    told = _("Balances brought forward")
    return [
        JournalLine(
            _numbered(first, 0),
            ("AN", _("Taken over")),
            *(first, first, account, client, ("AN", first), told),
            *(max(left, NOTHING), max(-left, NOTHING)),
            None,
            None,
        )
        for (account, client), left in sorted(sums.items(), key=lambda each: (each[0][0].number, each[0][1]))
        if left
    ]


def _numbered(day: date, number: int | None) -> str:
    """Return the number of a posting with its month: no other has it, in whichever year; empty until it is given."""
    return "" if number is None else f"{day:%Y%m}{number:06}"


def _client_of(client: Client | None) -> tuple[str, str]:
    return (f"C{client.pk}", client.name) if client else ("", "")


def _journal_of(posting: LedgerTransaction) -> tuple[str, str]:
    """Return code and name of the journal that a posting stands in."""
    if posting.kind in SALES:
        return "VE", _("Sales")
    if posting.kind in OF_THE_TILL:
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

"""The account of a client over some days, out of the ledger: what was open, asked, paid, and is open at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import F, Q, Sum

from billing.models import Invoice, LedgerAccount, LedgerEntry, LedgerTransaction, Payment
from billing.selectors.owed import OWED
from sessions_app.models import Client

NOTHING = Decimal(0)
# What of each document was open at the end of a day; a credit note counts to what it is about.
OPEN = """
    SELECT coalesce(o.id, i.id), sum(e.debit - e.credit)
    FROM ledger_transactions t
    JOIN ledger_entries e ON e.transaction_id = t.id AND e.ledger_account = 'receivables'
    LEFT JOIN invoices i ON i.id = t.invoice_id
    LEFT JOIN invoices o ON o.id = i.refers_to_id AND i.kind = 'credit_note'
    WHERE t.client_id = %s AND t.currency = %s AND t.booked_on <= %s AND NOT t.is_test
    GROUP BY 1 HAVING sum(e.debit - e.credit) <> 0
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting that moved what the client owes.

    amount: above zero the client owes so much more
    balance: what they owed after it
    """

    posting: LedgerTransaction
    amount: Decimal
    balance: Decimal

    @property
    def taken(self) -> Decimal:
        """What it takes off what the client owes."""
        return -self.amount

    @property
    def invoice(self) -> Invoice | None:
        """The document that it is about."""
        return self.posting.invoice

    @property
    def payment(self) -> Payment | None:
        """The payment that it is about, where it is about no document."""
        return None if self.posting.invoice_id else self.posting.payment


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document of which something was open at the end."""

    invoice: Invoice
    open: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """The account of a client in one currency: opening + entries = closing = open documents - credit.

    Below zero the studio owes the client.
    """

    client: Client
    currency: str
    first: date
    last: date
    opening: Decimal
    entries: Sequence[Entry]
    closing: Decimal
    open: Sequence[OpenDocument]
    credit: Decimal

    @property
    def asked(self) -> Decimal:
        """What the entries add to what the client owes."""
        return sum((entry.amount for entry in self.entries if entry.amount > 0), NOTHING)

    @property
    def settled(self) -> Decimal:
        """What the entries take off it."""
        return -sum((entry.amount for entry in self.entries if entry.amount < 0), NOTHING)


def statement_of(client: Client, *, currency: str, first: date, last: date) -> Statement:
    """Return the account of a client from a day to a day, both included, by the days of the ledger. Tests do not count.

    queries: 6
    """
    theirs = LedgerEntry.objects.filter(
        transaction__client=client,
        transaction__currency=currency,
        transaction__is_test=False,
        ledger_account__in=OWED,
    )
    moved = F("debit") - F("credit")
    before, on = Q(transaction__booked_on__lt=first), Q(transaction__booked_on__lte=last)
    opening = theirs.filter(before).aggregate(sum=Sum(moved))["sum"] or NOTHING
    credit = theirs.filter(on, ledger_account=LedgerAccount.CLIENT_CREDIT).aggregate(sum=Sum(moved))["sum"] or NOTHING
    sums = theirs.filter(on, ~before).order_by().values_list("transaction").annotate(sum=Sum(moved))
    amounts = {key: amount for key, amount in sums if amount}  # to put money against a document moves nothing here
    postings = LedgerTransaction.objects.filter(pk__in=amounts).select_related("invoice", "payment")
    entries, balance = [], opening
    for posting in postings.defer("invoice__snapshot").order_by("booked_on", "pk"):
        balance += amounts[posting.pk]
        entries.append(Entry(posting, amounts[posting.pk], balance))
    return Statement(
        client=client,
        currency=currency,
        first=first,
        last=last,
        opening=opening,
        entries=entries,
        closing=balance,
        open=_open_on(client, currency, last),
        credit=-credit,
    )


def currencies_of(client: Client) -> Sequence[str]:
    """Return the currencies that the ledger has of a client, and their own, first.

    queries: 1
    """
    rows = LedgerTransaction.objects.filter(client=client, is_test=False).order_by("currency")
    found = rows.values_list("currency", flat=True).distinct()
    return [client.currency, *(currency for currency in found if currency != client.currency)]


def _open_on(client: Client, currency: str, day: date) -> Sequence[OpenDocument]:
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [client.pk, currency, day])
        sums = dict(cursor.fetchall())
    documents = Invoice.objects.filter(pk__in=[key for key in sums if key]).defer("snapshot")
    return [OpenDocument(document, sums[document.pk]) for document in documents.order_by("due_on", "pk")]

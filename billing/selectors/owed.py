"""What a client owes, out of the ledger."""

from decimal import Decimal

from django.db.models import F, Sum

from billing.models import LedgerAccount, LedgerEntry
from sessions_app.models import Client

# Documents that are open, less what was paid beyond them.
OWED = (LedgerAccount.RECEIVABLES, LedgerAccount.CLIENT_CREDIT)


def owed_by(client: Client, currency: str) -> Decimal:
    """Return what a client owes in a currency; below zero the studio owes them. Tests do not count.

    queries: 1
    """
    theirs = LedgerEntry.objects.filter(
        transaction__client=client,
        transaction__currency=currency,
        transaction__is_test=False,
        ledger_account__in=OWED,
    )
    return theirs.aggregate(sum=Sum(F("debit") - F("credit")))["sum"] or Decimal(0)

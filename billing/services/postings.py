"""Writing the ledger: the one place that does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F

from billing.models import (
    CashMove,
    Invoice,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    PostingKind,
    TillClosing,
)
from billing.selectors.owed import OWED, owed_by
from sessions_app.models import Client
from studio.accounts.models import User

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Side:
    """What a posting does to one account.

    amount: above zero a debit, below zero a credit; zero is left out
    """

    account: LedgerAccount
    amount: Decimal
    vat_category: str = ""
    vat_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """Sides that belong together, and what they are about.

    sides: their amounts sum to zero, or the database refuses them at the end of the transaction
    client: whose it is; None for the till
    """

    kind: PostingKind
    client: Client | None
    currency: str
    booked_on: date
    sides: Sequence[Side]
    invoice: Invoice | None = None
    payment: Payment | None = None
    closing: TillClosing | None = None
    cash_move: CashMove | None = None
    is_test: bool = False
    reason: str = ""


def post(*, posting: Posting, actor: User | None, now: datetime) -> LedgerTransaction | None:
    """Write a posting, in the transaction of what it is about, and return it; None when nothing moves."""
    sides = [side for side in posting.sides if side.amount]
    if not sides:
        return None
    written = LedgerTransaction(
        kind=posting.kind,
        client=posting.client,
        currency=posting.currency,
        booked_on=posting.booked_on,
        at=now,
        invoice=posting.invoice,
        payment=posting.payment,
        closing=posting.closing,
        cash_move=posting.cash_move,
        is_test=posting.is_test,
        reason=posting.reason,
        account=actor,
        actor_label=actor.label if actor else "",
    )
    written.save(force_insert=True)
    LedgerEntry.objects.bulk_create(_entry(written, side) for side in sides)
    _owe(posting, sides)
    return written


def owe_anew(*, client: Client) -> None:
    """Write down what a client owes in the currency they have now, out of the ledger. The caller holds the row."""
    client.balance_due = owed_by(client, client.currency)
    client.save(update_fields=["balance_due"])


def _owe(posting: Posting, sides: Sequence[Side]) -> None:
    """Move what the client owes by what the posting says of it."""
    owed = sum((side.amount for side in sides if side.account in OWED), NOTHING)
    if owed and posting.client and not posting.is_test:
        theirs = Client.objects.filter(pk=posting.client.pk, currency=posting.currency)
        theirs.update(balance_due=F("balance_due") + owed)


def _entry(written: LedgerTransaction, side: Side) -> LedgerEntry:
    return LedgerEntry(
        transaction=written,
        ledger_account=side.account,
        debit=max(side.amount, NOTHING),
        credit=max(-side.amount, NOTHING),
        vat_category=side.vat_category,
        vat_percent=side.vat_percent,
    )

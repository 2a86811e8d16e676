"""What of a document is to be paid now, and what it is paid for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from billing.models import Invoice, InvoiceKind, InvoiceSource, PaymentAttempt, Purpose, SessionDeposit
from billing.selectors import disputes
from billing.selectors.instalments import next_due
from sessions_app.models import PROVISIONAL_STATUSES, SessionStatus, StudioSession
from studio.showing import when_exactly

NOTHING = Decimal(0)
GONE = (SessionStatus.EXPIRED, SessionStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class HeldSlot:
    """A time that is kept for who pays its deposit, in words; until: when it is given away."""

    when: str
    until: str


@dataclass(frozen=True, slots=True)
class Due:
    """So much of a document, and as what; left: all that may be paid of it now."""

    purpose: Purpose
    amount: Decimal
    left: Decimal


def due_of(invoice: Invoice) -> Due | None:
    """Return what of a document is to be paid first: its deposit, else its next part, else all; None when nothing is.

    What a bank has taken back is not asked for before that is decided: it was paid once.
    queries: 0 to 2
    """
    if not invoice.is_claim or invoice.is_test or invoice.remaining_balance <= 0:
        return None
    argued = disputes.sum_disputed(invoice)
    left = invoice.remaining_balance - argued
    if left <= 0:
        return None
    if invoice.kind == InvoiceKind.DEPOSIT:
        return Due(Purpose.DEPOSIT, left, left)
    if invoice.deposit_amount is not None and invoice.deposit_paid_at is None:
        deposit = min(invoice.deposit_amount - invoice.paid_total - argued, left)
        if deposit > 0:
            return Due(Purpose.DEPOSIT, deposit, left)
    part = next_due([invoice], date.max).get(invoice.pk)
    return Due(Purpose.BALANCE, min(part.open, left) if part else left, left)


def living_attempt(invoice: Invoice) -> PaymentAttempt | None:
    """Return the payment of a document that is under way at Stripe.

    queries: 1
    """
    return PaymentAttempt.objects.living().filter(invoice=invoice).first()


def sessions_of(invoice: Invoice) -> list[StudioSession]:
    """Return the sessions that a document charges for, or asks a deposit for, by their keys.

    queries: 2
    """
    standing = InvoiceSource.objects.filter(item__invoice=invoice, released_at__isnull=True)
    rows = standing.values_list("session", "extra__session", "fee__session")
    keys = {key for row in rows for key in row if key}
    keys |= set(SessionDeposit.objects.filter(invoice=invoice, session__isnull=False).values_list("session", flat=True))
    return list(StudioSession.objects.filter(pk__in=keys).order_by("pk"))


def held_for_deposit(invoice: Invoice) -> list[HeldSlot]:
    """Return the times that are held until the deposit which a document asks is paid, on the clock that is active.

    queries: 1
    """
    asked = SessionDeposit.objects.filter(invoice=invoice, released_at__isnull=True).values("session")
    held = StudioSession.objects.filter(pk__in=asked, status=SessionStatus.HOLD, hold_expires_at__isnull=False)
    return [
        HeldSlot(when_exactly(each.starts_at, each.ends_at), when_exactly(each.hold_expires_at))
        for each in held.order_by("starts_at", "pk")
        if each.hold_expires_at
    ]


def held_sessions_of(invoice: Invoice) -> list[StudioSession]:
    """Return those of a document's sessions whose slot is only kept for a while.

    queries: 2
    """
    return [each for each in sessions_of(invoice) if each.status in PROVISIONAL_STATUSES]


def lost_sessions_of(invoice: Invoice) -> list[StudioSession]:
    """Return the sessions that a document pays for, and that have lost their slot; one whose fee it charges has not.

    queries: 2
    """
    standing = InvoiceSource.objects.filter(item__invoice=invoice, released_at__isnull=True, session__isnull=False)
    asked = SessionDeposit.objects.filter(invoice=invoice, session__isnull=False)
    theirs = Q(pk__in=standing.values("session")) | Q(pk__in=asked.values("session"))
    gone = StudioSession.objects.filter(theirs, status__in=GONE).select_related("room", "client")
    return list(gone.order_by("pk"))


def given_away(documents: Collection[int]) -> frozenset[int]:
    """Return those of some documents, by their keys, that ask the deposit of a slot which is not kept any more.

    queries: 1
    """
    asked = SessionDeposit.objects.filter(invoice__in=documents, released_at__isnull=True)
    gone = asked.filter(Q(session__isnull=True) | Q(session__status__in=GONE))
    return frozenset(gone.values_list("invoice", flat=True))

"""Money that went back by a payment provider: written down as the provider says, and given back when it says otherwise.

What stands in the ledger is made what it must be, by what is missing: said twice, or in another order, it is the same.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import (
    Direction,
    Invoice,
    LedgerAccount,
    LedgerEntry,
    Payment,
    PaymentKind,
    PaymentState,
    PostingKind,
)
from billing.services import payments, postings
from billing.services.postings import Posting, Side
from studio.accounts.models import NotificationKind, User
from studio.accounts.services import audit, notifications
from studio.clock import local_day
from studio.errors import DomainError
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.showing import money

NOTHING = Decimal(0)
POSTED_AS = {PaymentKind.REFUND: PostingKind.REFUND, PaymentKind.DISPUTE: PostingKind.DISPUTE}
# What somebody has to know of money that went back, or should have; a refund that arrives is no news.
TOLD = {
    (PaymentKind.DISPUTE, PaymentState.PENDING): gettext_lazy(
        "The bank of %(client)s has taken %(amount)s back. Answer it at Stripe, which says until when: else it is lost."
    ),
    (PaymentKind.DISPUTE, PaymentState.SETTLED): gettext_lazy(
        "%(amount)s that the bank of %(client)s took back are lost: the client owes them again."
    ),
    (PaymentKind.DISPUTE, PaymentState.FAILED): gettext_lazy(
        "%(amount)s that the bank of %(client)s took back are here again."
    ),
    (PaymentKind.REFUND, PaymentState.FAILED): gettext_lazy(
        "%(amount)s did not go back to %(client)s, and are here again: pay them back another way, or keep them."
    ),
}


class NotThere(DomainError):
    """More went back than what is left of the payment."""


def write_returned(
    *, origin: Payment, kind: PaymentKind, amount: Decimal, provider_id: str, reason: str, on: date, now: datetime
) -> Payment:
    """Write down money that a provider gave back, or a bank took, without our asking; return the movement, under way.

    What is put against documents is taken off, the last first, as far as it must be. Who is in charge is told of what a
    bank took. The caller holds client and row.
    raises: NotThere
    """
    free_up(origin, amount, reason=reason, now=now)
    back = Payment(
        direction=Direction.OUT,
        kind=kind,
        client=origin.client,
        origin=origin,
        amount=quantise(amount, origin.currency),
        currency=origin.currency,
        method=origin.method,
        state=PaymentState.PENDING,
        received_on=max(on, origin.received_on),
        reason=reason,
        provider=origin.provider,
        provider_id=provider_id,
    )
    back.save(force_insert=True)
    changes: dict[str, tuple[object, object]] = {"amount": (None, amount)}
    audit.record(verb=kind, subject=origin, actor=None, now=now, changes=changes, reason=reason)
    book_returned(back, now=now)
    _tell(back, reason)
    return back


def free_up(origin: Payment, amount: Decimal, *, reason: str, now: datetime) -> None:
    """Take a payment off documents, the last first, until so much of it is left over. The caller holds the client.

    raises: NotThere
    """
    wanted = amount - payments.left_of(origin)
    put = origin.allocations.values("invoice").annotate(sum=Sum("amount")).filter(sum__gt=0).order_by("-invoice")
    for row in list(put):
        if wanted <= 0:
            return
        part = min(wanted, row["sum"])
        invoice = Invoice.objects.locked().get(pk=row["invoice"])
        payments.put(payment=origin, invoice=invoice, amount=-part, reason=reason, actor=None, now=now)
        wanted -= part
    if wanted > 0:
        raise NotThere(_("More went back than what is left of this payment."))


def settle_returned(*, back: Payment, state: PaymentState, now: datetime, why: str = "") -> bool:
    """Make money that went back what the provider says it is, and return whether that is news.

    A state that was final changes only to failed. The caller holds client and rows.
    why: what the provider says, for whoever is told
    """
    is_news = back.state != state and (back.state == PaymentState.PENDING or state == PaymentState.FAILED)
    if is_news and back.state != PaymentState.FAILED:
        before, back.state = back.state, state
        back.save(update_fields=["state"])
        changes: dict[str, tuple[object, object]] = {"state": (before, state)}
        audit.record(verb="change", subject=back, actor=None, now=now, changes=changes)
        book_returned(back, now=now)
        _tell(back, why)
        return True
    return False


def _tell(back: Payment, why: str) -> None:
    """Tell who is in charge of what they have to know, or to do something about."""
    told = TOLD.get((PaymentKind(back.kind), PaymentState(back.state)))
    if told is not None:
        text = told % {"amount": money(back.amount, back.currency), "client": back.client}
        link = reverse("admin:billing_payment_change", "studio.urls", args=[back.origin_id])
        text = f"{text} {why}".strip()
        notifications.notify_roles(
            roles=notifications.KEEPERS_OF_BOOKS, kind=NotificationKind.MONEY, text=text, link=link
        )


def put_back(*, origin: Payment, invoice: Invoice, amount: Decimal, now: datetime) -> None:
    """Put money that came back against a document again, as far as it asks and it is left over."""
    document = Invoice.objects.locked().get(pk=invoice.pk)
    part = min(amount, payments.left_of(origin), document.remaining_balance)
    if part > 0 and document.is_claim and document.client_id == origin.client_id:
        payments.put(payment=origin, invoice=document, amount=part, actor=None, now=now)


def book_returned(back: Payment, *, now: datetime) -> None:
    """Have the ledger say of money that went back what its state says."""
    till, amount = payments.till_of(back), back.amount
    wanted: dict[LedgerAccount, Decimal]
    if back.state == PaymentState.FAILED:
        wanted = {}
    elif back.kind == PaymentKind.DISPUTE and back.state == PaymentState.PENDING:
        wanted = {till: -amount, LedgerAccount.DISPUTED: amount}
    else:
        wanted = {till: -amount, LedgerAccount.CLIENT_CREDIT: amount}
    book_up_to(back, POSTED_AS[PaymentKind(back.kind)], wanted, actor=None, now=now)


def book_fees(payment: Payment, total: Decimal, *, now: datetime) -> None:
    """Have the ledger say what a provider has kept of a payment in all."""
    wanted = {LedgerAccount.FEES: total, payments.till_of(payment): -total}
    book_up_to(payment, PostingKind.FEE, wanted, actor=None, now=now)


def book_up_to(
    payment: Payment,
    kind: PostingKind,
    wanted: Mapping[LedgerAccount, Decimal],
    *,
    actor: User | None,
    now: datetime,
) -> None:
    """Post what is missing for the postings of a kind, for a payment, to come to what is wanted; often nothing.

    The first is of the payment's day, what changes it of today.
    """
    of = LedgerEntry.objects.filter(transaction__payment=payment, transaction__kind=kind).order_by()
    sums = of.values_list("ledger_account").annotate(sum=Sum(F("debit") - F("credit")))
    booked: dict[str, Decimal] = dict(sums)
    accounts = sorted({*wanted, *(LedgerAccount(name) for name in booked)})
    sides = [Side(each, wanted.get(each, NOTHING) - booked.get(each, NOTHING)) for each in accounts]
    posting = Posting(
        kind=kind,
        client=payment.client,
        currency=payment.currency,
        booked_on=local_day(now, current_profile().zone) if booked else payment.received_on,
        sides=sides,
        payment=payment,
        reason=payment.reason,
    )
    postings.post(posting=posting, actor=actor, now=now)

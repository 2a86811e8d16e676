"""Money that comes in and goes back, and what it is put against."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import (
    Allocation,
    Direction,
    Invoice,
    LedgerAccount,
    Payment,
    PaymentKind,
    PaymentMethod,
    PaymentState,
    PostingKind,
)
from billing.services import postings, settling
from billing.services.postings import Posting, Side
from sessions_app.models import Client
from sessions_app.services import facts, linked_clients
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import refusing, taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.showing import money

NOTHING = Decimal(0)


class NotOpen(DomainError):
    """Nothing is to be paid of the document."""


class TooMuch(DomainError):
    """More than what is there."""


class OtherCurrency(DomainError):
    """Payment and document are in different currencies, or of different clients."""

    status_code = 400


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money as it came in.

    method: one of `PaymentMethod`
    received_on: the studio's day
    provider, provider_id: of a payment provider; the same number is written down once
    """

    amount: Decimal
    currency: str
    received_on: date
    method: str = PaymentMethod.TRANSFER
    reference: str = ""
    provider: str = ""
    provider_id: str = ""


@taking_turns()
def receive_payment(
    *, client: Client, receipt: Receipt, against: Sequence[Invoice], actor: User | None, now: datetime
) -> Payment:
    """Write down money that came in, put it against documents in the order given, and return it.

    What is more than they ask stays with the client as credit.
    raises: facts.BadFacts, OtherCurrency, studio.db.TryAgain
    """
    payer = settling.lock_client(client)
    linked_clients.require_unmerged(payer)
    documents = _locked(against)
    payment = Payment(client=payer)
    facts.set_facts(payment, _facts(receipt, actor))
    with facts.saving(payment):
        payment.save(force_insert=True)
    changes: dict[str, tuple[object, object]] = {"amount": (None, payment.amount)}
    audit.record(verb="receive", subject=payment, actor=actor, now=now, changes=changes)
    _post(payment, PostingKind.PAYMENT, LedgerAccount.CLIENT_CREDIT, payment.amount, actor=actor, now=now)
    left = payment.amount
    for document in documents:
        part = min(left, document.remaining_balance)
        if part > 0:
            put(payment=payment, invoice=document, amount=part, actor=actor, now=now)
            left -= part
    return payment


@taking_turns()
def allocate_payment(
    *, payment: Payment, invoice: Invoice, amount: Decimal, actor: User | None, now: datetime
) -> Allocation:
    """Put what is left over of a payment against a document, and return that.

    raises: TooMuch, NotOpen, OtherCurrency, studio.db.TryAgain
    """
    settling.lock_client_of(payment)
    (document,) = _locked([invoice])
    _require_exact(amount, document.currency)
    held = Payment.objects.locked().get(pk=payment.pk)
    if amount <= 0 or amount > document.remaining_balance:
        left = money(document.remaining_balance, document.currency)
        raise NotOpen(_("Of this document %(left)s is still to pay.") % {"left": left})
    _require_left(held, amount)
    return put(payment=held, invoice=document, amount=amount, actor=actor, now=now)


@taking_turns()
def take_off_payment(
    *, payment: Payment, invoice: Invoice, amount: Decimal, reason: str, actor: User | None, now: datetime
) -> Allocation:
    """Take so much of a payment off a document again, and return that; it stays with the client as credit.

    raises: TooMuch, studio.db.TryAgain
    """
    settling.lock_client_of(payment)
    (document,) = _locked([invoice])
    _require_exact(amount, document.currency)
    held = Payment.objects.locked().get(pk=payment.pk)
    there = _sum_of(Allocation.objects.filter(payment=held, invoice=document).values_list("amount", flat=True))
    if amount <= 0 or amount > there:
        raise TooMuch(_("Of this payment %(sum)s is put against the document.") % {"sum": money(there, held.currency)})
    return put(payment=held, invoice=document, amount=-amount, reason=reason, actor=actor, now=now)


@taking_turns()
def refund_payment(
    *, payment: Payment, amount: Decimal, reason: str, method: str, actor: User | None, now: datetime
) -> Payment:
    """Pay back what is left over of a payment, and return the movement.

    Money that is put against a document is taken off it, or the document credited, before. By the way it came in, a
    provider has to pay it: it is under way until that has said so.
    raises: TooMuch, facts.BadFacts, studio.db.TryAgain
    """
    payer = settling.lock_client_of(payment)
    held = Payment.objects.locked().get(pk=payment.pk)
    _require_left(held, amount)
    today = local_day(now, current_profile().zone)
    back = Payment(direction=Direction.OUT, kind=PaymentKind.REFUND, client=payer, origin=held, reason=reason.strip())
    provider = held.provider if method == held.method else ""
    receipt = Receipt(amount=amount, currency=held.currency, received_on=today, method=method, provider=provider)
    facts.set_facts(back, _facts(receipt, actor))
    back.state = PaymentState.PENDING if provider else PaymentState.SETTLED
    with facts.saving(back):
        back.save(force_insert=True)
    changes: dict[str, tuple[object, object]] = {"amount": (None, amount)}
    audit.record(verb="refund", subject=held, actor=actor, now=now, changes=changes, reason=reason)
    _post(back, PostingKind.REFUND, LedgerAccount.CLIENT_CREDIT, -amount, actor=actor, now=now)
    return back


def put(
    *, payment: Payment, invoice: Invoice, amount: Decimal, actor: User | None, now: datetime, reason: str = ""
) -> Allocation:
    """Put money against a document or, below zero, take it off, and settle the document. The caller holds both rows.

    raises: TooMuch, OtherCurrency
    """
    allocation = Allocation(
        payment=payment,
        invoice=invoice,
        amount=amount,
        at=now,
        reason=reason,
        account=actor,
        actor_label=actor.label if actor else "",
    )
    with refusing(
        payments_never_overspent=TooMuch(_("This payment is used up.")),
        allocations_never_below_zero=TooMuch(_("Not so much of this payment is put against the document.")),
        allocations_of_one_client=OtherCurrency(_("The payment is of another client, or in another currency.")),
    ):
        allocation.save(force_insert=True)
        settling.settle(invoice=invoice, now=now)
    sides = [Side(LedgerAccount.CLIENT_CREDIT, amount), Side(LedgerAccount.RECEIVABLES, -amount)]
    posting = Posting(
        kind=PostingKind.ALLOCATION,
        client=invoice.client,
        currency=payment.currency,
        booked_on=local_day(now, current_profile().zone),
        sides=sides,
        invoice=invoice,
        payment=payment,
        is_test=invoice.is_test,
        reason=reason,
    )
    postings.post(posting=posting, actor=actor, now=now)
    return allocation


def left_of(payment: Payment) -> Decimal:
    """Return what is left over of money that came in: neither put against a document nor paid back.

    queries: 2
    """
    put_away = payment.allocations.aggregate(sum=Sum("amount"))["sum"] or NOTHING
    back = payment.returns.exclude(state=PaymentState.FAILED).aggregate(sum=Sum("amount"))["sum"] or NOTHING
    return payment.amount - put_away - back


def _facts(receipt: Receipt, actor: User | None) -> dict[str, object]:
    _require_exact(receipt.amount, receipt.currency)
    return {
        "amount": receipt.amount,
        "currency": receipt.currency,
        "method": receipt.method,
        "received_on": receipt.received_on,
        "reference": receipt.reference.strip(),
        "provider": receipt.provider,
        "provider_id": receipt.provider_id,
        "account": actor,
        "actor_label": actor.label if actor else "",
    }


def _require_exact(amount: Decimal, currency: str) -> None:
    """Pass when money of a currency comes in such amounts."""
    if not amount.is_finite() or amount != quantise(amount, currency):
        raise facts.BadFacts(_("%(currency)s has no amount of %(amount)s.") % {"currency": currency, "amount": amount})


def _locked(invoices: Sequence[Invoice]) -> list[Invoice]:
    keys = [invoice.pk for invoice in invoices]
    found = Invoice.objects.locked().claims().select_related("client").in_bulk(keys)
    if len(found) < len(set(keys)):
        raise NotOpen(_("Drafts, credit notes and tests are not paid."))
    return [found[key] for key in keys]


def _require_left(payment: Payment, amount: Decimal) -> None:
    left = left_of(payment)
    if amount <= 0 or amount > left:
        raise TooMuch(_("Of this payment %(left)s is left over.") % {"left": money(left, payment.currency)})


def _post(
    payment: Payment, kind: PostingKind, other: LedgerAccount, amount: Decimal, *, actor: User | None, now: datetime
) -> None:
    posting = Posting(
        kind=kind,
        client=payment.client,
        currency=payment.currency,
        booked_on=payment.received_on,
        sides=[Side(till_of(payment), amount), Side(other, -amount)],
        payment=payment,
        reason=payment.reason,
    )
    postings.post(posting=posting, actor=actor, now=now)


def till_of(payment: Payment) -> LedgerAccount:
    """Return the account that money of a kind is on."""
    if payment.provider:
        return LedgerAccount.CLEARING
    return LedgerAccount.CASH if payment.method == PaymentMethod.CASH else LedgerAccount.BANK


def _sum_of(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)

"""Money that comes in and goes back, and what it is put against."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

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
    RefundAttempt,
)
from billing.services import cash_moves, chargebacks, feeding, postings, put_against, settling
from billing.services.postings import Posting, Side
from billing.services.put_against import TooMuch
from sessions_app.models import Client
from sessions_app.services import billed, facts, linked_clients
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import refusing, taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.showing import day, money
from studio.tenancy.jobs import defer

NOTHING = Decimal(0)
SEND_REFUND, LOOK_AFTER_REFUND = "billing.send_refund", "billing.look_after_refund"
LOOK_AFTER = timedelta(seconds=30)  # whoever asked a provider has heard, or broken off, by then


class NotOpen(DomainError):
    """Nothing is to be paid of the document."""


class OtherCurrency(DomainError):
    """Payment and document are in different currencies, or of different clients."""

    status_code = 400


class NotYet(DomainError):
    """Money is written down once it is there."""

    status_code = 400


class SentAlready(DomainError):
    """Something else was written down with the same form before."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money as it came in.

    method: one of `PaymentMethod`
    received_on: the studio's day
    provider, provider_id: of a payment provider; the same number is written down once
    form_key: of the form that somebody sent; what comes with the same key again is that payment, and no second one
    """

    amount: Decimal
    currency: str
    received_on: date
    method: str = PaymentMethod.TRANSFER
    reference: str = ""
    provider: str = ""
    provider_id: str = ""
    form_key: UUID | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a payment, for a document."""

    invoice: Invoice
    amount: Decimal


@taking_turns()
def receive_payment(
    *, client: Client, receipt: Receipt, against: Sequence[Invoice | Part], actor: User | None, now: datetime
) -> Payment:
    """Write down money that came in, put it against documents in the order given, and return it; twice is once.

    What is more than they ask stays with the client as credit.
    against: a document gets as much as it asks, or what is said
    raises: facts.BadFacts, OtherCurrency, NotOpen, NotYet, TooMuch, SentAlready, studio.db.TryAgain
    """
    payer = settling.lock_client(client)
    if (known := _sent(receipt.form_key, client=payer, origin=None, receipt=receipt)) is not None:
        return known
    _require_past(receipt.received_on, now)
    linked_clients.require_unmerged(payer)
    documents = _locked([one.invoice if isinstance(one, Part) else one for one in against])
    payment = Payment(client=payer)
    facts.set_facts(payment, _facts(receipt, actor))
    with facts.saving(payment, payments_form_once=_sent_already()):
        payment.save(force_insert=True)
    changes: dict[str, tuple[object, object]] = {"amount": (None, payment.amount)}
    audit.record(verb="receive", subject=payment, actor=actor, now=now, changes=changes)
    _post(payment, PostingKind.PAYMENT, LedgerAccount.CLIENT_CREDIT, payment.amount, actor=actor, now=now)
    billed.note_payment(client=payer, on=payment.received_on)
    left = payment.amount
    for one, document in zip(against, documents, strict=True):
        part = min(left, document.remaining_balance)
        if isinstance(one, Part):
            part = one.amount
            _require_fits(document, part, left)
        if part > 0:
            put(payment=payment, invoice=document, amount=part, actor=actor, now=now)
            left -= part
    return payment


@taking_turns()
def allocate_payment(
    *,
    payment: Payment,
    invoice: Invoice,
    amount: Decimal,
    actor: User | None,
    now: datetime,
    form_key: UUID | None = None,
) -> Allocation:
    """Put what is left over of a payment against a document, and return that; twice by the same form is once.

    raises: TooMuch, NotOpen, OtherCurrency, SentAlready, studio.db.TryAgain
    """
    settling.lock_client_of(payment)
    if (known := _put_before(form_key, payment, invoice, amount)) is not None:
        return known
    (document,) = _locked([invoice])
    held = Payment.objects.locked().get(pk=payment.pk)
    _require_fits(document, amount, left_of(held))
    return put(payment=held, invoice=document, amount=amount, form_key=form_key, actor=actor, now=now)


@taking_turns()
def take_off_payment(
    *,
    payment: Payment,
    invoice: Invoice,
    amount: Decimal,
    reason: str,
    actor: User | None,
    now: datetime,
    form_key: UUID | None = None,
) -> Allocation:
    """Take so much of a payment off a document again, and return that; it stays with the client as credit.

    raises: TooMuch, SentAlready, studio.db.TryAgain
    """
    settling.lock_client_of(payment)
    if (known := _put_before(form_key, payment, invoice, -amount)) is not None:
        return known
    (document,) = _locked([invoice])
    _require_exact(amount, document.currency)
    held = Payment.objects.locked().get(pk=payment.pk)
    put_against.require_put(payment=held, invoice=document, amount=amount)
    why = reason.strip()
    return put(payment=held, invoice=document, amount=-amount, reason=why, form_key=form_key, actor=actor, now=now)


@taking_turns()
def refund_payment(
    *,
    payment: Payment,
    amount: Decimal,
    reason: str,
    method: str,
    actor: User | None,
    now: datetime,
    paid_on: date | None = None,
    form_key: UUID | None = None,
) -> Payment:
    """Pay back what is left over of a payment, and return the movement; twice by the same form is once.

    Money that is put against a document is taken off it, or the document credited, before. By the way it came in, a
    provider has to pay it: it is under way until that has said so.
    paid_on: the studio's day on which it went; today where it is not said
    raises: TooMuch, chargebacks.ChargedBack, cash_moves.NotInTheTill, facts.BadFacts, NotYet, SentAlready,
        studio.db.TryAgain
    """
    payer = settling.lock_client_of(payment)
    on = paid_on or max(local_day(now, current_profile().zone), payment.received_on)
    receipt = Receipt(amount=amount, currency=payment.currency, received_on=on, method=method, form_key=form_key)
    if (known := _sent(form_key, client=payer, origin=payment, receipt=receipt)) is not None:
        return known
    held = Payment.objects.locked().get(pk=payment.pk)
    _require_left(held, amount)
    if paid_on is not None:
        _require_past(paid_on, now)
    if on < held.received_on:
        raise NotYet(_("This money came in on %(day)s: it goes back then or later.") % {"day": day(held.received_on)})
    back = Payment(direction=Direction.OUT, kind=PaymentKind.REFUND, client=payer, origin=held, reason=reason.strip())
    provider = held.provider if method == held.method else ""
    if provider:
        chargebacks.require_not_charged_back(held)
    facts.set_facts(back, _facts(replace(receipt, provider=provider), actor))
    back.state = PaymentState.PENDING if provider else PaymentState.SETTLED
    if till_of(back) == LedgerAccount.CASH:
        cash_moves.require_cash(amount=amount, currency=back.currency)
    with facts.saving(back, payments_form_once=_sent_already()):
        back.save(force_insert=True)
    changes: dict[str, tuple[object, object]] = {"amount": (None, amount)}
    audit.record(verb="refund", subject=held, actor=actor, now=now, changes=changes, reason=reason)
    _post(back, PostingKind.REFUND, LedgerAccount.CLIENT_CREDIT, -amount, actor=actor, now=now)
    if provider and held.provider_id:
        asked = RefundAttempt.objects.create(payment=back, asked_at=now)
        defer(LOOK_AFTER_REFUND, run_at=now + LOOK_AFTER, refund_id=asked.pk)
        defer(SEND_REFUND, queueing_lock=f"refund:{asked.pk}", refund_id=asked.pk)
    return back


def put(
    *,
    payment: Payment,
    invoice: Invoice,
    amount: Decimal,
    actor: User | None,
    now: datetime,
    reason: str = "",
    form_key: UUID | None = None,
) -> Allocation:
    """Put money against a document or, below zero, take it off, and settle the document. The caller holds both rows.

    What the document charges for learns what is paid of it.
    raises: TooMuch, OtherCurrency, SentAlready
    """
    allocation = Allocation(
        payment=payment,
        invoice=invoice,
        amount=amount,
        at=now,
        reason=reason,
        form_key=form_key,
        account=actor,
        actor_label=actor.label if actor else "",
    )
    with refusing(
        allocations_form_once=_sent_already(),
        payments_never_overspent=TooMuch(_("This payment is used up.")),
        allocations_never_below_zero=TooMuch(_("Not so much of this payment is put against the document.")),
        allocations_of_one_client=OtherCurrency(_("The payment is of another client, or in another currency.")),
    ):
        allocation.save(force_insert=True)
        settling.settle(invoice=invoice, now=now)
    _post_put(allocation, actor=actor, now=now)
    feeding.feed(invoice=invoice, actor=actor, now=now)
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
        "form_key": receipt.form_key,
        "account": actor,
        "actor_label": actor.label if actor else "",
    }


def _sent(form_key: UUID | None, *, client: Client, origin: Payment | None, receipt: Receipt) -> Payment | None:
    """Return what was written down with a form before, where it is the very same.

    raises: SentAlready when it is something else
    """
    known = Payment.objects.filter(form_key=form_key).first() if form_key else None
    wanted = (client.pk, origin.pk if origin else None, receipt.amount, receipt.method)
    if known and (known.client_id, known.origin_id, known.amount, known.method) != wanted:
        raise _sent_already()
    return known


def _put_before(form_key: UUID | None, payment: Payment, invoice: Invoice, amount: Decimal) -> Allocation | None:
    known = Allocation.objects.filter(form_key=form_key).first() if form_key else None
    if known and (known.payment_id, known.invoice_id, known.amount) != (payment.pk, invoice.pk, amount):
        raise _sent_already()
    return known


def _sent_already() -> SentAlready:
    return SentAlready(_("This form was sent before, and what it said then is written down. Open it anew."))


def _require_fits(document: Invoice, amount: Decimal, left: Decimal) -> None:
    """Pass when so much is asked by a document, and left over of a payment."""
    _require_exact(amount, document.currency)
    told = {"document": document, "left": money(document.remaining_balance, document.currency)}
    if amount <= 0 or amount > document.remaining_balance:
        raise NotOpen(_("Of %(document)s %(left)s is still to pay.") % told)
    if amount > left:
        raise TooMuch(_("Of this payment %(left)s is left over.") % {"left": money(left, document.currency)})


def _require_exact(amount: Decimal, currency: str) -> None:
    """Pass when money of a currency comes in such amounts."""
    if not amount.is_finite() or amount != quantise(amount, currency):
        raise facts.BadFacts(_("%(currency)s has no amount of %(amount)s.") % {"currency": currency, "amount": amount})


def _require_past(on: date, now: datetime) -> None:
    """Pass for today, on the studio's clock, and days before."""
    if on > local_day(now, current_profile().zone):
        told = _("%(day)s is still to come. Write money down on the day on which it is there.")
        raise NotYet(told % {"day": day(on)})


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


def _post_put(allocation: Allocation, *, actor: User | None, now: datetime) -> None:
    invoice, payment, amount = allocation.invoice, allocation.payment, allocation.amount
    posting = Posting(
        kind=PostingKind.ALLOCATION,
        client=invoice.client,
        currency=payment.currency,
        booked_on=local_day(now, current_profile().zone),
        sides=[Side(LedgerAccount.CLIENT_CREDIT, amount), Side(LedgerAccount.RECEIVABLES, -amount)],
        invoice=invoice,
        payment=payment,
        is_test=invoice.is_test,
        reason=allocation.reason,
    )
    postings.post(posting=posting, actor=actor, now=now)


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
    if payment.method != PaymentMethod.CASH:
        return LedgerAccount.BANK
    return LedgerAccount.TRANSIT if payment.is_former else LedgerAccount.CASH


def _sum_of(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)

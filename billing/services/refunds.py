"""Paying money back together with what makes it free: a credit note, or the document that is to be paid again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from billing.models import Allocation, Invoice, Payment, PaymentKind
from billing.services import credit_notes, payments, put_against, settling
from studio.accounts.models import User
from studio.db import taking_turns

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class PaidBack:
    """What became of a document and its money.

    movements: one for each payment that the credit note freed; none where nothing was paid
    """

    note: Invoice
    movements: tuple[Payment, ...]

    @property
    def amount(self) -> Decimal:
        """What is paid back in all."""
        return sum((movement.amount for movement in self.movements), NOTHING)


@taking_turns()
def credit_and_refund(
    *,
    invoice: Invoice,
    reason: str,
    actor: User | None,
    now: datetime,
    parts: Sequence[credit_notes.Part] | None = None,
    method: str = "",
    paid_on: date | None = None,
    form_key: UUID | None = None,
) -> PaidBack:
    """Take back a document, pay back what that frees, and return the credit note and the movements; twice is once.

    parts: of its lines; None: all that is not credited yet
    method: by what it is paid back; "" by what it came in
    paid_on: on which of the studio's days; today where it is not said
    raises: credit_notes.NotCreditable, credit_notes.MoreThanInvoiced, payments.NotYet, facts.NoReason,
        studio.db.TryAgain
    """
    settling.lock_client_of(invoice)
    if (known := _sent(invoice, form_key)) is not None:
        return known
    before = _put_against(invoice)
    if parts is None:
        note = credit_notes.credit_in_full(invoice=invoice, reason=reason, actor=actor, now=now)
    else:
        note = credit_notes.credit_in_part(invoice=invoice, parts=parts, reason=reason, actor=actor, now=now)
    after = _put_against(invoice)
    freed = {key: amount - after.get(key, NOTHING) for key, amount in before.items()}
    movements: list[Payment] = []
    for payment in Payment.objects.filter(pk__in=freed).order_by("pk"):
        if freed[payment.pk] > 0:
            back = payments.refund_payment(
                payment=payment,
                amount=freed[payment.pk],
                reason=reason,
                method=method or payment.method,
                paid_on=paid_on,
                form_key=None if movements else form_key,
                actor=actor,
                now=now,
            )
            movements.append(back)
    return PaidBack(note, tuple(movements))


def preview_part(*, payment: Payment, invoice: Invoice, parts: Sequence[credit_notes.Part]) -> credit_notes.Preview:
    """Return what `credit_part_and_refund` would take back, before anybody does it.

    raises: put_against.TooMuch, credit_notes.NotCreditable, credit_notes.MoreThanInvoiced
    """
    look = credit_notes.preview(invoice=invoice, parts=parts)
    put_against.require_put(payment=payment, invoice=invoice, amount=look.payable)
    return look


@taking_turns()
def credit_part_and_refund(
    *,
    payment: Payment,
    invoice: Invoice,
    parts: Sequence[credit_notes.Part],
    reason: str,
    actor: User | None,
    now: datetime,
    form_key: UUID | None = None,
) -> PaidBack:
    """Take back parts of lines, pay that back out of one payment, and return credit note and movement; twice is once.

    What else is paid of the document, or still to pay, stays so. It goes back the way it came in.
    raises: payments.TooMuch where the document has less of the payment, credit_notes.NotCreditable,
        credit_notes.MoreThanInvoiced, facts.NoReason, studio.db.TryAgain
    """
    settling.lock_client_of(invoice)
    if (known := _sent(invoice, form_key)) is not None:
        return known
    acting: dict[str, Any] = {"reason": reason, "actor": actor, "now": now}
    worth = credit_notes.preview(invoice=invoice, parts=parts).payable
    payments.take_off_payment(payment=payment, invoice=invoice, amount=worth, **acting)
    note = credit_notes.credit_in_part(invoice=invoice, parts=parts, **acting)
    back = payments.refund_payment(
        payment=payment, amount=note.payable, method=payment.method, form_key=form_key, **acting
    )
    return PaidBack(note, (back,))


@taking_turns()
def take_off_and_refund(
    *,
    payment: Payment,
    invoice: Invoice,
    amount: Decimal,
    reason: str,
    method: str,
    actor: User | None,
    now: datetime,
    paid_on: date | None = None,
    form_key: UUID | None = None,
) -> Payment:
    """Take money off a document, which is to be paid again, and pay it back; return the movement; twice is once.

    raises: payments.TooMuch, payments.NotYet, payments.SentAlready, facts.BadFacts, studio.db.TryAgain
    """
    settling.lock_client_of(payment)
    payments.take_off_payment(
        payment=payment, invoice=invoice, amount=amount, reason=reason, form_key=form_key, actor=actor, now=now
    )
    return payments.refund_payment(
        payment=payment,
        amount=amount,
        reason=reason,
        method=method,
        paid_on=paid_on,
        form_key=form_key,
        actor=actor,
        now=now,
    )


def _put_against(invoice: Invoice) -> Mapping[int, Decimal]:
    """Return how much of each payment is put against a document, by its key."""
    return dict(Allocation.objects.filter(invoice=invoice).values_list("payment").annotate(sum=Sum("amount")))


def _sent(invoice: Invoice, form_key: UUID | None) -> PaidBack | None:
    """Return what was done with a form before; the movements of an act are written at one moment."""
    first = Payment.objects.filter(form_key=form_key, kind=PaymentKind.REFUND).first() if form_key else None
    note = first and invoice.corrections.filter(reason=first.reason).order_by("-pk").first()
    return PaidBack(note, (first,)) if first and note else None

"""What happened to a payment at Stripe, from the first question to the last event, in its order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Model, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import (
    EventState,
    LedgerAccount,
    LedgerEntry,
    Payment,
    PaymentAttempt,
    PaymentKind,
    PaymentState,
    PostingKind,
    RefundAttempt,
    StripeEvent,
)
from studio.showing import money, when

MOST_EVENTS = 100
EVENT_TONES = {
    EventState.RECEIVED: "info",
    EventState.APPLIED: "success",
    EventState.IGNORED: "muted",
    EventState.FAILED: "danger",
    EventState.QUARANTINED: "danger",
}
# What Stripe calls what happened, in words.
WORDS = {
    "checkout.session.completed": gettext_lazy("Stripe's page was gone through"),
    "checkout.session.expired": gettext_lazy("Stripe's page has closed"),
    "checkout.session.async_payment_succeeded": gettext_lazy("the bank's money came"),
    "checkout.session.async_payment_failed": gettext_lazy("the bank's money did not come"),
    "payment_intent.succeeded": gettext_lazy("paid"),
    "payment_intent.payment_failed": gettext_lazy("a try to pay failed"),
    "payment_intent.processing": gettext_lazy("the bank is working on it"),
    "payment_intent.canceled": gettext_lazy("the payment was given up"),
    "charge.refunded": gettext_lazy("something was paid back"),
    "charge.updated": gettext_lazy("the charge has changed, e.g. its fee is known"),
    "charge.refund.updated": gettext_lazy("a refund has changed"),
    "refund.created": gettext_lazy("a refund was begun"),
    "refund.updated": gettext_lazy("a refund has changed"),
    "refund.failed": gettext_lazy("a refund failed"),
    "charge.dispute.created": gettext_lazy("the client's bank disputes it"),
    "charge.dispute.updated": gettext_lazy("the dispute has changed"),
    "charge.dispute.closed": gettext_lazy("the dispute is decided"),
    "charge.dispute.funds_withdrawn": gettext_lazy("the bank has taken the money back"),
    "charge.dispute.funds_reinstated": gettext_lazy("the bank has given the money back"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened.

    badge, tone: a word on how it is, "" for none; row: what it is about, None for the payment itself
    """

    at: datetime
    text: str
    note: str = ""
    badge: str = ""
    tone: str = "neutral"
    row: Model | None = None


def event_words(kind: str) -> str:
    """Return what an event tells, in words; one without words of ours keeps Stripe's name."""
    return str(WORDS.get(kind, kind))


def story_of(attempt: PaymentAttempt) -> Sequence[Moment]:
    """Return what happened to a payment, in its order.

    queries: 4
    """
    moments = [*_asked(attempt), *_events(attempt), *_money(attempt), *_late(attempt)]
    return sorted(moments, key=lambda moment: moment.at)


def _asked(attempt: PaymentAttempt) -> Iterator[Moment]:
    by = attempt.actor_label or _("the client")
    told = _("%(amount)s asked for (%(purpose)s), by %(by)s")
    sums = {"amount": money(attempt.amount, attempt.currency), "purpose": attempt.get_purpose_display(), "by": by}
    note = _("Stripe's page takes money until %(until)s.") % {"until": when(attempt.expires_at)}
    yield Moment(attempt.asked_at, told % sums, note)


def _events(attempt: PaymentAttempt) -> Iterator[Moment]:
    newest = StripeEvent.objects.filter(attempt=attempt).order_by("-pk")[:MOST_EVENTS]
    for event in reversed(newest):  # of two that came at one moment, the one that was kept first
        state = EventState(event.state)
        told = _("Stripe tells: %(what)s") % {"what": event_words(event.type)}
        yield Moment(event.received_at, told, event.problem, str(state.label), EVENT_TONES[state], event)


def _money(attempt: PaymentAttempt) -> Iterator[Moment]:
    payment = attempt.payment
    if payment is None:
        return
    came = _("%(amount)s are in the books") % {"amount": money(payment.amount, payment.currency)}
    yield Moment(payment.created_at, came, _fee(payment), row=payment)
    asked = {each.payment_id: each for each in RefundAttempt.objects.filter(payment__origin=payment)}
    tones = {PaymentState.PENDING: "warning", PaymentState.SETTLED: "success", PaymentState.FAILED: "danger"}
    for back in payment.returns.order_by("pk"):
        told = _("%(amount)s taken back by the bank") if back.kind == PaymentKind.DISPUTE else _("%(amount)s paid back")
        state, refund = PaymentState(back.state), asked.get(back.pk)
        note = (refund.error if refund else "") or back.reason
        text = told % {"amount": money(back.amount, back.currency)}
        yield Moment(back.created_at, text, note, str(state.label), tones[state], back)


def _fee(payment: Payment) -> str:
    """Return what Stripe keeps of a payment; "" while nobody knows."""
    fees = LedgerEntry.objects.filter(
        transaction__payment=payment, transaction__kind=PostingKind.FEE, ledger_account=LedgerAccount.FEES
    )
    kept: Decimal | None = fees.aggregate(sum=Sum(F("debit") - F("credit")))["sum"]
    return _("Stripe keeps %(fee)s of it.") % {"fee": money(kept, payment.currency)} if kept else ""


def _late(attempt: PaymentAttempt) -> Iterator[Moment]:
    if attempt.late_at is not None:
        yield Moment(attempt.late_at, _("Its slot was gone when the money came"), badge=_("late"), tone="warning")
    if attempt.late_settled_at is not None:
        told = _("Settled: %(how)s") % {"how": attempt.get_late_outcome_display()}
        yield Moment(attempt.late_settled_at, told, badge=_("settled"), tone="success")

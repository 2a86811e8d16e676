"""Payments at Stripe in the demonstration's recording studio: one in each state, a refund, a dispute, one that is late.

Stripe is not asked for any of it: what it would say is said here, and gets into the books as it always does.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.gateways.facts import (
    CheckoutFacts,
    CheckoutStatus,
    DisputeFacts,
    DisputeStatus,
    Fee,
    IntentFacts,
    IntentStatus,
    RefundFacts,
    RefundStatus,
)
from billing.models import (
    AttemptState,
    EventState,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Purpose,
    StripeEvent,
    VatRate,
)
from billing.selectors.paying import due_of
from billing.services import converging, drafts, issuing, posting_numbers, refunds, session_deposits
from billing.services.credit_shares import parts_over
from billing.services.drafts import NewLine
from sessions_app.models import Client, Room
from sessions_app.selectors.availability import free_slots
from sessions_app.services import bookings, holds, sessions
from sessions_app.services.notices import Tell
from studio.clock import local_day
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.tenancy.context import current_schema
from studio.tenancy.services import payment_accounts

TWO_HOURS = timedelta(hours=2)
LASTS = timedelta(minutes=45)
SHARE, FIXED = Decimal("0.015"), Decimal("0.25")  # what Stripe keeps of a card
ENDED = (
    (AttemptState.FAILED, "Your card was declined.", 300),
    (AttemptState.EXPIRED, "", 240),
    (AttemptState.CANCELLED, "", 200),
)


def fill_online(*, now: datetime) -> str:
    """Let clients pay online, or nearly, and return what was made in words; nothing where somebody did."""
    clients = list(Client.objects.present().exclude(email="").order_by("pk")[:8])
    if PaymentAttempt.objects.exists() or not clients:
        return ""
    documents = [_document(clients[place % len(clients)], Decimal(120 + 60 * place), now) for place in range(7)]
    for document, (state, error, minutes) in zip(documents[:3], ENDED, strict=True):
        _begun(document, now - timedelta(minutes=minutes), state=state, error=error)
    _open(_begun(documents[3], now - timedelta(minutes=4)), now)
    _processing(_begun(documents[4], now - timedelta(minutes=30)), now)
    _refunded(_begun(documents[5], now - timedelta(minutes=150)), now)
    _disputed(_begun(documents[6], now - timedelta(minutes=180)), now)
    _late(clients[-1], now)
    posting_numbers.number_postings()
    return f"{PaymentAttempt.objects.count()} payments at Stripe, one of them late."


def _document(client: Client, price: Decimal, now: datetime) -> Invoice:
    line = NewLine("Mixing, revision", price, VatRate.objects.get(is_default=True))
    draft = drafts.create_draft(client=client, lines=[line], actor=None, now=now)
    return issuing.issue_invoice(invoice=draft, actor=None, now=now)


def _begun(
    invoice: Invoice, at: datetime, *, state: AttemptState = AttemptState.INTENDED, error: str = ""
) -> PaymentAttempt:
    due = due_of(invoice)
    attempt = PaymentAttempt(
        invoice=invoice,
        purpose=due.purpose if due else Purpose.BALANCE,
        amount=invoice.remaining_balance,
        currency=invoice.currency,
        email=invoice.client.email,
        asked_at=at,
        expires_at=at + LASTS,
        state=state,
        error=error,
    )
    attempt.save(force_insert=True)
    payment_accounts.route_payments([attempt.public_id])
    return attempt


def _page(attempt: PaymentAttempt, status: CheckoutStatus = CheckoutStatus.COMPLETE) -> CheckoutFacts:
    return CheckoutFacts(
        id=f"cs_demo_{attempt.public_id.hex[:16]}",
        account=attempt.provider_account,
        is_live=attempt.is_live,
        status=status,
        amount=attempt.amount,
        currency=attempt.currency,
        intent="",
        attempt=str(attempt.public_id),
        studio=current_schema(),
        url="https://checkout.stripe.com/c/pay/demonstration",
    )


def _paid(attempt: PaymentAttempt, at: datetime) -> IntentFacts:
    return IntentFacts(
        id=f"pi_demo_{attempt.public_id.hex[:16]}",
        account=attempt.provider_account,
        is_live=attempt.is_live,
        status=IntentStatus.SUCCEEDED,
        amount=attempt.amount,
        currency=attempt.currency,
        received=attempt.amount,
        captured_at=at,
        attempt=str(attempt.public_id),
        studio=current_schema(),
        error="",
        method=PaymentMethod.CARD,
        fees=(Fee(quantise(attempt.amount * SHARE + FIXED, attempt.currency), attempt.currency),),
    )


def _open(attempt: PaymentAttempt, now: datetime) -> None:
    converging.converge(attempt=attempt, checkout=_page(attempt, CheckoutStatus.OPEN), intent=None, now=now)


def _processing(attempt: PaymentAttempt, now: datetime) -> None:
    """A bank debit, of which nothing has come yet."""
    nothing: dict[str, Any] = {"received": Decimal(0), "captured_at": None, "fees": ()}
    intent = replace(_paid(attempt, now), status=IntentStatus.PROCESSING, **nothing)
    converging.converge(attempt=attempt, checkout=_page(attempt), intent=intent, now=now)


def _refunded(attempt: PaymentAttempt, now: datetime) -> None:
    """A payment of which a third goes back, which the bank has not confirmed; and what Stripe told of it."""
    intent = _paid(attempt, attempt.asked_at + timedelta(minutes=3))
    held = converging.converge(attempt=attempt, checkout=_page(attempt), intent=intent, now=now)
    invoice = Invoice.objects.get(pk=attempt.invoice_id)
    done = refunds.credit_part_and_refund(
        payment=Payment.objects.get(attempt=held),
        invoice=invoice,
        parts=parts_over(invoice=invoice, amount=quantise(invoice.payable / 3, invoice.currency)),
        reason="One revision less.",
        actor=None,
        now=now,
    )
    back = done.movements[0]
    key = str(back.refund_attempt.public_id)
    facts = RefundFacts(f"re_demo_{held.pk}", RefundStatus.PENDING, back.amount, back.currency, key, now, "")
    converging.converge(attempt=held, checkout=None, intent=replace(intent, refunds=(facts,)), now=now)
    _told(held, "payment_intent.succeeded", intent.id, attempt.amount, attempt.asked_at + timedelta(minutes=3))
    _told(held, "refund.updated", facts.id, back.amount, now)
    _told(
        held,
        "charge.refunded",
        f"ch_demo_{held.pk}",
        Decimal(1),
        now,
        problem=f"It tells of another amount than that of the payment begun here: 1.00, not {held.amount}.",
    )


def _disputed(attempt: PaymentAttempt, now: datetime) -> None:
    intent = _paid(attempt, attempt.asked_at + timedelta(minutes=2))
    what, why = (attempt.amount, attempt.currency), "product_not_received"
    dispute = DisputeFacts(f"dp_demo_{attempt.pk}", DisputeStatus.OPEN, *what, why, now)
    converging.converge(attempt=attempt, checkout=_page(attempt), intent=replace(intent, disputes=(dispute,)), now=now)
    _told(attempt, "charge.dispute.created", dispute.id, attempt.amount, now)


def _late(client: Client, now: datetime) -> None:
    """A deposit that was paid after the hold ran out, while somebody else took the slot."""
    day, zone = local_day(now + timedelta(days=9), current_profile().zone), current_profile().zone
    rooms: Sequence[Room] = list(Room.objects.bookable().order_by("pk"))
    found = next((slot for room in rooms for slot in free_slots(room=room, day=day, length=TWO_HOURS, now=now)), None)
    if found is None or found.room is None or local_day(found.starts_at, zone) != day:
        return
    before = now - timedelta(hours=3)
    place: dict[str, Any] = {"room": found.room, "starts_at": found.starts_at, "ends_at": found.ends_at}
    hold = holds.place_hold(
        title="String overdubs",
        client=client,
        expires_at=now - timedelta(hours=1),
        tell=Tell.NOBODY,
        actor=None,
        now=before,
        **place,
    )
    held = sessions.change_session(session=hold, deposit_amount=Decimal(90), actor=None, now=before)
    invoice = session_deposits.ask_session_deposit(session=held, actor=None, now=now)
    bookings.book_session(title="Jazz trio", tell=Tell.NOBODY, actor=None, now=now, **place)
    attempt = _begun(invoice, now - timedelta(minutes=100))
    converging.converge(attempt=attempt, checkout=_page(attempt), intent=_paid(attempt, now), now=now)


def _told(
    attempt: PaymentAttempt, kind: str, about: str, amount: Decimal, at: datetime, *, problem: str = ""
) -> StripeEvent:
    """Write down an event; one with a problem was put aside."""
    told = {"id": about, "amount": int(amount * 100), "currency": attempt.currency.lower()}
    number = f"evt_demo_{attempt.pk}_{kind.replace('.', '_')}"
    return StripeEvent.objects.create(
        event_id=number,
        type=kind,
        object_id=about,
        payload={"id": number, "type": kind, "data": {"object": told}},
        received_at=at,
        state=EventState.QUARANTINED if problem else EventState.APPLIED,
        problem=problem,
        tries=1,
        settled_at=None if problem else at,
        attempt=attempt,
    )

"""Making the books say of a payment at Stripe what Stripe says now.

The one way in which money at Stripe gets into the books: for what an event hinted at, for a client who comes back, for
what the reconciling job reads. It depends on what is, never on what came first: done twice, or late, it is the same.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.gateways import stripe_gateway
from billing.gateways.facts import (
    CheckoutFacts,
    CheckoutStatus,
    DisputeFacts,
    DisputeStatus,
    IntentFacts,
    IntentStatus,
    RefundFacts,
    RefundStatus,
)
from billing.models import (
    AttemptState,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentKind,
    PaymentState,
    Purpose,
    RefundAttempt,
    RefundState,
)
from billing.selectors import paying
from billing.services import late_money, payments, provider_refunds, receipt_mails, returned_money, settling
from billing.services.payments import Receipt
from sessions_app.services import checkouts
from studio.clock import local_day
from studio.db import TryAgain, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile

STRIPE = "stripe"
ROUNDS = 3
RETURNED = {
    RefundStatus.PENDING: PaymentState.PENDING,
    RefundStatus.SUCCEEDED: PaymentState.SETTLED,
    RefundStatus.FAILED: PaymentState.FAILED,
}
DISPUTED = {
    DisputeStatus.OPEN: PaymentState.PENDING,
    DisputeStatus.LOST: PaymentState.SETTLED,
    DisputeStatus.WON: PaymentState.FAILED,
}
SAID = ("state", "error", "decline_code", "checkout_session_id", "payment_intent_id", "url", "payment", "late_at")
SAID_OF_REFUND = {PaymentState.SETTLED: RefundState.SUCCEEDED, PaymentState.FAILED: RefundState.FAILED}


class NotOurs(DomainError):
    """What Stripe tells is not the payment that was begun here: nothing is done, and somebody has to look."""


class Outdated(TryAgain):
    """Somebody else had the books say what Stripe says since this was asked: what was read may be older than that."""


def look_again(
    *,
    attempt: PaymentAttempt,
    now: datetime,
    checkout_id: str = "",
    intent_id: str = "",
    also: Callable[[], object] = lambda: None,
) -> PaymentAttempt:
    """Read a payment at Stripe, have the books say what it says, and return the payment. In no transaction.

    checkout_id, intent_id: where it is said to be found, while we do not know
    also: done in the transaction in which the books are made to say it
    raises: NotOurs, billing.gateways.facts.GatewayError, studio.db.TryAgain
    """
    for _round in range(ROUNDS):
        attempt = PaymentAttempt.objects.get(pk=attempt.pk)
        checkout, intent = _read(attempt, checkout_id, intent_id)
        try:
            with taking_turns():
                if checkout is not None or intent is not None:
                    attempt = converge(attempt=attempt, checkout=checkout, intent=intent, now=now)
                also()
        except Outdated:
            continue
        return attempt
    raise TryAgain(_("Somebody else is changing this right now. Please try again."))


def _read(attempt: PaymentAttempt, checkout_id: str, intent_id: str) -> tuple[CheckoutFacts | None, IntentFacts | None]:
    """Return a payment's page, while it is of interest, and its intent, as they are at Stripe."""
    account, checkout = attempt.provider_account, None
    page = attempt.checkout_session_id or checkout_id
    if page and attempt.is_living:
        checkout = stripe_gateway.read_checkout(checkout=page, account=account)
    number = attempt.payment_intent_id or intent_id or (checkout.intent if checkout else "")
    intent = stripe_gateway.read_intent(intent=number, account=account) if number else None
    return checkout, intent


def look_at_former(*, origin: Payment, now: datetime) -> None:
    """Read a payment that came in before this system, and write down what became of what was paid back of it here.

    In no transaction.
    raises: NotOurs, billing.gateways.facts.GatewayError, studio.db.TryAgain
    """
    account = provider_refunds.account_of(origin)
    intent = stripe_gateway.read_intent(intent=origin.provider_id, account=account)
    with taking_turns():
        settling.lock_client_of(origin)
        held = Payment.objects.locked().select_related("client").get(pk=origin.pk)
        for facts in intent.refunds:
            if (ours := _asked_as(held, facts.asked_as)) is not None:
                _write_own_refund(held, ours, facts, now)


@taking_turns()
def converge(
    *, attempt: PaymentAttempt, checkout: CheckoutFacts | None, intent: IntentFacts | None, now: datetime
) -> PaymentAttempt:
    """Have the books say of a payment what Stripe's objects, as they were just read, say; return the payment.

    attempt: as it was stored before they were read
    raises: NotOurs; Outdated; returned_money.NotThere where something else has to be known first; studio.db.TryAgain
    """
    if attempt.payment_id is None and intent is not None:
        late_money.lock_slots(attempt.invoice, now=now)
    settling.lock_client_of(attempt.invoice)
    invoice = Invoice.objects.locked().get(pk=attempt.invoice_id)
    held = PaymentAttempt.objects.locked().select_related("payment").get(pk=attempt.pk)
    held.invoice = invoice
    if held.updated_at != attempt.updated_at:
        raise Outdated(_("Somebody else is changing this right now. Please try again."))
    require_ours(held, checkout, intent)
    held.checkout_session_id = held.checkout_session_id or (checkout.id if checkout else "")
    held.url = held.url or (checkout.url if checkout else "")
    held.payment_intent_id = held.payment_intent_id or (intent.id if intent else "")
    if intent is not None and intent.received > 0:
        _write_money(held, intent, now)
    before, held.state = AttemptState(held.state), _state_of(held, checkout, intent)
    held.error, held.decline_code = (intent.error, intent.decline) if intent else (held.error, held.decline_code)
    held.save(update_fields=SAID)
    if held.state == AttemptState.PROCESSING and before != held.state:
        late_money.outlive(invoice, now + late_money.BANKS_TAKE, now=now)
    elif held.state == AttemptState.FAILED and before == AttemptState.PROCESSING:
        late_money.hold_no_longer(invoice, now + late_money.TO_TRY_AGAIN, now=now)
    _tell_sessions(held, now)
    return held


def require_ours(attempt: PaymentAttempt, checkout: CheckoutFacts | None, intent: IntentFacts | None) -> None:
    """Pass when what Stripe tells is, in everything, the payment that was begun here.

    raises: NotOurs
    """
    for facts, known in ((checkout, attempt.checkout_session_id), (intent, attempt.payment_intent_id)):
        if facts is None:
            continue
        for told, ours, what in (
            (facts.amount, attempt.amount, _("amount")),
            (facts.currency, attempt.currency, _("currency")),
            (facts.account, attempt.provider_account, _("account")),
            (facts.is_live, attempt.is_live, _("mode")),
            (facts.studio, attempt.schema_name, _("studio")),
            (facts.attempt, str(attempt.public_id), _("payment")),
            (facts.id, known or facts.id, _("number")),
        ):
            if told != ours:
                said = _("Another %(what)s than that of the payment begun here: %(told)s, not %(ours)s.")
                raise NotOurs(said % {"what": what, "told": told, "ours": ours})
    if intent is not None and not intent.received <= intent.amount:
        raise NotOurs(_("More came than was asked for."))


def _write_money(attempt: PaymentAttempt, intent: IntentFacts, now: datetime) -> None:
    """Write down what came in, what went back of it and what Stripe keeps."""
    if attempt.payment is None:
        today = local_day(now, current_profile().zone)
        came_on = local_day(intent.captured_at, current_profile().zone) if intent.captured_at else today
        receipt = Receipt(
            amount=intent.received,
            currency=intent.currency,
            received_on=min(came_on, today),
            method=intent.method,
            provider=STRIPE,
            provider_id=intent.id,
        )
        attempt.payment = payments.receive_payment(
            client=attempt.invoice.client, receipt=receipt, against=[attempt.invoice], actor=None, now=now
        )
        receipt_mails.mail_receipt(payment=attempt.payment, actor=None, now=now)
        late_money.settle_slots(attempt, now=now)
        if attempt.purpose == Purpose.DEPOSIT:
            Invoice.objects.filter(pk=attempt.invoice_id).update(stripe_deposit_payment_intent_id=intent.id)
    origin = Payment.objects.locked().select_related("client").get(pk=attempt.payment.pk)
    for refund in intent.refunds:
        _write_refund(origin, attempt.invoice, refund, now)
    for dispute in intent.disputes:
        _write_dispute(origin, attempt.invoice, dispute, now)
    parts: list[IntentFacts | RefundFacts | DisputeFacts] = [intent, *intent.refunds, *intent.disputes]
    fees = [fee.amount for part in parts for fee in part.fees if fee.currency == origin.currency]
    returned_money.book_fees(origin, sum(fees, payments.NOTHING), now=now)


def _write_refund(origin: Payment, invoice: Invoice, facts: RefundFacts, now: datetime) -> None:
    """Write down one refund: one of ours, or one that somebody made in Stripe's own pages."""
    if (ours := _asked_as(origin, facts.asked_as)) is not None:
        _write_own_refund(origin, ours, facts, now)
        return
    state, known = RETURNED[facts.status], _known(origin, facts.id)
    if known is None:
        if state == PaymentState.FAILED:
            return  # it came to nothing before anybody here knew of it
        how = _("Paid back after all.") if facts.asked_as else _("Paid back in Stripe's own pages.")
        known = _returned(origin, PaymentKind.REFUND, facts, how, now)
    _require_same(known, origin, facts)
    is_news = returned_money.settle_returned(back=known, state=state, why=facts.error, now=now)
    if is_news and known.state == PaymentState.FAILED:
        returned_money.put_back(origin=origin, invoice=invoice, amount=known.amount, now=now)


def _write_own_refund(origin: Payment, ours: RefundAttempt, facts: RefundFacts, now: datetime) -> None:
    """Write down what became of a refund that was asked for here."""
    ours = provider_refunds.note_sent(key=ours.public_id, refund_id=facts.id)
    known = Payment.objects.locked().select_related("client").get(pk=ours.payment_id)
    _require_same(known, origin, facts)
    returned_money.settle_returned(back=known, state=RETURNED[facts.status], why=facts.error, now=now)
    said = SAID_OF_REFUND.get(PaymentState(known.state))
    if said and ours.state != said:
        ours.state, ours.error = said, facts.error
        ours.save(update_fields=["state", "error"])


def _write_dispute(origin: Payment, invoice: Invoice, facts: DisputeFacts, now: datetime) -> None:
    """Write down money that a bank took: put aside while it is argued over, back when won, gone when lost."""
    if facts.status == DisputeStatus.INQUIRY:
        return
    state, known = DISPUTED[facts.status], _known(origin, facts.id)
    if known is None:
        if state == PaymentState.FAILED:
            return  # taken and given back before anybody here knew of it
        reason = _("Taken back by the client's bank: %(why)s.") % {"why": facts.reason or _("no reason given")}
        known = _returned(origin, PaymentKind.DISPUTE, facts, reason, now)
    _require_same(known, origin, facts)
    is_news = returned_money.settle_returned(back=known, state=state, now=now)
    if is_news and known.state == PaymentState.FAILED:
        returned_money.put_back(origin=origin, invoice=invoice, amount=known.amount, now=now)


def _returned(
    origin: Payment, kind: PaymentKind, facts: RefundFacts | DisputeFacts, reason: str, now: datetime
) -> Payment:
    zone = current_profile().zone
    return returned_money.write_returned(
        origin=origin,
        kind=kind,
        amount=facts.amount,
        provider_id=facts.id,
        reason=reason[:500],
        on=min(local_day(facts.at, zone), local_day(now, zone)),
        now=now,
    )


def _known(origin: Payment, number: str) -> Payment | None:
    rows = Payment.objects.locked().select_related("client")
    return rows.filter(provider=origin.provider, provider_id=number).first()


def _asked_as(origin: Payment, key: str) -> RefundAttempt | None:
    """Return the refund of ours that one at Stripe is; one that was given up here is no more, and what came is new."""
    given_up = Q(state=RefundState.FAILED, refund_id="")
    rows = RefundAttempt.objects.exclude(given_up).filter(payment__origin=origin)
    try:
        return rows.filter(public_id=UUID(key)).first() if key else None
    except ValueError:
        return None


def _require_same(known: Payment, origin: Payment, facts: RefundFacts | DisputeFacts) -> None:
    ours, told = (known.origin_id, known.amount, known.currency), (origin.pk, facts.amount, facts.currency)
    if ours != told:
        raise NotOurs(_("%(number)s is another movement than the one written down.") % {"number": facts.id})


def _state_of(attempt: PaymentAttempt, checkout: CheckoutFacts | None, intent: IntentFacts | None) -> AttemptState:
    """Return how far a payment is; money that came decides, then what is under way, then the page."""
    if attempt.payment is not None:
        return AttemptState.SUCCEEDED
    if intent is not None and intent.status == IntentStatus.PROCESSING:
        return AttemptState.PROCESSING
    if attempt.state == AttemptState.CANCELLED or (intent is not None and intent.status == IntentStatus.CANCELLED):
        return AttemptState.CANCELLED if attempt.state == AttemptState.CANCELLED else AttemptState.EXPIRED
    return _state_of_page(attempt, checkout, is_refused=intent is not None and intent.status == IntentStatus.OPEN)


def _state_of_page(attempt: PaymentAttempt, checkout: CheckoutFacts | None, *, is_refused: bool) -> AttemptState:
    """Return how far a payment is of which no money came.

    is_refused: there was a try to pay, which came to nothing; who has still to pay a voucher, or by transfer, has time
    """
    if checkout is None:
        return AttemptState(attempt.state)
    if checkout.status == CheckoutStatus.COMPLETE:
        return AttemptState.FAILED if is_refused else AttemptState.PROCESSING
    return AttemptState.EXPIRED if checkout.status == CheckoutStatus.EXPIRED else AttemptState.OPEN


def _tell_sessions(attempt: PaymentAttempt, now: datetime) -> None:
    """Have the bookings that are paid for say by which payment."""
    if attempt.is_living or attempt.state == AttemptState.SUCCEEDED:
        checkouts.note_checkout(
            sessions=[each.pk for each in paying.sessions_of(attempt.invoice)],
            checkout=attempt.checkout_session_id,
            intent=attempt.payment_intent_id,
            now=now,
        )

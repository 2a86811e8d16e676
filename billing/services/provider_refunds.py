"""Asking Stripe to pay money back: written down first, asked for after, and never twice."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from billing.gateways import stripe_gateway
from billing.gateways.facts import RefundOrder, Refused
from billing.models import Payment, PaymentState, RefundAttempt, RefundState
from billing.services import returned_money, settling
from studio.db import taking_turns
from studio.tenancy.services import payment_accounts

KEY_LASTS = timedelta(hours=20)  # for a day at least, says Stripe


def send_refund(*, refund: RefundAttempt, now: datetime) -> RefundAttempt:
    """Ask Stripe to pay back what was written down, and return what is known then; asked again it is the same refund.

    The answer is what Stripe's objects say next: see `converging`.
    raises: billing.gateways.facts.GatewayError when nobody knows what became of it
    """
    refund = RefundAttempt.objects.select_related("payment__origin").get(pk=refund.pk)
    back, origin = refund.payment, refund.payment.origin
    if refund.state != RefundState.INTENDED or origin is None:
        return refund
    if now - refund.asked_at > KEY_LASTS:
        return refund  # the key is worn out: what became of it is read by the reconciling job, and nothing asked anew
    try:
        order = RefundOrder(refund.public_id, account_of(origin), origin.provider_id, back.amount, back.currency)
        facts = stripe_gateway.refund(order)
    except Refused as refusal:
        return refuse_refund(refund=refund, told=str(refusal), now=now)
    return note_sent(key=refund.public_id, refund_id=facts.id)


@taking_turns()
def note_sent(*, key: UUID, refund_id: str) -> RefundAttempt:
    """Write down what Stripe calls a refund of ours, once, and return it. What became of it is another matter."""
    refund = RefundAttempt.objects.select_related("payment").get(public_id=key)
    settling.lock_client_of(refund.payment)
    refund = RefundAttempt.objects.select_for_update(of=("self",), no_key=True).get(pk=refund.pk)
    back = Payment.objects.locked().get(pk=refund.payment_id)
    if refund.state == RefundState.INTENDED:  # what was given up meanwhile is written down anew by `converging`
        refund.refund_id, back.provider_id, refund.state = refund_id, refund_id, RefundState.PENDING
        refund.save(update_fields=["refund_id", "state"])
        back.save(update_fields=["provider_id"])
    return refund


@taking_turns()
def refuse_refund(*, refund: RefundAttempt, told: str, now: datetime) -> RefundAttempt:
    """Write down that Stripe does not pay a sum back, so that it is the client's credit again; return the refund."""
    settling.lock_client_of(refund.payment)
    held = RefundAttempt.objects.select_for_update(of=("self",), no_key=True).get(pk=refund.pk)
    if held.state != RefundState.INTENDED:
        return held
    held.state, held.error = RefundState.FAILED, told[:500]
    held.save(update_fields=["state", "error"])
    back = Payment.objects.locked().select_related("client", "origin").get(pk=held.payment_id)
    returned_money.settle_returned(back=back, state=PaymentState.FAILED, why=held.error, now=now)
    return held


def account_of(origin: Payment) -> str:
    """Return the account at Stripe that a payment came in at: that of its attempt, else the studio's.

    queries: 1 or 2
    raises: billing.gateways.facts.Refused where the studio has none
    """
    attempt = getattr(origin, "attempt", None)
    if attempt is not None:
        return str(attempt.provider_account)
    own = payment_accounts.own_account()
    if own is None:
        raise Refused(_("Paying online is not set up."))
    return own.name

"""What clients and clerks try with the same payment at Stripe."""

from decimal import Decimal

from django.utils import timezone

from billing.gateways.facts import Busy
from billing.models import PaymentAttempt, RefundAttempt
from billing.services import paying, payments, provider_refunds, refunds
from tests.billing.stripe_journeys import begun
from tests.races.billing_attempts import of_round

MOST_OF_IT = Decimal(80)  # of 120: not twice
REFUSALS = (payments.TooMuch, paying.NothingDue, Busy)


def click(number, racer):
    """Go to Stripe's page for the round's document, and say which page that is."""
    return begun(of_round(number)).url


def give_back(number, racer):
    """Take most of the round's money off its document, pay it back, and have Stripe do so."""
    invoice = of_round(number)
    payment = PaymentAttempt.objects.get(invoice=invoice, payment__isnull=False).payment
    back = refunds.take_off_and_refund(
        payment=payment,
        invoice=invoice,
        amount=MOST_OF_IT,
        reason="Late",
        method=payment.method,
        actor=None,
        now=timezone.now(),
    )
    provider_refunds.send_refund(refund=back.refund_attempt, now=timezone.now())


def send_again(number, racer):
    """Have Stripe pay back what was written down in a round, as many workers with the same job would."""
    refund = RefundAttempt.objects.filter(payment__origin__attempt__invoice=of_round(number)).latest("pk")
    provider_refunds.send_refund(refund=refund, now=timezone.now())


ATTEMPTS = {attempt.__name__: attempt for attempt in (click, give_back, send_again)}

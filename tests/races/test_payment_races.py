"""Clicks and clerks at once, with Stripe: one page for a payment, one refund of the same money."""

from collections import Counter
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.models import Payment, PaymentAttempt, RefundAttempt
from billing.services import payments
from tests.billing.stripe_journeys import begun
from tests.billing.stripe_stories import look
from tests.billing_factories import issued
from tests.factories import ClientFactory
from tests.races.billing_attempts import NOW, of_round
from tests.races.racing import AGAIN, Race, raced
from tests.stripe_double import control

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]
TABS = 6
ROUNDS = pytest.mark.parametrize("rounds", [1, pytest.param(50, marks=pytest.mark.long)])


def at_once(studio, double, attempt, rounds):
    """Return for each round how often each outcome was had."""
    given = (("STRIPE_SECRET_KEY", control.KEY), ("STRIPE_API_BASE", double.url))
    race = Race(studio.schema_name, attempt, rounds, racers=TABS, settings=given)
    return [Counter(outcome for outcome, _took in ended) for ended in raced(race, range(rounds))]


def documents(rounds, **given):
    """Return a document over 120 for each round."""
    for number in range(rounds):
        issued(client=ClientFactory(name=f"Payer {number}", now=NOW), now=timezone.now(), **given)
    return [of_round(number) for number in range(rounds)]


def paid(double):
    """Have each client pay on the one page that there is, and return the sums."""
    living = PaymentAttempt.objects.living().order_by("invoice")
    for attempt in living:
        double.pay(attempt.checkout_session_id)
        with pytest.raises(control.Refusal):
            double.pay(attempt.checkout_session_id)  # in the other tab
    amounts = [attempt.amount for attempt in living]
    assert look() == []
    return amounts


@ROUNDS
def test_many_clicks_lead_to_one_page_and_a_deposit_is_paid_once_and_then_the_rest(online, stripe_double, rounds):
    documents(rounds, deposit_amount=Decimal(30))
    for amount in (Decimal(30), Decimal(90)):
        outcomes = at_once(online, stripe_double, "click", rounds)
        pages = [set(outcome) - {AGAIN} for outcome in outcomes]
        assert [len(page) for page in pages] == [1] * rounds, outcomes
        assert all(next(iter(page)).startswith(stripe_double.url) for page in pages)
        assert paid(stripe_double) == [amount] * rounds

    assert {outcome for each in at_once(online, stripe_double, "click", rounds) for outcome in each} == {"taken"}
    assert len(stripe_double.objects("checkout.session")) == 2 * rounds
    assert set(stripe_double.charges_per("attempt").values()) == {1}


@ROUNDS
def test_clerks_pay_back_no_more_than_came_and_workers_ask_once(online, stripe_double, rounds):
    for invoice in documents(rounds):
        begun(invoice)
    paid(stripe_double)

    outcomes = at_once(online, stripe_double, "give_back", rounds)
    assert [outcome["won"] for outcome in outcomes] == [1] * rounds, outcomes
    assert all(outcome.keys() <= {"won", "taken", AGAIN} for outcome in outcomes), outcomes

    for payment in Payment.objects.filter(direction="in"):  # what is left of each
        act = {"reason": "Late", "actor": None, "now": timezone.now()}
        payments.take_off_payment(payment=payment, invoice=payment.attempt.invoice, amount=Decimal(40), **act)
        payments.refund_payment(payment=payment, amount=Decimal(40), method=payment.method, **act)
    outcomes = at_once(online, stripe_double, "send_again", rounds)
    assert all(outcome["won"] and outcome.keys() <= {"won", "taken"} for outcome in outcomes), outcomes
    refunds = Counter(each["amount"] for each in stripe_double.objects("refund"))
    assert (refunds, RefundAttempt.objects.count()) == ({8000: rounds, 4000: rounds}, 2 * rounds)
    assert look() == []

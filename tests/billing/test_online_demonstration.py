"""The demonstration's payments: what the books say of each is what its stand-in for Stripe says."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from billing.gateways import stand_in
from billing.models import AttemptState, EventState, Payment, PaymentAttempt, RefundState, StripeEvent
from billing.services import converging, online_demonstration, reconciling, refunds, stripe_events
from billing.services.online_demonstration import STORIES
from studio.tenancy.context import on_platform
from studio.tenancy.models import StrayEvent
from tests.billing.stripe_journeys import set_up, wrong_in_the_books
from tests.billing_factories import settle_seller
from tests.factories import ClientFactory, RoomFactory
from tests.jobs import run_jobs
from tests.stripe_double import control

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=3)


@pytest.fixture
def there(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    settings.STRIPE_WEBHOOK_SECRETS = [control.SECRET]
    settle_seller()
    RoomFactory()
    for number in range(3):
        ClientFactory(email=f"client{number}@example.org")
    return stand_in.at(stripe_double.url, secret=control.SECRET)


def play(there):
    return online_demonstration.pay_online(stand_in=there, clock=timezone.now)


def states():
    return Counter(PaymentAttempt.objects.values_list("state", flat=True))


def test_every_payment_of_the_demonstration_is_at_stripe_as_the_books_have_it(there):
    assert play(there) == "8 payments at Stripe, one of them late."

    once = (AttemptState.FAILED, AttemptState.EXPIRED, AttemptState.CANCELLED, AttemptState.OPEN)
    assert states() == {**dict.fromkeys(once, 1), AttemptState.PROCESSING: 1, AttemptState.SUCCEEDED: 3}
    assert PaymentAttempt.objects.late().count() == 1
    assert set(Payment.objects.exclude(origin=None).values_list("kind", "state")) == {
        ("refund", "pending"),
        ("dispute", "pending"),
    }
    for attempt in PaymentAttempt.objects.order_by("pk"):
        before = attempt.state
        assert converging.look_again(attempt=attempt, now=timezone.now()).state == before
    found = reconciling.reconcile_since(since=timezone.now() - DAYS, now=timezone.now())
    assert (found.problems, found.differences) == ([], [])
    assert wrong_in_the_books() == []


def test_what_was_told_is_in_the_inbox_and_what_contradicts_is_put_aside(there):
    play(there)

    [aside] = StripeEvent.objects.exclude(state=EventState.APPLIED)
    assert (aside.type, aside.state) == ("charge.refunded", EventState.QUARANTINED)
    assert aside.problem.startswith("It tells of another amount than that of the payment begun here: 1.00, not ")
    stripe_events.replay_event(event=aside, actor=None, now=timezone.now())
    run_jobs()
    aside.refresh_from_db()
    assert aside.state == EventState.QUARANTINED
    with on_platform():
        assert StrayEvent.objects.exists()


def test_a_payment_of_the_demonstration_is_paid_back(there, stripe_double):
    play(there)
    attempt = PaymentAttempt.objects.late().get()
    done = refunds.credit_and_refund(
        invoice=attempt.invoice, reason="No other time suits.", actor=None, now=timezone.now()
    )
    run_jobs()

    [back] = done.movements
    back.refund_attempt.refresh_from_db()
    assert back.refund_attempt.state == RefundState.SUCCEEDED
    assert back.refund_attempt.refund_id in {each["id"] for each in stripe_double.objects("refund")}


def test_what_takes_its_time_comes_to_its_end_by_itself(there, stripe_double):
    play(there)
    stripe_double.settings(auto=True)
    stripe_double.advance(2 * 24 * 3600 + 60)
    reconciling.reconcile_since(since=timezone.now() - DAYS, now=timezone.now() + timedelta(days=2))

    assert not PaymentAttempt.objects.living().exists()
    assert states()[AttemptState.SUCCEEDED] == 4
    assert Payment.objects.get(kind="refund").state == "settled"


@pytest.mark.parametrize("told", [3, len(STORIES) - 1])
def test_a_run_that_was_interrupted_is_gone_on_with_by_the_next(there, monkeypatch, told):
    def interrupted(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(online_demonstration, "STORIES", (*STORIES[:told], interrupted, *STORIES[told + 1 :]))
        with pytest.raises(KeyboardInterrupt):
            play(there)
    assert PaymentAttempt.objects.count() == told

    assert play(there)
    assert PaymentAttempt.objects.count() == len(STORIES)
    assert play(there) == ""
    found = reconciling.reconcile_since(since=timezone.now() - DAYS, now=timezone.now())
    assert (found.problems, found.differences) == ([], [])


def test_nothing_stands_in_for_stripe_on_another_machine():
    with pytest.raises(ValueError, match="not on this machine"):
        stand_in.at("https://api.stripe.com", secret=control.SECRET)

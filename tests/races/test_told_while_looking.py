"""What Stripe tells while it is being read is not dealt with by that reading: it may be about something newer."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone

from billing.models import EventState, Payment, StripeEvent
from billing.services import stripe_events
from studio.tenancy.context import inside
from tests.billing.stripe_journeys import begun, post, wrong_in_the_books
from tests.jobs import run_jobs, waiting_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]


def applied(studio, event_id):
    """Deal with an event in a thread, as a worker does."""
    try:
        with inside(studio):
            event = StripeEvent.objects.get(event_id=event_id)
            return stripe_events.apply_event(event=event, now=timezone.now()).state
    finally:
        connections.close_all()


def test_an_event_kept_after_the_reading_began_is_left_to_its_own_job(online, stripe_double):
    attempt = begun()
    stripe_double.pay(attempt.checkout_session_id)
    (first,) = stripe_double.letters(*stripe_double.pending("payment_intent.succeeded"))
    stripe_double.drop()
    post(first)
    stripe_double.fault("hold_after", method="GET", path="/v1/payment_intents/.*")
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(applied, online, first.id)
        assert stripe_double.wait_held() == 1
        stripe_double.refund(stripe_double.objects("payment_intent")[0]["id"], 2_000)
        (second,) = stripe_double.letters(*stripe_double.pending("charge.refunded"))
        post(second)
        stripe_double.let_go()
        assert reading.result(timeout=30) == EventState.APPLIED

    assert StripeEvent.objects.values_list("state", "attempt").get(event_id=second.id) == ("received", attempt.pk)
    waiting = [arguments["event_id"] for _id, _name, arguments in waiting_jobs(stripe_events.APPLY)]
    assert waiting == [first.id, second.id]
    assert not Payment.objects.filter(direction="out").exists()
    run_jobs(stripe_events.APPLY)
    assert Payment.objects.get(direction="out").amount == Decimal(20)
    assert (StripeEvent.objects.get(event_id=second.id).state, wrong_in_the_books()) == (EventState.APPLIED, [])

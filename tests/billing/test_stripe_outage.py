"""Stripe cannot be reached, or asks for patience: the rest goes on, and what waited is done once it is there again."""

import socket
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from billing import tasks
from billing.gateways.facts import Unreachable
from billing.models import PaymentAttempt, StripeEvent
from billing.selectors import pay_links
from studio.tenancy.context import as_owner
from tests.billing.stripe_journeys import begun, post, set_up
from tests.billing.stripe_stories import look
from tests.billing_factories import issued
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db
APPLY = "billing.apply_event"
INTENTS = "/v1/payment_intents/[^/]+"
MOST_FAILURES, MOST_SECONDS = 10, 3.5  # until nobody is asked any more; of a try to connect
LATER = "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'"
CALM_DOWN = "UPDATE provider_breakers SET opened_at = opened_at - interval '31 seconds'"


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    return stripe_double


def sql(statement, *given):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(statement, given or None)
        return cursor.fetchall() if cursor.description else None


@contextmanager
def black_hole():
    """Give an address at which nobody takes, or refuses, a connection: what is sent there is dropped."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as hole:
        waiting = [socket.socket() for _each in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(hole.getsockname())
        yield f"http://127.0.0.1:{hole.getsockname()[1]}"
        for each in waiting:
            each.close()


def test_who_is_told_to_come_later_comes_then(double):
    attempt = begun()
    double.pay(attempt.checkout_session_id)
    post(double.letters(*double.pending("payment_intent.succeeded"))[0])
    double.fault("busy", path=INTENTS, method="GET", seconds=40)
    asked_at, event = timezone.now(), StripeEvent.objects.get()
    sql("DELETE FROM procrastinate_jobs")
    tasks.apply_event(event_id=event.event_id)

    ((later,),) = sql(LATER, APPLY)
    assert later - asked_at >= timedelta(seconds=40)
    run_jobs(APPLY)
    event.refresh_from_db()
    assert event.state == "applied"


@pytest.mark.long
def test_where_nothing_answers_nobody_waits_long_and_all_is_made_up_for(double, settings, web):
    invoice, attempt = issued(), begun()
    double.pay(attempt.checkout_session_id)
    page = reverse("billing:pay-page", kwargs={"token": pay_links.token_of(invoice, today=timezone.localdate())})
    with black_hole() as settings.STRIPE_API_BASE:
        waited = []
        while not waited or waited[-1] > 1:
            since = time.monotonic()
            with pytest.raises(Unreachable):
                begun(invoice)
            waited.append(time.monotonic() - since)
        assert len(waited) <= MOST_FAILURES + 1
        assert max(waited) <= MOST_SECONDS
        since = time.monotonic()
        assert [post(letter).status_code for letter in double.letters()] == [200] * len(double.pending())
        assert web.get(page).status_code == 200
        sql("DELETE FROM procrastinate_jobs")  # a worker has taken what it does out of the queue
        for event in StripeEvent.objects.all():
            tasks.apply_event(event_id=event.event_id)
        assert time.monotonic() - since < 1
    laters = [later for (later,) in sql(LATER, APPLY)]
    assert len(laters) == StripeEvent.objects.count() > 0
    assert min(laters) > timezone.now()

    settings.STRIPE_API_BASE = double.url
    sql(CALM_DOWN)
    double.drop()
    run_jobs(APPLY)
    assert (set(StripeEvent.objects.values_list("state", flat=True)), look()) == ({"applied"}, [])
    assert PaymentAttempt.objects.get(pk=attempt.pk).state == "succeeded"
    begun(invoice)
    assert len(double.objects("checkout.session")) == 2

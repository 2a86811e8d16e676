"""Stripe is slow: few wait for it, all others hear so at once; pages and jobs do not take each other's places."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import tasks
from billing.gateways.facts import Busy
from billing.models import Invoice, PaymentAttempt
from billing.selectors import pay_links, pay_pages
from billing.services import paying
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain
from tests.billing.stripe_journeys import begun
from tests.billing.stripe_stories import look
from tests.billing_factories import issued
from tests.factories import ClientFactory
from tests.jobs import run_jobs, waiting_jobs
from tests.races.payment_deaths import POINTS, killed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]
CLICKS, PLACES = 8, 2
PAGES = "/v1/checkout/sessions"
LATER = "UPDATE provider_places SET taken_until = taken_until - interval '16 seconds'"


def documents(count):
    """Return so many documents to pay, of as many clients."""
    now = timezone.now()
    return [issued(client=ClientFactory(name=f"Payer {number}", now=now), now=now) for number in range(count)]


class Payers:
    """Clients who click at once, each in a thread."""

    def __init__(self, studio, clicks=CLICKS):
        with as_owner():
            self.host = Domain.objects.get(studio=studio, is_primary=True).domain
        self.pool = ThreadPoolExecutor(clicks)

    def click(self, invoices):
        """Have the pay button of each document clicked, and return what will be answered."""
        today, now = timezone.localdate(), timezone.now()
        clicks = []
        for invoice in invoices:
            page = reverse("billing:pay-page", kwargs={"token": pay_links.token_of(invoice, today=today)})
            clicks.append((page, pay_pages.page_of(invoice, now=now).offers[0].key))
        return [self.pool.submit(self.ask, *click) for click in clicks]

    def ask(self, page, offer):
        try:
            return Client(headers={"host": self.host}).post(page, {"offer": offer})
        finally:
            connections.close_all()


@pytest.fixture
def payers(online):
    found = Payers(online)
    yield found
    found.pool.shutdown()


@contextmanager
def held(double, *, path=PAGES, method="POST"):
    """Have Stripe hold every call of a kind until the end of the block."""
    double.fault("hold_before", path=path, method=method, times=100)
    try:
        yield
    finally:
        double.let_go()


def answered(clicks, count):
    """Return the first answers, as many as asked for, whoever has them."""
    done = as_completed(clicks, timeout=30)
    return [next(done).result() for _answer in range(count)]


def test_of_eight_who_click_at_once_two_wait_and_six_are_told_to_come_again(online, payers, settings, stripe_double):
    settings.STRIPE_PLACES = {"pages": PLACES, "jobs": 1}
    invoices = documents(CLICKS)
    with held(stripe_double):
        clicks = payers.click(invoices)
        others = answered(clicks, CLICKS - PLACES)
        assert stripe_double.wait_held(PLACES) == PLACES
        assert {(each.status_code, each.headers["Retry-After"]) for each in others} == {(503, "5")}
        assert all("Stripe is slow at the moment" in each.text for each in others)
    assert sorted(click.result().status_code for click in clicks) == [303] * PLACES + [503] * (CLICKS - PLACES)

    settings.STRIPE_PLACES = {"pages": CLICKS, "jobs": 1}
    assert [click.result().status_code for click in payers.click(invoices)] == [303] * CLICKS
    assert len(stripe_double.objects("checkout.session")) == PaymentAttempt.objects.count() == CLICKS


def test_with_a_place_for_each_all_eight_wait(online, payers, settings, stripe_double):
    settings.STRIPE_PLACES = {"pages": CLICKS, "jobs": 1}
    invoices = documents(CLICKS)
    with held(stripe_double):
        clicks = payers.click(invoices)
        assert stripe_double.wait_held(CLICKS) == CLICKS
    assert {click.result().status_code for click in clicks} == {303}


def test_who_clicks_often_waits_no_more_often_than_others(online, payers, settings, stripe_double):
    settings.STRIPE_PLACES = {"pages": PLACES, "jobs": 1}
    (invoice,) = documents(1)
    with held(stripe_double):
        clicks = payers.click([invoice] * CLICKS)
        others = answered(clicks, CLICKS - PLACES)
        assert {each.status_code for each in others} == {503}
        assert stripe_double.wait_held() == 1  # the other waits for the first one's answer
    assert Counter(click.result().status_code for click in clicks) == {303: PLACES, 503: CLICKS - PLACES}
    assert len(stripe_double.objects("checkout.session")) == 1


def test_pages_leave_jobs_their_places_and_jobs_leave_pages_theirs(online, payers, settings, stripe_double):
    settings.STRIPE_PLACES = {"pages": 1, "jobs": 1}
    first, second, third = documents(3)
    paid = begun(first)
    stripe_double.pay(paid.checkout_session_id)
    with held(stripe_double):
        (waiting,) = payers.click([second])
        assert stripe_double.wait_held() == 1
        tasks.reconcile_days()  # which finds a place
        paid.refresh_from_db()
        assert paid.state == "succeeded"
    assert waiting.result().status_code == 303
    with held(stripe_double, path=f"{PAGES}/.*", method="GET"), ThreadPoolExecutor() as worker:
        job = worker.submit(in_studio, online, tasks.reconcile_days)
        assert stripe_double.wait_held() == 1
        assert [click.result().status_code for click in payers.click([third])] == [303]
        with pytest.raises(Busy):
            begun(third)
        stripe_double.let_go()
        job.result()
    assert look() == []


def test_a_job_that_finds_no_place_comes_again_and_that_is_no_try(online, settings, stripe_double):
    settings.STRIPE_PLACES = {"pages": 1, "jobs": 0}
    (invoice,) = documents(1)
    with pytest.raises(Busy):
        begun(invoice)
    attempt = PaymentAttempt.objects.get()
    before = waiting_jobs(paying.LOOK_AFTER)
    tasks.look_after_payment(attempt_id=attempt.pk)
    assert len(waiting_jobs(paying.LOOK_AFTER)) == len(before) + 1
    assert stripe_double.calls() == []

    settings.STRIPE_PLACES = {"pages": 1, "jobs": 1}
    run_jobs(paying.LOOK_AFTER)
    attempt.refresh_from_db()
    assert attempt.state == "open"


def test_the_place_of_somebody_killed_comes_back_by_itself(online, settings, stripe_double):
    settings.STRIPE_PLACES = {"pages": 1, "jobs": 1}
    killed_one, other = documents(2)
    killed(online.schema_name, stripe_double, POINTS["pay: before Stripe does it"], killed_one.pk)
    with pytest.raises(Busy):
        begun(other)

    with as_owner(), connection.cursor() as cursor:
        cursor.execute(LATER)
    assert [begun(each).state for each in (Invoice.objects.get(pk=other.pk), killed_one)] == ["open", "open"]


def in_studio(studio, act):
    try:
        with inside(studio):
            act()
    finally:
        connections.close_all()

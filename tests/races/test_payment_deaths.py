"""Whoever is killed on a payment's way: it is paid and paid back once, and the books say what they would have said."""

from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from billing.gateways.facts import Busy
from billing.models import Invoice, PaymentAttempt, RefundAttempt, StripeEvent
from billing.services import paying, payments, reconciling, stripe_events
from studio.tenancy.context import as_owner
from tests.billing.stripe_journeys import begun, post
from tests.billing.stripe_stories import Tale, digest, look
from tests.billing_factories import DraftFactory
from tests.jobs import forget, run_jobs
from tests.races.payment_deaths import POINTS, begun_apart, hear, issue, killed, pay, pay_back, send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]
TIMES = 20


def done(act, key):
    """Do something once more, as a person or a worker who starts again does."""
    while True:
        try:
            return act(key)
        except Busy:  # the question of whoever died is being answered
            continue


def way(studio, double, points=()):
    """Take a payment all its way, with a process killed at some points of it, and return what the books say then."""

    def step(act, key, *, is_repeated=True):
        deaths = [point for point in points if point.act is act]
        for point in deaths:
            killed(studio.schema_name, double, point, key)
        if is_repeated or not deaths:
            done(act, key)

    draft, began = DraftFactory(), timezone.now()
    step(issue, draft.pk)
    step(pay, draft.pk)
    attempt = PaymentAttempt.objects.get(invoice=draft)
    double.pay(attempt.checkout_session_id)
    for letter in double.letters(*double.pending("payment_intent.succeeded")):
        post(letter)
    double.drop()
    step(hear, StripeEvent.objects.latest("pk").pk, is_repeated=False)
    reconciled(began)
    step(pay_back, draft.pk)
    step(send, draft.pk, is_repeated=False)
    reconciled(began)
    return digest(Tale(double, Invoice.objects.get(pk=draft.pk)))


def reconciled(since):
    found = reconciling.reconcile_since(since=since, now=timezone.now())
    run_jobs(stripe_events.APPLY)
    assert (found.problems, found.differences) == ([], [])


def all_as_one_that_nobody_broke(studio, double, broken):
    """Take a payment its way, and others with deaths at some points each; all must come to the same, each once."""
    expected = way(studio, double)
    assert (expected["payments"], expected["refunds"]) == ([("succeeded", Decimal(120))], [("succeeded", Decimal(60))])
    wrong = [(points, found) for points in broken if (found := way(studio, double, points)) != expected]
    assert (wrong, look()) == ([], [])
    ways = 1 + len(broken)
    assert list(double.charges_per("attempt").values()) == [1] * ways
    assert len(double.objects("refund")) == len(double.objects("checkout.session")) == ways
    assert PaymentAttempt.objects.count() == RefundAttempt.objects.count() == ways


def test_killed_at_twelve_points_it_is_paid_and_paid_back_once(online, stripe_double):
    # What Stripe has done for a key it does not do again: nobody is held there a second time.
    said, noted = "before Stripe says so", "before what it says is written down"
    late = [tuple(point for name, point in POINTS.items() if name.endswith(end)) for end in (said, noted)]
    early = tuple(point for point in POINTS.values() if point not in late[0] + late[1])
    all_as_one_that_nobody_broke(online, stripe_double, [early, *late])


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
def test_killed_twenty_times_at_a_point_it_is_paid_and_paid_back_once(online, stripe_double, point):
    all_as_one_that_nobody_broke(online, stripe_double, [(POINTS[point],)] * TIMES)


ASKED = [name for name, point in POINTS.items() if point.act in {pay, send} and point.at]
DUE = """
    SELECT count(*), max(scheduled_at) - now() < interval '40 seconds' FROM procrastinate_jobs
    WHERE status = 'todo' AND task_name = ANY (%s) AND scheduled_at > now() + interval '15 seconds'
"""


def due(*names):
    """Return how many jobs with one of the names wait, and whether their time comes soon, yet not at once."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(DUE, [list(names)])
        return cursor.fetchone()


@pytest.mark.parametrize("point", ASKED)
def test_whoever_is_killed_while_asking_is_followed_by_a_job_that_writes_the_answer(online, stripe_double, point):
    draft = DraftFactory()
    issue(draft.pk)
    if POINTS[point].act is send:
        attempt = begun(draft)
        stripe_double.pay(attempt.checkout_session_id)
        reconciled(timezone.now())
        forget(paying.LOOK_AFTER)
        pay_back(draft.pk)
    killed(online.schema_name, stripe_double, POINTS[point], draft.pk)
    followers = (paying.LOOK_AFTER, payments.LOOK_AFTER_REFUND)
    assert due(*followers) == (1, True)

    run_jobs(*followers)

    states = {*PaymentAttempt.objects.values_list("state"), *RefundAttempt.objects.values_list("state")}
    assert states == ({("succeeded",)} if POINTS[point].act is send else {("open",)})
    assert (len(stripe_double.objects("checkout.session")), len(stripe_double.objects("refund"))) == (
        1,
        RefundAttempt.objects.count(),
    )
    reconciled(timezone.now())
    assert look() == []


def test_what_was_read_before_others_wrote_is_read_again(online, stripe_double):
    stripe_double.settings(fees_wait=True)
    draft = DraftFactory()
    issue(draft.pk)
    attempt = begun(draft)
    stripe_double.pay(attempt.checkout_session_id)
    for letter in stripe_double.letters(*stripe_double.pending("payment_intent.succeeded")):
        post(letter)
    event = StripeEvent.objects.get()
    stripe_double.fault("hold_after", path="/v1/payment_intents/[^/]+", method="GET")
    with begun_apart(online.schema_name, stripe_double, hear, event.pk) as (process, line, _backend):
        assert stripe_double.wait_held() == 1  # it has read that there is no fee yet
        stripe_double.book_fees()
        assert look() == []
        stripe_double.let_go()
        assert line.poll(30)
        assert line.recv() == "ended"
        process.join()

    event.refresh_from_db()
    assert (event.state, look()) == ("applied", [])

"""The address at which Stripe tells what happened: one statement each, into one studio, and nothing for people."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone, translation

from billing.models import EventState, StripeEvent
from billing.services import stripe_events
from studio.tenancy.context import as_owner, inside, on_platform
from studio.tenancy.models import PaymentRoute, StrayEvent, Studio, StudioStatus
from studio.tenancy.services import payment_events
from tests.billing.stripe_journeys import begun, post, set_up
from tests.jobs import run_jobs, waiting_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    return begun()


@pytest.fixture
def letter(stripe_double, attempt):
    """A true event of the payment, on its way."""
    stripe_double.pay(attempt.checkout_session_id)
    (event,) = stripe_double.pending("payment_intent.succeeded")
    return stripe_double.letters(event)[0]


def jobs():
    return [arguments["event_id"] for _id, _name, arguments in waiting_jobs(stripe_events.APPLY)]


def handed_over(**changes):
    """Hand an event over."""
    told = {"event_id": "evt_1", "type": "t", "provider_account": "", "is_live": False, "object_id": "", "payload": {}}
    told |= {"received_at": timezone.now().isoformat()}
    given = {"account": "", "attempt": "", "task": "tests.x", "arguments": {}, "queueing_lock": "x"} | changes
    return payment_events.hand_over(told=told, now=timezone.now(), **given)


def test_an_event_is_kept_with_its_job_by_one_statement_and_in_its_studio_alone(
    attempt, letter, other_studio, django_assert_max_num_queries
):
    with django_assert_max_num_queries(1):
        assert post(letter).status_code == 200

    event = StripeEvent.objects.get()
    assert (event.event_id, event.state, event.tries, event.attempt) == (letter.id, EventState.RECEIVED, 0, attempt)
    assert jobs() == [letter.id]
    with inside(other_studio):
        assert not StripeEvent.objects.exists()


def test_what_comes_again_gets_a_job_only_while_it_is_not_dealt_with(letter):
    expected = {EventState.RECEIVED: 1, EventState.FAILED: 1, EventState.QUARANTINED: 1, EventState.APPLIED: 0}
    post(letter)
    for state, count in expected.items():
        settled_at = timezone.now() if state == EventState.APPLIED else None
        StripeEvent.objects.update(state=state, problem="Odd.", settled_at=settled_at)
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        for _time in range(2):
            assert post(letter).status_code == 200
        assert len(jobs()) == count, state
    assert StripeEvent.objects.count() == 1


def test_a_studio_that_is_updated_gets_it_later_and_one_that_is_given_up_never(letter, studio):
    kept = []
    for changes in (
        {"migrating_since": timezone.now()},
        {"migrating_since": timezone.now() - timedelta(minutes=6), "status": StudioStatus.SUSPENDED},
        {"migrating_since": None, "status": StudioStatus.CLOSING},
    ):
        with as_owner():
            Studio.objects.filter(pk=studio.pk).update(**changes)
        kept.append((post(letter).status_code, StripeEvent.objects.count()))
    with on_platform():
        problem = StrayEvent.objects.get().problem

    assert (kept, problem) == ([(503, 0), (200, 1), (200, 1)], "The studio of this account is not open.")


def test_whose_payment_it_is_must_be_so_too(attempt, studio, other_studio):
    with on_platform():
        assert handed_over(attempt=str(attempt.public_id)) == studio.schema_name
        for odd in ("no key", "00000000-0000-0000-0000-000000000000"):
            with pytest.raises(payment_events.OfNobody, match="not begun by"):
                handed_over(attempt=odd)
        with pytest.raises(payment_events.OfNobody, match="No studio here"):
            handed_over(account="acct_1", attempt=str(attempt.public_id))
    with as_owner():
        PaymentRoute.objects.update(studio=other_studio)
    with on_platform(), pytest.raises(payment_events.OfNobody, match="not begun by"):
        handed_over(attempt=str(attempt.public_id))


def test_it_goes_in_as_the_studio_itself_and_leaves_as_it_came(attempt, studio):
    stands = "SELECT current_setting('role'), current_setting('search_path')"
    with on_platform(), connection.cursor() as cursor:
        cursor.execute(stands)
        before = cursor.fetchone()
        handed_over()
        cursor.execute(stands)
        assert cursor.fetchone() == before == ("studio_platform", "public, extensions")
    with pytest.raises(DatabaseError, match="payment_accounts"), transaction.atomic():  # a studio itself may not
        handed_over()

    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"REVOKE INSERT ON {studio.schema_name}.stripe_events FROM {studio.schema_name}")
    with on_platform(), pytest.raises(DatabaseError, match="stripe_events"), transaction.atomic():
        handed_over(queueing_lock="y")
    with on_platform(), connection.cursor() as cursor:
        cursor.execute(stands)
        assert cursor.fetchone() == before


def test_a_connection_counts_the_studios_that_it_only_passed_through(attempt, studio):
    with on_platform():
        connection._seen.clear()
        handed_over()
        assert connection._seen - {"public"} == {studio.schema_name}


def test_programs_are_given_no_page_no_cookie_and_no_language(letter):
    with translation.override("fr"):
        answer = post(letter, signature="")
        assert translation.get_language() == "fr"
    missing = Client(headers={"host": "localhost", "cookie": "csrf=x"}).post("/webhooks/another/")
    elsewhere = Client(headers={"host": "harbour.localhost"}).post("/webhooks/stripe/")

    assert (answer.status_code, answer.text) == (400, "The signature is missing.")
    assert [each.status_code for each in (missing, elsewhere)] == [404, 404]
    assert not answer.cookies
    assert "Content-Language" not in answer
    assert answer["X-Request-Id"]


def test_a_worker_deals_with_what_was_kept(letter):
    post(letter)
    run_jobs(stripe_events.APPLY)
    assert StripeEvent.objects.get().state == EventState.APPLIED


def test_the_secret_with_which_a_client_pays_is_not_kept(letter):
    assert "_secret_" in letter.body
    post(letter)
    kept = StripeEvent.objects.get().payload
    assert (kept["id"], "client_secret" in kept["data"]["object"]) == (letter.id, False)

"""What waits of one payment is dealt with by one look at Stripe; what says anything else has one of its own."""

import pytest
from django.db import connection
from django.utils import timezone

from billing.models import EventState, Payment, StripeEvent
from billing.services import printed, stripe_events
from studio.accounts.models import Notification
from studio.tenancy.context import as_owner
from tests.billing.stripe_journeys import begun, post, set_up, wrong_in_the_books
from tests.jobs import run_jobs, waiting_jobs
from tests.staff import account
from tests.stripe_double import control

pytestmark = pytest.mark.django_db


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    return stripe_double


def paid(double):
    """Return the payment of a client who has just paid, and the events that tell of it, none sent yet."""
    attempt = begun()
    double.drop()
    double.pay(attempt.checkout_session_id)
    events = [
        each for each in double.events() if each["id"] in double.pending() and each["type"] in stripe_events.HANDLED
    ]
    assert len(events) > 2
    return attempt, events


def sent(*events):
    for event in events:
        assert post(control.forged(event)).status_code == 200


def reads(double):
    """How often a payment was read at Stripe."""
    return sum("/payment_intents/" in each["path"] for each in double.calls(method="GET"))


def states():
    return dict(StripeEvent.objects.values_list("event_id", "state"))


def waiting():
    return [arguments["event_id"] for _id, _name, arguments in waiting_jobs(stripe_events.APPLY)]


def apply(event_id):
    """Deal with one event, as its job does."""
    stripe_events.apply_event(event=StripeEvent.objects.get(event_id=event_id), now=timezone.now())


def test_all_that_waits_of_a_payment_is_dealt_with_by_one_look_and_has_no_job_any_more(double):
    (attempt, events), (_other, others) = paid(double), paid(double)
    sent(*events, *others)
    asked = reads(double)
    apply(events[1]["id"])

    names, left = [each["id"] for each in events], [each["id"] for each in others]
    assert states() == dict.fromkeys(names, EventState.APPLIED) | dict.fromkeys(left, EventState.RECEIVED)
    assert waiting() == [events[1]["id"], *left]  # its own runs
    assert reads(double) == asked + 1
    dealt_with = StripeEvent.objects.filter(event_id__in=names)
    assert set(dealt_with.values_list("attempt", "tries", "problem")) == {(attempt.pk, 1, "")}

    run_jobs(stripe_events.APPLY)
    assert reads(double) == asked + 2
    assert (set(states().values()), Payment.objects.count(), wrong_in_the_books()) == ({EventState.APPLIED}, 2, [])


def test_what_says_anything_else_of_the_payment_is_left_to_its_own_job_and_put_aside(double):
    account("owner")
    attempt, events = paid(double)
    odd = []
    for event in events:
        about = event["data"]["object"]
        kind = about["object"]
        changes = (
            {"currency": "usd"},
            {stripe_events.AMOUNTS[kind]: 1},
            {"metadata": about["metadata"] | {"studio": "x"}},
        )
        changes += ({"id": "pi_another"},) if kind != "charge" else ({"payment_intent": "pi_another"},)
        for number, change in enumerate(changes):
            odd.append(event | {"id": f"{event['id']}_{number}", "data": {"object": about | change}})
    sent(*odd, *events)
    apply(events[0]["id"])

    expected = dict.fromkeys([each["id"] for each in events], EventState.APPLIED)
    names = [each["id"] for each in odd]
    assert states() == expected | dict.fromkeys(names, EventState.RECEIVED)
    assert sorted(waiting()) == sorted([*names, events[0]["id"]])

    run_jobs(stripe_events.APPLY)
    assert states() == expected | dict.fromkeys(names, EventState.QUARANTINED)
    assert Notification.objects.count() == len(odd)
    assert (Payment.objects.count(), wrong_in_the_books()) == (1, [])
    attempt.refresh_from_db()
    assert attempt.state == "succeeded"


def test_a_forged_one_that_comes_first_settles_nothing(double):
    _attempt, events = paid(double)
    forged = events[0] | {"id": "evt_forged", "data": {"object": events[0]["data"]["object"] | {"currency": "usd"}}}
    sent(forged, *events)
    apply("evt_forged")

    names = [each["id"] for each in events]
    assert states() == {"evt_forged": EventState.QUARANTINED} | dict.fromkeys(names, EventState.RECEIVED)
    assert waiting() == ["evt_forged", *names]


def test_where_stripe_says_another_sum_none_is_dealt_with(double):
    _attempt, events = paid(double)
    (intent,) = double.objects("payment_intent")
    double.change(intent["id"], amount=11_000)
    sent(*events)
    apply(events[0]["id"])
    assert sorted(states().values()) == sorted([EventState.QUARANTINED] + [EventState.RECEIVED] * (len(events) - 1))

    double.change(intent["id"], amount=intent["amount"])
    StripeEvent.objects.filter(state=EventState.RECEIVED).update(state=EventState.FAILED, problem="Odd.")
    apply(events[1]["id"])
    assert states() == {each["id"]: EventState.APPLIED for each in events[1:]} | {events[0]["id"]: "quarantined"}


def test_a_receipts_file_is_made_after_what_is_queued_later(double):
    _attempt, events = paid(double)
    sent(*events)
    apply(events[0]["id"])
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'kind', priority FROM procrastinate_jobs WHERE task_name = %s", [printed.PRINT])
        assert sorted(cursor.fetchall()) == [("invoice", 0), ("receipt", -1)]

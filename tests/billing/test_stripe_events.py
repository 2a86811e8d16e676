"""What Stripe tells: kept when it is signed and somebody's, believed where Stripe says the same when it is asked."""

import hashlib
import hmac
import json
from copy import deepcopy
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing import checks, tasks
from billing.gateways.facts import NotSetUp
from billing.models import AttemptState, EventState, Payment, PaymentAttempt, StripeEvent
from billing.services import paying, reconciling, stripe_events
from studio.accounts.models import Notification
from studio.tenancy.context import as_owner, inside, on_platform
from studio.tenancy.jobs import JobRefused
from studio.tenancy.models import PaymentAccount, PaymentRoute, StrayEvent, Studio
from studio.tenancy.services import payment_accounts, stray_events, swapping
from tests.billing.stripe_journeys import begun, deliver, paid_online, post, set_up, wrong_in_the_books
from tests.billing_factories import issued
from tests.factories import NOW
from tests.jobs import run_jobs
from tests.staff import account
from tests.stripe_double import control

AS_IT_WAS = (
    *("public_id", "amount", "currency", "schema_name", "page_address", "asked_at", "expires_at", "state"),
    *("checkout_session_id", "url"),
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    return stripe_double


@pytest.fixture
def letter(double):
    """A true event of a payment, on its way."""
    attempt = begun()
    double.pay(attempt.checkout_session_id)
    (event,) = double.pending("payment_intent.succeeded")
    return double.letters(event)[0]


def signed(body, *, secret=control.SECRET, scheme="v1", at=None):
    seconds = int((at or timezone.now()).timestamp())
    text = body if isinstance(body, bytes) else body.encode()
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + text, hashlib.sha256).hexdigest()
    return f"t={seconds},{scheme}={mac}"


def kept():
    """How many events anybody has kept."""
    with on_platform():
        strays = StrayEvent.objects.count()
    return StripeEvent.objects.count(), strays


ODD = {
    "no header": lambda body: (body, ""),
    "the former scheme alone": lambda body: (body, signed(body, scheme="v0")),
    "another secret": lambda body: (body, signed(body, secret="whsec_other")),
    "too old": lambda body: (body, signed(body, at=timezone.now() - timedelta(seconds=400))),
    "of a time to come": lambda body: (body, signed(body, at=timezone.now() + timedelta(seconds=400))),
    "written anew": lambda body: (json.dumps(json.loads(body)), signed(body)),
    "two times": lambda body: (body, f"t=1,{signed(body)}"),
    "no JSON": lambda _body: ("{", signed("{")),
    "a NUL": lambda body: ((odd := body.replace("succeeded", "succ\\u0000eeded", 1)), signed(odd)),
    "half a letter": lambda body: ((odd := body.replace('"event"', '"event", "x": "\\ud800"', 1)), signed(odd)),
    "an endless number": lambda body: ((odd := body.replace('"event"', '"event", "x": 1e999', 1)), signed(odd)),
    "a name twice": lambda body: ((odd := body.replace('"event"', '"event", "id": "evt_2"', 1)), signed(odd)),
    "too deep": lambda _body: ((odd := "[" * 100_000), signed(odd)),
    "huge": lambda body: ((odd := body + " " * 300_000), signed(odd)),
    "a thin one": lambda body: ((odd := body.replace('"event"', '"v2.core.event"', 1)), signed(odd)),
    "no object": lambda body: ((odd := body.replace('"object": {', '"subject": {', 1)), signed(odd)),
}


def test_what_is_no_event_or_signed_by_nobody_is_refused_and_leaves_nothing(letter, web):
    answers = {what: post(letter, body=body, signature=signature) for what, (body, signature) in made(letter).items()}

    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(ODD, 400)
    assert [post(letter, length=length).status_code for length in ("\u00b2", "-1", "9" * 5000)] == [400] * 3
    assert kept() == (0, 0)
    assert web.post("/webhooks/stripe/", letter.body, content_type="application/json").status_code == 404
    former = signed(letter.body, secret="whsec_former")
    both = f"{signed(letter.body, secret='whsec_other')},{former.partition(',')[2]}"
    assert [post(letter, signature=each).status_code for each in (letter.signature, former, both)] == [200] * 3
    run_jobs()
    assert (kept(), StripeEvent.objects.get().state) == ((1, 0), EventState.APPLIED)


def made(letter):
    return {what: odd(letter.body) for what, odd in ODD.items()}


def changed(event, path, to):
    """An event in which one thing is another."""
    made = place = deepcopy(event)
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return made


NOBODYS = "00000000-0000-4000-8000-000000000000"
ABOUT = ("data", "object")
TOLD = ("payment_intent.succeeded", "charge.updated", "checkout.session.completed")


def mutations(event):
    """What is changed in an event -> how it is then, and what becomes of it."""
    kind = event["data"]["object"]["object"]
    number = "payment_intent" if kind == "charge" else "id"
    return {
        "amount": (changed(event, (*ABOUT, stripe_events.AMOUNTS[kind]), 1), "quarantined"),
        "currency": (changed(event, (*ABOUT, "currency"), "usd"), "quarantined"),
        "mode": (changed(event, ("livemode",), True), "quarantined"),
        "studio": (changed(event, (*ABOUT, "metadata", "studio"), "tenant_999"), "quarantined"),
        "attempt": (changed(event, (*ABOUT, "metadata", "attempt"), NOBODYS), "stray"),
        "account": (changed(event, ("account",), "acct_another"), "stray"),
        "number": (changed(event, (*ABOUT, number), "pi_3another"), "quarantined"),
    }


def test_a_true_event_in_which_one_thing_is_changed_is_put_aside(double, letter, settings):
    expected = {}
    for event in double.events():
        for what, (odd, came_to) in mutations(event).items() if event["type"] in TOLD else ():
            expected[f"evt_{event['type']}_{what}"] = came_to
            body = json.dumps(odd | {"id": f"evt_{event['type']}_{what}"})
            assert post(letter, body=body, signature=signed(body)).status_code == 200, what
    for event in StripeEvent.objects.order_by("pk"):
        stripe_events.apply_event(event=event, now=timezone.now())

    with on_platform():
        strays = dict(StrayEvent.objects.values_list("event_id", "problem"))
    states = dict(StripeEvent.objects.values_list("event_id", "state")) | dict.fromkeys(strays, "stray")
    assert [stray_events.forget_old(now=timezone.now() + timedelta(days=days)) for days in (89, 91)] == [0, 6]
    assert (states, len(states)) == (expected, 21)
    settings.STRIPE_SECRET_KEY = control.LIVE_KEY  # the true one, where real money is moved
    post(letter)
    run_jobs()
    assert StripeEvent.objects.get(event_id=letter.id).state == EventState.QUARANTINED
    assert (Payment.objects.count(), wrong_in_the_books()) == (0, [])


def test_what_stripe_says_when_asked_must_be_ours_too(double):
    attempt = begun()
    double.pay(attempt.checkout_session_id)
    (intent,) = double.objects("payment_intent")
    for changes in (
        {"amount": 11_000},
        {"currency": "usd"},
        {"livemode": True},
        {"metadata": intent["metadata"] | {"studio": "tenant_999"}},
        {"metadata": intent["metadata"] | {"attempt": NOBODYS}},
        {"amount_received": 12_001},
    ):
        double.change(intent["id"], **changes)
        if StripeEvent.objects.exists():
            stripe_events.replay_event(event=StripeEvent.objects.get(), actor=None, now=timezone.now())
            run_jobs()
        else:
            deliver(double, *double.pending("checkout.session.completed"))
        event = StripeEvent.objects.get()
        assert (event.state, Payment.objects.count()) == (EventState.QUARANTINED, 0), changes
        double.change(intent["id"], **{name: intent[name] for name in changes})

    stripe_events.replay_event(event=event, actor=None, now=timezone.now())
    run_jobs()
    event.refresh_from_db()
    assert (event.state, event.attempt, Payment.objects.count()) == (EventState.APPLIED, attempt, 1)


def test_a_studio_with_an_account_of_its_own_is_told_of_its_own_payments(double, studio, other_studio):
    account = double.connect("Meadow")
    payment_accounts.assign_account(studio=other_studio, account=account, by="Olive")
    here = paid_online(double, None)
    with inside(other_studio):
        there = begun()
        double.pay(there.checkout_session_id)
    deliver(double)

    with inside(other_studio):
        told = PaymentAttempt.objects.get()
        assert (told.state, told.provider_account, wrong_in_the_books()) == ("succeeded", account, [])
    assert [each.pk for each in PaymentAttempt.objects.all()] == [here.pk]
    assert [len(double.objects("charge", account=each)) for each in ("", account)] == [1, 1]
    with as_owner():  # an operator gives the account to another studio: whose payments it had is nobody's business
        PaymentAccount.objects.filter(studio=other_studio).delete()
        PaymentAccount.objects.filter(studio=studio).update(provider_account=account)
    assert reconciling.reconcile_since(since=NOW, now=timezone.now()).differences == []


def copied(attempt):
    """The payment as it stands in a copy of its studio."""
    told = {name: getattr(attempt, name) for name in AS_IT_WAS}
    return PaymentAttempt.objects.create(invoice=issued(), **told)


def test_a_copy_moves_no_money_before_it_has_the_place_and_then_goes_on_with_all(double, studio, other_studio, capsys):
    attempt, unknown = begun(), begun()  # the second is younger than the backup
    with as_owner():
        Studio.objects.filter(pk=other_studio.pk).update(copy_of=studio, uid=studio.uid, mails_held_since=NOW)
    with inside(other_studio):
        under_way, elsewhere = copied(attempt), PaymentAttempt(public_id=uuid4(), amount=5, currency="EUR")
        elsewhere.invoice, elsewhere.asked_at, elsewhere.expires_at = issued(), NOW, NOW  # of which nobody knows here
        elsewhere.state = AttemptState.EXPIRED
        elsewhere.save()
        with pytest.raises(NotSetUp, match="restored copy"):
            paying.go_on(attempt=under_way, now=timezone.now())
    call_command("reconcile_payments")
    assert capsys.readouterr().out.startswith(f"{studio.schema_name} {studio.name}: ")
    with pytest.raises(CommandError, match="takes payments online"):
        call_command("reconcile_payments", "--schema", other_studio.schema_name)

    run_jobs()
    with as_owner():
        swapping.swap_studios(copy=other_studio, now=NOW)
        routes = dict(PaymentRoute.objects.values_list("attempt_key", "studio"))
    double.pay(attempt.checkout_session_id)
    deliver(double)
    double.pay(unknown.checkout_session_id)
    double.drop()

    assert routes == dict.fromkeys([each.public_id for each in (attempt, unknown, elsewhere)], other_studio.pk)
    with inside(other_studio):
        under_way.refresh_from_db()
        account("owner")
        assert (under_way.state, set(StripeEvent.objects.values_list("state", flat=True))) == ("succeeded", {"applied"})
        assert wrong_in_the_books() == []
        tasks.reconcile_days()
        assert not Notification.objects.exists()
        tasks.reconcile_weeks()
        (told,) = Notification.objects.values_list("text", flat=True)
        assert told.startswith("Stripe has 117.95 EUR of a payment begun here of which the books know nothing: pi_")


def test_what_is_failed_at_is_given_up_in_the_end_and_told_but_not_while_nobody_is_asked(double, letter, settings):
    account("owner")
    post(letter)
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(JobRefused):
        run_jobs("billing.apply_event")
    assert StripeEvent.objects.values_list("state", "tries").get() == (EventState.FAILED, 0)

    settings.STRIPE_SECRET_KEY = control.KEY
    intent = double.objects("payment_intent")[0]["id"]
    double.change(intent, currency=None)
    StripeEvent.objects.update(tries=stripe_events.MOST_TRIES - 2)
    for told in (0, 1):
        with pytest.raises(AttributeError):
            run_jobs()
        assert Notification.objects.count() == told

    event = StripeEvent.objects.get()
    assert (event.state, event.problem) == (EventState.FAILED, "A fault of the program: its log says more.")
    assert Notification.objects.get().link == f"/admin/billing/stripeevent/{event.pk}/change/"
    assert stripe_events.waiting_events(before=timezone.now()) == []


BASES = {
    "https://api.stripe.com": [],
    "http://127.0.0.1:12111": [],
    "http://[::1]:12111": [],
    "http://api.stripe.com": ["studio.E012"],
    "https://api.stripe.com.example": ["studio.E012"],
    "https://api.stripe.com@example.org": ["studio.E012"],
    "http://127.0.0.1@example.org": ["studio.E012"],
    "https://api.stripe.com:8443": ["studio.E012"],
    "http://[::1": ["studio.E012"],
    "": ["studio.E012"],
}


def test_what_is_set_wrong_is_said_at_the_start(settings):
    found = {}
    for base in BASES:
        settings.STRIPE_API_BASE = base
        found[base] = [each.id for each in checks.stripe_address_check()]
    assert found == BASES
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = control.KEY, []
    assert [each.id for each in checks.stripe_secrets_check()] == ["studio.W012"]
    settings.STRIPE_WEBHOOK_SECRETS = [control.SECRET]
    assert checks.stripe_secrets_check() == []

"""Events: signed so that the real library takes them, and delivered as badly as a test likes."""

import http.server
import json
import threading
from datetime import UTC, datetime

import pytest
import stripe

from tests.stripe_double import control
from tests.stripe_double.asking import client_of, session_of

OTHER = "whsec_other"


@pytest.fixture
def client(stripe_double):
    return client_of(stripe_double)


@pytest.fixture
def inbox():
    """A webhook that takes what it is sent, or answers with `inbox.status`."""

    class Webhook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.taken.append((body, self.headers["Stripe-Signature"]))
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        server.taken, server.status = [], 200
        server.url = f"http://harbour.localhost:{server.server_port}/webhooks/stripe/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_letters_are_signed_with_every_secret(stripe_double, client):
    stripe_double.pay(session_of(client).id)
    *_, letter = stripe_double.letters(secrets=(control.SECRET, OTHER))

    for secret in (control.SECRET, OTHER):
        event = stripe.Webhook.construct_event(letter.body, letter.signature, secret)
        assert (event.type, event.id) == ("checkout.session.completed", letter.id)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(letter.body, letter.signature, "whsec_wrong")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(letter.body.replace("12000", "1200"), letter.signature, control.SECRET)
    forged = control.forged(stripe_double.events()[-1] | {"livemode": True}, OTHER)
    assert stripe.Webhook.construct_event(forged.body, forged.signature, OTHER).livemode is True
    stripe_double.advance(3 * 24 * 3600)  # a day in the double's time is none on the way
    (late,) = stripe_double.letters(letter.id)
    stripe.Webhook.construct_event(late.body, late.signature, control.SECRET)
    (old,) = stripe_double.letters(letter.id, at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(old.body, old.signature, control.SECRET)


def test_an_event_is_the_object_of_its_moment(stripe_double, client):
    session = session_of(client)
    stripe_double.decline(session.id)
    stripe_double.pay(session.id)

    failed = next(event for event in stripe_double.events() if event["type"] == "payment_intent.payment_failed")
    assert failed["data"]["object"]["status"] == "requires_payment_method"
    succeeded = next(event for event in stripe_double.events() if event["type"] == "charge.succeeded")
    assert succeeded["data"]["object"]["balance_transaction"] is None
    assert (failed["livemode"], "account" in failed, failed["api_version"]) == (False, False, stripe.api_version)
    assert client.v1.events.retrieve(failed["id"]).type == "payment_intent.payment_failed"
    assert len(client.v1.events.list({"types": ["payment_intent.*"]}).data) == 3


def test_delivery_is_the_tests_to_order(stripe_double, client, inbox):
    stripe_double.endpoint(inbox.url)
    stripe_double.pay(session_of(client).id)
    first, *rest = stripe_double.pending()

    assert stripe_double.deliver(*rest[::-1], first, first) == [200] * 6
    assert [json.loads(body)["id"] for body, _signature in inbox.taken] == [*rest[::-1], first, first]
    for body, signature in inbox.taken:
        stripe.Webhook.construct_event(body, signature, control.SECRET)
    assert stripe_double.pending() == []

    inbox.status = 500
    stripe_double.refund(stripe_double.objects("payment_intent")[0]["id"])
    assert stripe_double.deliver() == [500, 500]
    assert len(stripe_double.pending()) == 2
    stripe_double.drop(stripe_double.pending()[0])
    inbox.status = 204
    assert stripe_double.storm(seed=1, duplicates=1) == [204, 204]
    assert stripe_double.deliver(first) == [204]


def test_nothing_leaves_the_machine(stripe_double):
    with pytest.raises(control.Refusal, match="this machine only"):
        stripe_double.endpoint("http://studio.example/webhooks/stripe/")


def test_by_itself_it_tries_again(stripe_double, client, inbox):
    inbox.status = 503
    stripe_double.endpoint(inbox.url)
    session = session_of(client, expires_at=stripe_double.tell("clock")["now"] + 3600)
    client.v1.checkout.sessions.expire(session.id)
    (name,) = stripe_double.pending()
    stripe_double.settings(auto=True)
    wait_for(lambda: inbox.taken)
    inbox.status = 200

    wait_for(lambda: not stripe_double.pending())

    assert {json.loads(body)["id"] for body, _signature in inbox.taken} == {name}
    assert len(inbox.taken) == 2


def wait_for(reached):
    for _time in range(200):
        if reached():
            return
        threading.Event().wait(0.05)
    raise AssertionError

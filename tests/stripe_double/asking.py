"""What the tests of the double ask of it, by the real library."""

import stripe

from tests.stripe_double import control

LINE = {"price_data": {"currency": "eur", "unit_amount": 12_000, "product_data": {"name": "Deposit"}}, "quantity": 1}


def client_of(double, key=control.KEY, account=None):
    return stripe.StripeClient(key, base_addresses={"api": double.url}, stripe_account=account, max_network_retries=0)


def params(**changes):
    ours = {
        "mode": "payment",
        "line_items": [LINE],
        "success_url": "http://localhost/back/?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://localhost/",
        "metadata": {"attempt": "a1"},
        "payment_intent_data": {"metadata": {"attempt": "a1"}, "description": "Deposit for session 7"},
    }
    return ours | changes


def session_of(client, key="k1", **changes):
    return client.v1.checkout.sessions.create(params(**changes), {"idempotency_key": key})


def types(double):
    return [event["type"] for event in double.events()]

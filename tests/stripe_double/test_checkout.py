"""Sessions, intents and charges as the real library sees them."""

import pytest
import stripe

from tests.stripe_double import control
from tests.stripe_double.asking import LINE, client_of, params, session_of, types


@pytest.fixture
def client(stripe_double):
    return client_of(stripe_double)


def test_a_session_is_paid_once(stripe_double, client):
    session = session_of(client)
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency, session.livemode) == (12_000, "eur", False)
    assert session.id.startswith("cs_test_")
    assert session.expires_at - session.created == 24 * 3600

    stripe_double.pay(session.id)
    with pytest.raises(control.Refusal, match="complete"):
        stripe_double.pay(session.id)

    expand = ["payment_intent.latest_charge.balance_transaction", "line_items"]
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": expand})
    charge = paid.payment_intent.latest_charge
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.payment_intent.status, paid.payment_intent.amount_received) == ("succeeded", 12_000)
    assert paid.payment_intent.metadata.to_dict() == {"attempt": "a1"}
    assert (charge.captured, charge.paid, charge.amount_captured) == (True, True, 12_000)
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (205, 11_795)
    assert [line.description for line in paid.line_items.data] == ["Deposit"]
    assert types(stripe_double) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.completed",
    ]
    assert stripe_double.charges_per("attempt") == {"a1": 1}
    assert stripe_double.money() == {"eur": {"charge": 12_000, "fees": -205, "net": 11_795}}


def test_a_declined_card_leaves_the_session_open(stripe_double, client):
    session = session_of(client)
    stripe_double.decline(session.id)

    tried = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (tried.status, tried.payment_intent.status) == ("open", "requires_payment_method")
    assert tried.payment_intent.last_payment_error.code == "card_declined"
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session instead"):
        client.v1.payment_intents.cancel(tried.payment_intent.id)
    stripe_double.pay(session.id)

    assert types(stripe_double)[:3] == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    assert [each["status"] for each in stripe_double.objects("charge")] == ["failed", "succeeded"]
    assert len(stripe_double.objects("payment_intent")) == 1


@pytest.mark.parametrize(
    ("came", "status", "intent_status", "last"),
    [
        (True, "paid", "succeeded", "checkout.session.async_payment_succeeded"),
        (False, "unpaid", "requires_payment_method", "checkout.session.async_payment_failed"),
    ],
)
def test_a_bank_debit_is_decided_later(stripe_double, client, came, status, intent_status, last):
    session = session_of(client)
    stripe_double.pay_later(session.id)
    waiting = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (waiting.status, waiting.payment_status, waiting.payment_intent.status) == (
        "complete",
        "unpaid",
        "processing",
    )

    stripe_double.settle(session.id, came=came)

    ended = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (ended.payment_status, ended.payment_intent.status, types(stripe_double)[-1]) == (
        status,
        intent_status,
        last,
    )


def test_a_session_expires_by_call_and_by_time(stripe_double, client):
    first, second = session_of(client), session_of(client, "k2", expires_at=client_now(stripe_double) + 1860)
    stripe_double.decline(first.id)
    assert client.v1.checkout.sessions.expire(first.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        client.v1.checkout.sessions.expire(first.id)
    with pytest.raises(control.Refusal, match="expired"):
        stripe_double.pay(first.id)

    stripe_double.advance(1861)

    assert client.v1.checkout.sessions.retrieve(second.id).status == "expired"
    assert [event.data.object.id for event in client.v1.events.list({"type": "checkout.session.expired"}).data] == [
        second.id,
        first.id,
    ]
    assert client.v1.payment_intents.list().data[0].status == "canceled"


def client_now(double):
    return double.tell("clock")["now"]


def line(**price):
    return [LINE | {"price_data": LINE["price_data"] | price}]


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"mode": "rent"}, None, "mode"),
        (
            {"line_items": line(unit_amount="12.50")},
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
        ({"line_items": line(colour="red")}, "parameter_unknown", "line_items[0][price_data][colour]"),
        ({"line_items": line(currency="")}, "parameter_invalid_empty", "line_items[0][price_data][currency]"),
        ({"line_items": line(unit_amount=-5)}, "parameter_invalid_integer", "line_items[0][price_data][unit_amount]"),
        ({"line_items": line(unit_amount=49)}, "amount_too_small", None),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"line_items": [{"quantity": 1, "price_data": {"unit_amount": 100}}]}, "parameter_missing", None),
        ({"success_url": "nowhere"}, "url_invalid", "success_url"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"expires_at": 99_999_999_999}, None, "expires_at"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"customer": "cus_1"}, "not_in_the_double", "customer"),
        ({"mode": "subscription"}, "not_in_the_double", "mode"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_request_that_stripe_would_not_take_is_refused(stripe_double, client, changes, code, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session_of(client, **changes)

    assert refused.value.http_status == 400
    assert (refused.value.code, refused.value.param) == (code, param) or param is None
    assert refused.value.code == code
    session_of(client)  # nothing had begun, so the key is free
    assert len(stripe_double.objects("checkout.session")) == 1


def test_lists_come_page_by_page_and_objects_in_full_where_asked(stripe_double, client):
    made = [session_of(client, f"k{number}").id for number in range(5)]
    stripe_double.pay(made[2])
    intent = client.v1.checkout.sessions.retrieve(made[2]).payment_intent

    first = client.v1.checkout.sessions.list({"limit": 2})
    assert ([each.id for each in first.data], first.has_more) == (made[:2:-1], True)
    rest = client.v1.checkout.sessions.list({"limit": 3, "starting_after": made[3]})
    assert ([each.id for each in rest.data], rest.has_more) == (made[2::-1], False)
    assert [each.id for each in client.v1.checkout.sessions.list({"limit": 1}).auto_paging_iter()] == made[::-1]
    assert [each.id for each in client.v1.checkout.sessions.list({"payment_intent": intent}).data] == [made[2]]
    now = client_now(stripe_double)
    assert client.v1.payment_intents.list({"created": {"gte": now + 1}}).data == []
    listed = client.v1.payment_intents.list({"created": {"gte": now - 600}, "expand": ["data.latest_charge"]})
    assert listed.data[0].latest_charge.amount == 12_000
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.retrieve(intent, {"expand": ["metadata"]})
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        client.v1.payment_intents.retrieve("pi_nobody")
    assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")


def test_keys_open_what_they_should(stripe_double, client):
    session = session_of(client)
    live = client_of(stripe_double, control.LIVE_KEY)
    with pytest.raises(stripe.AuthenticationError):
        client_of(stripe_double, "pk_test_double").v1.checkout.sessions.list()
    assert live.v1.checkout.sessions.list().data == []
    assert live.v1.checkout.sessions.create(params()).livemode is True

    account = stripe_double.connect("Harbour")
    harbour = client_of(stripe_double, account=account)
    theirs = harbour.v1.checkout.sessions.create(params(), {"idempotency_key": "k1"})
    stripe_double.pay(theirs.id)

    with pytest.raises(stripe.InvalidRequestError, match="No such checkout"):
        harbour.v1.checkout.sessions.retrieve(session.id)
    assert {event.get("account") for event in stripe_double.events()} == {account}
    assert stripe_double.money() == {}
    assert stripe_double.money(account)["eur"]["charge"] == 12_000
    stripe_double.disconnect(account)
    with pytest.raises(stripe.PermissionError, match="does not have access"):
        harbour.v1.checkout.sessions.list()

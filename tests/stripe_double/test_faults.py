"""Keys, and calls that go wrong: what happened behind the answer that never came."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.stripe_double.asking import client_of, params, session_of

SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def client(stripe_double):
    return client_of(stripe_double)


def made(double):
    return len(double.objects("checkout.session"))


def test_a_key_gives_the_first_answer_again(stripe_double, client):
    first, again = session_of(client), session_of(client)
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as other:
        session_of(client, success_url="http://localhost/other/")
    assert other.value.http_status == 400
    stripe_double.advance(24 * 3600)

    assert session_of(client).id != first.id
    calls = stripe_double.calls(method="POST", path=SESSIONS)
    assert [(call["key"], call["status"], call["replayed"]) for call in calls] == [
        ("k1", 200, False),
        ("k1", 200, True),
        ("k1", 400, False),
        ("k1", 200, False),
    ]
    assert calls[0]["params"]["metadata[attempt]"] == "a1"


def test_a_refusal_is_kept_once_the_act_had_begun(stripe_double, client):
    intent = stripe_double.pay(session_of(client).id)["id"]
    stripe_double.dispute(intent)
    over = {"payment_intent": intent, "amount": 1}
    for _time in range(2):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create(over, {"idempotency_key": "r1"})

    assert [call["replayed"] for call in stripe_double.calls(path="/v1/refunds")] == [False, True]


@pytest.mark.parametrize(
    ("kind", "error", "status", "effects", "then"),
    [
        ("error", stripe.APIError, 500, 0, stripe.APIError),
        ("error_after", stripe.APIError, 500, 1, stripe.APIError),
        ("declined", stripe.CardError, 402, 0, stripe.CardError),
        ("busy", stripe.RateLimitError, 429, 0, None),
        ("cut_before", stripe.APIConnectionError, None, 0, None),
        ("cut_after", stripe.APIConnectionError, None, 1, None),
        ("reset", stripe.APIConnectionError, None, 0, None),
        ("garbage", stripe.APIError, 200, 1, None),
    ],
)
def test_a_fault_meets_one_call_and_the_key_knows_whether_it_had_begun(
    stripe_double, client, kind, error, status, effects, then
):
    stripe_double.fault(kind, SESSIONS, "POST", seconds=7)
    client.v1.checkout.sessions.list()  # not meant
    with pytest.raises(error) as failed:
        session_of(client)
    assert failed.value.http_status == status
    assert made(stripe_double) == effects
    if kind == "busy":
        assert failed.value.headers["Retry-After"] == "7"

    if then:
        with pytest.raises(then):
            session_of(client)
    else:
        session_of(client)
        effects = 1
    assert made(stripe_double) == effects


def test_a_fault_may_pass_over_calls_and_meet_several(stripe_double, client):
    stripe_double.fault("busy", SESSIONS, skip=1, times=2)
    client.v1.checkout.sessions.list()
    for _time in range(2):
        with pytest.raises(stripe.RateLimitError):
            client.v1.checkout.sessions.list()
    client.v1.checkout.sessions.list()


@pytest.mark.parametrize(("kind", "effects"), [("hold_before", 0), ("hold_after", 1)])
def test_a_held_call_waits_with_or_without_its_effect(stripe_double, client, kind, effects):
    stripe_double.fault(kind, SESSIONS, "POST")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(session_of, client)
        assert stripe_double.wait_held() == 1
        assert made(stripe_double) == effects
        if kind == "hold_before":
            with pytest.raises(stripe.APIError, match="in-progress") as busy:
                session_of(client_of(stripe_double))
            assert busy.value.http_status == 409
        stripe_double.let_go()
        answered = held.result()

    assert session_of(client).id == answered.id
    assert made(stripe_double) == 1


def test_one_key_at_once_makes_one_object(stripe_double):
    together = threading.Barrier(6)

    def attempt(_number):
        together.wait()
        try:
            return client_of(stripe_double).v1.checkout.sessions.create(params(), {"idempotency_key": "k1"}).id
        except stripe.APIError as error:
            return error.http_status

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(attempt, range(6)))

    assert made(stripe_double) == 1
    assert answers - {409} == {stripe_double.objects("checkout.session")[0]["id"]}


def test_nobody_listens_while_it_is_down(stripe_double, client):
    session_of(client)
    with stripe_double.down(), pytest.raises(stripe.APIConnectionError):
        session_of(client)

    session_of(client_of(stripe_double))
    assert made(stripe_double) == 1

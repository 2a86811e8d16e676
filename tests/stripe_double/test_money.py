"""Refunds, disputes, fees, and what the balance says of them."""

from datetime import UTC, datetime

import pytest
import stripe

from tests.stripe_double import control
from tests.stripe_double.asking import client_of, session_of, types


@pytest.fixture
def client(stripe_double):
    return client_of(stripe_double)


@pytest.fixture
def paid(stripe_double, client):
    """The id of an intent of 120.00 that has been paid by card."""
    return stripe_double.pay(session_of(client).id)["id"]


def refund(client, intent, key="r1", **params):
    return client.v1.refunds.create({"payment_intent": intent, **params}, {"idempotency_key": key})


def test_never_more_is_refunded_than_was_captured(stripe_double, client, paid):
    first = refund(client, paid, amount=5_000, metadata={"refund": "ours"})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        refund(client, paid, "r2", amount=7_001)
    with pytest.raises(stripe.InvalidRequestError) as nothing:
        refund(client, paid, "r3", amount=0)
    assert (nothing.value.code, nothing.value.param) == ("parameter_invalid_integer", "amount")
    rest = refund(client, paid, "r4")
    with pytest.raises(stripe.InvalidRequestError) as again:
        refund(client, paid, "r5", amount=1)

    assert (first.status, first.amount, first.metadata.to_dict()) == ("succeeded", 5_000, {"refund": "ours"})
    assert (rest.amount, again.value.code) == (7_000, "charge_already_refunded")
    charge = client.v1.payment_intents.retrieve(paid, {"expand": ["latest_charge.refunds"]}).latest_charge
    assert (charge.amount_refunded, charge.refunded) == (12_000, True)
    assert [each.id for each in charge.refunds.data] == [rest.id, first.id]
    assert [each.id for each in client.v1.refunds.list({"payment_intent": paid}).data] == [rest.id, first.id]
    assert types(stripe_double)[-4:] == ["refund.created", "charge.refunded"] * 2
    assert stripe_double.money()["eur"] == {"charge": 12_000, "refund": -12_000, "fees": -205, "net": -205}


def test_a_list_inside_an_object_is_its_first_page(stripe_double, client, paid):
    made = [stripe_double.refund(paid, 1)["id"] for _time in range(11)]

    expand = {"expand": ["latest_charge.refunds.data.balance_transaction"]}
    refunds = client.v1.payment_intents.retrieve(paid, expand).latest_charge.refunds
    assert ([each.id for each in refunds.data], refunds.has_more) == (made[:0:-1], True)
    assert refunds.data[0].balance_transaction.amount == -1


def test_a_refund_may_wait_and_fail(stripe_double, client, paid):
    stripe_double.settings(refunds_wait=True)
    first, second = refund(client, paid, amount=1_000), refund(client, paid, "r2", amount=2_000)
    assert (first.status, second.status) == ("pending", "pending")

    stripe_double.refund_succeeds(first.id)
    stripe_double.refund_fails(second.id)

    assert client.v1.refunds.retrieve(first.id).status == "succeeded"
    failed = client.v1.refunds.retrieve(second.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert failed.failure_balance_transaction.amount == 2_000
    assert (
        client.v1.payment_intents.retrieve(paid, {"expand": ["latest_charge"]}).latest_charge.amount_refunded == 1_000
    )
    assert types(stripe_double)[-3:] == ["charge.refund.updated", "refund.updated", "refund.failed"]
    sums = {"charge": 12_000, "refund": -3_000, "refund_failure": 2_000, "fees": -205, "net": 10_795}
    assert stripe_double.money()["eur"] == sums


def test_a_refund_believed_done_fails_a_minute_later_with_the_card_for_it(stripe_double, client):
    intent = stripe_double.pay(session_of(client).id, card="4000000000005126")["id"]
    made = refund(client, intent)
    assert made.status == "succeeded"

    stripe_double.advance(61)

    assert client.v1.refunds.retrieve(made.id).status == "failed"


def test_a_refund_of_a_bank_debit_ends_when_it_is_told_to(stripe_double, client):
    session = session_of(client)
    intent = stripe_double.pay_later(session.id)["id"]
    stripe_double.settle(session.id)
    made = refund(client, intent)
    assert made.status == "pending"

    stripe_double.refund_succeeds(made.id)

    assert client.v1.refunds.retrieve(made.id).status == "succeeded"


def test_a_refund_of_the_dashboard_is_nobodys(stripe_double, client, paid):
    made = stripe_double.refund(paid, 300)

    found = client.v1.refunds.retrieve(made["id"])
    assert (found.amount, found.metadata.to_dict(), found.reason) == (300, {}, "requested_by_customer")
    assert stripe_double.events()[-1]["request"] == {"id": None, "idempotency_key": None}


@pytest.mark.parametrize(
    ("won", "last", "sums"),
    [
        (True, "charge.dispute.funds_reinstated", {"dispute": -12_000, "dispute_reversal": 12_000, "net": 9_795}),
        (False, "charge.dispute.funds_withdrawn", {"dispute": -12_000, "net": -2_205}),
    ],
)
def test_a_dispute_takes_the_money_and_returns_it_when_won(stripe_double, client, paid, won, last, sums):
    opened = stripe_double.dispute(paid)
    assert client.v1.payment_intents.retrieve(paid, {"expand": ["latest_charge"]}).latest_charge.disputed
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(client, paid)
    assert refused.value.code == "charge_disputed"

    stripe_double.close_dispute(opened["id"], won=won)

    (found,) = client.v1.disputes.list({"payment_intent": paid}).data
    assert (found.status, found.amount) == ("won" if won else "lost", 12_000)
    assert len(found.balance_transactions) == 1 + won
    assert types(stripe_double)[-2:] == [last, "charge.dispute.closed"]
    fees = {"charge": 12_000, "fees": -2_205}
    assert stripe_double.money()["eur"] == fees | sums
    with pytest.raises(control.Refusal):
        stripe_double.close_dispute(opened["id"], won=won)


def test_an_inquiry_moves_no_money(stripe_double, client, paid):
    asked = stripe_double.dispute(paid, asks=True)
    refund(client, paid, amount=100)
    stripe_double.close_dispute(asked["id"], won=False)

    assert client.v1.disputes.retrieve(asked["id"]).status == "warning_closed"
    assert "dispute" not in stripe_double.money()["eur"]


def test_the_fee_comes_behind_the_charge_when_it_is_told_to(stripe_double, client):
    stripe_double.settings(fees_wait=True)
    intent = stripe_double.pay(session_of(client).id)["id"]
    expand = {"expand": ["latest_charge.balance_transaction"]}
    assert client.v1.payment_intents.retrieve(intent, expand).latest_charge.balance_transaction is None

    stripe_double.book_fees()

    assert client.v1.payment_intents.retrieve(intent, expand).latest_charge.balance_transaction.fee == 205
    assert types(stripe_double)[-1] == "charge.updated"


def test_the_balance_is_told_by_day_and_source(stripe_double, client):
    stripe_double.stop_clock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    intent = stripe_double.pay(session_of(client).id)["id"]
    stripe_double.advance(24 * 3600)
    made = refund(client, intent, amount=500)

    second = datetime(2026, 3, 2, tzinfo=UTC)
    assert stripe_double.money(until=second) == {"eur": {"charge": 12_000, "fees": -205, "net": 11_795}}
    assert stripe_double.money(since=second) == {"eur": {"refund": -500, "fees": 0, "net": -500}}
    listed = client.v1.balance_transactions.list(
        {"created": {"gte": int(second.timestamp())}, "expand": ["data.source"]}
    )
    assert [(row.type, row.amount, row.source.id) for row in listed.data] == [("refund", -500, made.id)]
    (charged,) = client.v1.balance_transactions.list({"type": "charge"}).data
    assert (charged.fee, charged.net, charged.reporting_category) == (205, 11_795, "charge")


def test_many_are_sold_at_once(stripe_double, client):
    account = stripe_double.connect()
    sold = stripe_double.sell([{"attempt": "a1"}, {"attempt": "a2"}], amount=700, account=account)

    theirs = client_of(stripe_double, account=account)
    assert theirs.v1.checkout.sessions.retrieve(sold[1]["session"]).payment_intent == sold[1]["intent"]
    assert stripe_double.charges_per("attempt") == {"a1": 1, "a2": 1}
    with pytest.raises(control.Refusal, match="no_such_setting"):
        stripe_double.settings(no_such_setting=True)
    with pytest.raises(control.Refusal, match="KeyError"):
        stripe_double.tell("pay")


def test_the_digest_tells_other_money_apart(stripe_double, client, paid):
    before = stripe_double.digest()
    assert stripe_double.digest() == before
    refund(client, paid, amount=1)
    assert stripe_double.digest() != before


def test_what_happened_since_a_snapshot_never_did(stripe_double, client, paid):
    def known():
        kinds = ("checkout.session", "payment_intent", "charge", "refund", "dispute", "balance_transaction", "event")
        objects = [stripe_double.objects(kind) for kind in kinds]
        return objects, stripe_double.events(), stripe_double.pending(), stripe_double.money()

    first, before = refund(client, paid, amount=1_000), known()
    stripe_double.snapshot()
    second, between = refund(client, paid, "r2", amount=2_000), known()
    stripe_double.snapshot()
    stripe_double.dispute(paid, 3_000)
    stripe_double.drop()
    session_of(client, "k2")

    stripe_double.restore()
    assert known() == between
    assert refund(client, paid, "r2", amount=2_000).id == second.id
    stripe_double.restore()
    assert known() == before
    assert refund(client, paid, amount=1_000).id == first.id  # what was asked before is known
    assert refund(client, paid, "r2", amount=2_000).id != second.id  # and what came after is not
    assert stripe_double.pending()[: len(before[2])] == before[2]
    with pytest.raises(control.Refusal, match="no snapshot"):
        stripe_double.restore()

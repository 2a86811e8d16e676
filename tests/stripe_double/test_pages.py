"""The pages of the payer and of the owner, and the double in a process of its own."""

import http.client
import os
import re
from html import unescape
from urllib.parse import urlencode, urlsplit

import pytest
import stripe

from tests.stripe_double import control
from tests.stripe_double.asking import client_of, params, session_of

HOSTILE = '<script>alert("1")</script> & \'co'


@pytest.fixture
def client(stripe_double):
    return client_of(stripe_double)


def browse(url, form=None):
    """Return status, where one is sent, and the words of a page."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("GET" if form is None else "POST", parts.path, urlencode(form or {}), headers)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    assert "<script" not in page
    return answer.status, answer.headers["Location"], unescape(re.sub(r"<[^>]+>", " ", page))


def test_a_payer_is_declined_pays_and_is_sent_back(stripe_double, client):
    price = {"currency": "eur", "unit_amount": 6_000, "product_data": {"name": HOSTILE}}
    session = session_of(client, line_items=[{"price_data": price, "quantity": 2}])
    status, _where, words = browse(session.url)
    assert status == 200
    for word in ("EUR 120.00", "The platform", HOSTILE, "No money moves"):
        assert word in words

    assert "Your card was declined." in browse(session.url, {"act": "decline", "card": ""})[2]
    assert "not one of the test cards" in browse(session.url, {"act": "pay", "card": "4111111111111111"})[2]
    assert browse(session.url, {"act": "cancel"})[:2] == (303, "http://localhost/")
    back = (303, f"http://localhost/back/?s={session.id}")
    assert browse(session.url, {"act": "pay", "card": "4242 4242 4242 4242"})[:2] == back

    assert "This has been paid." in browse(session.url, {"act": "pay", "card": control.CARD})[2]
    assert "This has been paid." in browse(session.url)[2]
    assert stripe_double.charges_per("attempt") == {"a1": 1}


def test_a_page_that_is_too_late_takes_nothing(stripe_double, client):
    session = session_of(client)
    stripe_double.advance(24 * 3600)

    assert browse(session.url)[0] == 410
    assert browse(session.url, {"act": "pay", "card": control.CARD})[0] == 410
    assert browse(f"{stripe_double.url}/pay/cs_test_nobody")[0] == 404
    assert browse(f"{stripe_double.url}/elsewhere")[0] == 404
    assert stripe_double.objects("charge") == []


def test_a_bank_debit_comes_by_itself_where_nobody_steers(stripe_double, client):
    stripe_double.settings(auto=True)
    session = session_of(client)
    assert browse(session.url, {"act": "debit"})[0] == 303
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"

    stripe_double.advance(61)

    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_an_owner_connects_an_account(stripe_double, client):
    account = client.v1.accounts.create(
        {"country": "DE", "email": "owner@harbour.example", "metadata": {"studio": "7"}}
    )
    theirs = client_of(stripe_double, account=account.id)
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges"):
        theirs.v1.checkout.sessions.create(params())
    asked = {"account": account.id, "type": "account_onboarding"}
    asked |= {"refresh_url": "http://localhost/again/", "return_url": "http://localhost/connected/"}
    link = client.v1.account_links.create(asked)

    assert "owner@harbour.example" in browse(link.url)[2]
    assert browse(link.url)[:2] == (303, "http://localhost/again/")
    assert browse(link.url, {})[:2] == (303, "http://localhost/connected/")

    found = client.v1.accounts.retrieve(account.id)
    assert (found.charges_enabled, found.details_submitted, found.metadata.to_dict()) == (True, True, {"studio": "7"})
    (told,) = stripe_double.events()
    assert (told["type"], told["account"]) == ("account.updated", account.id)
    assert theirs.v1.accounts.retrieve_current().id == account.id
    assert theirs.v1.checkout.sessions.create(params()).status == "open"
    assert [each.id for each in client.v1.accounts.list().data] == [account.id]
    late = client.v1.account_links.create(asked)
    stripe_double.advance(301)
    assert browse(late.url)[1] == "http://localhost/again/"


def test_a_process_of_its_own_remembers_over_a_restart(tmp_path):
    file = tmp_path / "stripe.json"
    with control.apart("--state", os.fspath(file)) as double:
        session = session_of(client_of(double))
        intent = double.pay(session.id)["id"]
        pending, money = double.pending(), double.digest()
    with control.apart("--state", os.fspath(file)) as double:
        client = client_of(double)
        assert client.v1.payment_intents.retrieve(intent).status == "succeeded"
        assert session_of(client).id == session.id  # the key is known
        assert (double.pending(), double.digest()) == (pending, money)

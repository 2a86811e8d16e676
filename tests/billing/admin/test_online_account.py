"""The owner sets up online payments on Stripe's pages, and the page says how the account stands."""

import pytest
import requests

from studio.tenancy.context import on_platform
from studio.tenancy.models import PaymentAccount
from studio.tenancy.services import payment_accounts
from tests.staff import account, signed_in
from tests.stripe_double import control

pytestmark = pytest.mark.django_db
PAGE = "/admin/billing/online-account/"


@pytest.fixture
def double(settings, stripe_double):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = control.KEY, stripe_double.url
    return stripe_double


@pytest.fixture
def owner(web):
    return signed_in(web, account("owner"))


def test_an_owner_is_led_to_stripe_and_comes_back_to_a_page_that_knows(double, owner, studio):
    first = owner.get(PAGE)
    assert ("has no account at Stripe yet" in first.text, "Set up online payments" in first.text) == (True, True)
    assert f"form-action 'self' {double.url}" in first["Content-Security-Policy"]

    led = owner.post(PAGE)["Location"]
    assert (
        led.startswith(f"{double.url}/connect/acct_"),
        "Finish and connect" in requests.get(led, timeout=10).text,
    ) == (True, True)
    back = owner.get(f"{PAGE}?back=1")
    assert ("to be finished at Stripe" in back.text, "a bank account for the payouts" in back.text) == (True, True)
    assert "You are back, and Stripe still has questions" in back.text

    again = owner.post(PAGE)["Location"]
    requests.get(again, timeout=10)
    went = requests.post(again, timeout=10, allow_redirects=False)
    assert went.headers["Location"].endswith(f"{PAGE}?back=1")
    done = owner.get(f"{PAGE}?back=1")

    assert ("Clients can pay invoices and deposits online." in done.text, "Go on at Stripe" in done.text) == (
        True,
        False,
    )
    with on_platform():
        given = PaymentAccount.objects.get(studio=studio)
    assert (given.is_ready, given.connected_by != "", led.split("/")[4]) == (True, True, given.provider_account)


def test_what_stripe_still_wants_is_said_in_words(double, owner, studio):
    name = double.connect("A studio")
    payment_accounts.assign_account(studio=studio, account=name, by="Olive")
    wants = ["individual.verification.document", "person_1Nv0FGQ9RKHgCVdK.email", "external_account", "odd.thing"]
    restricted = {"currently_due": wants, "past_due": ["external_account"], "disabled_reason": "requirements.past_due"}
    for changes, says in (
        ({"charges_enabled": False, "requirements": restricted}, "a proof of identity of the owner"),
        ({"charges_enabled": False, "requirements": {"currently_due": []}}, "Stripe has all it asked for"),
        ({"charges_enabled": True, "payouts_enabled": False}, "it cannot be paid out to your bank yet"),
    ):
        double.change(name, **changes)
        page = owner.get(PAGE).text
        assert says in page, says
    with double.down():
        page = owner.get(PAGE)
    assert (page.status_code, "Below stands what was known before." in page.text) == (200, True)


def test_without_a_key_and_with_the_platforms_account_nothing_is_asked(double, owner, studio, settings):
    payment_accounts.assign_account(studio=studio, account="", by="Olive")
    assert "which was given to this studio" in owner.get(PAGE).text
    refused = owner.post(PAGE, follow=True)
    assert "Payments go to the platform" in refused.text

    settings.STRIPE_SECRET_KEY = ""
    assert "has given it no key of Stripe" in owner.get(PAGE).text
    assert double.calls() == []


def test_only_an_owner_says_where_the_money_goes(double, web):
    manager = signed_in(web, account("manager"))
    assert "Only an owner of the studio can do this." in manager.get(PAGE).text
    assert (manager.post(PAGE).status_code, double.calls()) == (403, [])

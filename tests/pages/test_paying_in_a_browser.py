"""A client without an account pays a deposit, then the rest, each once, on the pages of the stand-in for Stripe."""

from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Payment, PaymentAttempt
from billing.selectors import pay_links
from billing.services import vat_rates
from tests.billing.stripe_journeys import deliver, set_up
from tests.billing_factories import issued
from tests.factories import ClientFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def button(page, name):
    return page.get_by_role("button", name=name)


def pay_by_card(page, double):
    page.wait_for_url(f"{double.url}/pay/**")
    button(page, "Pay").first.click()
    page.wait_for_url("**/back/")


def test_a_client_pays_the_deposit_and_the_rest_each_once(page, house, address, settings, stripe_double, complaints):
    set_up(settings, stripe_double, house)
    settings.PUBLIC_PORT = str(urlsplit(address).port)
    vat_rates.seed_rates(country="FR")
    invoice = issued(client=ClientFactory(email="ada@example.org"), deposit_amount=Decimal(30))
    path = pay_links.path_of(invoice, today=timezone.localdate())

    # Two windows, one payment; the one that was left open leads to it, too.
    page.goto(path)
    other = page.context.new_page()
    other.goto(path)
    button(page, "Pay deposit: 30.00 EUR").click()
    page.wait_for_url(f"{stripe_double.url}/pay/**")
    button(other, "Pay deposit: 30.00 EUR").click()
    other.wait_for_url(page.url)

    # Stripe's news comes after the client.
    pay_by_card(page, stripe_double)
    expect(page.get_by_text("Thank you: your payment of 30.00 EUR has arrived.")).to_be_visible()
    other.reload()
    expect(other.get_by_text("This has been paid.")).to_be_visible()
    deliver(stripe_double)

    button(page, "Pay 90.00 EUR").click()
    pay_by_card(page, stripe_double)
    expect(page.get_by_role("heading", name="All of it is paid")).to_be_visible()
    deliver(stripe_double)
    page.reload()

    assert [each.state for each in PaymentAttempt.objects.order_by("pk")] == ["succeeded", "succeeded"]
    assert [payment.amount for payment in Payment.objects.order_by("pk")] == [Decimal(30), Decimal(90)]
    assert complaints == []

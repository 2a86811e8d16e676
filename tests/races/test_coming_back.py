"""A client who comes back from Stripe while a worker has the same payment is told of their payment, not of a rival."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.selectors import pay_links
from tests.billing.stripe_journeys import begun, wrong_in_the_books

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_comes_back_meanwhile_is_told_that_the_payment_is_looked_at(online, keep, web, stripe_double):
    attempt = begun()
    token = pay_links.token_of(attempt.invoice, today=timezone.localdate())
    back = reverse("billing:pay-back", kwargs={"token": token})
    stripe_double.pay(attempt.checkout_session_id)
    stripe_double.drop()

    kept = keep(attempt.invoice.client)
    meanwhile = web.get(back)
    kept.set()
    then = web.get(back)

    assert (meanwhile.status_code, "<form" in meanwhile.text, "Somebody else" in meanwhile.text) == (503, False, False)
    assert "Your payment is just being looked at." in meanwhile.text
    assert (then.status_code, "has arrived" in then.text) == (200, True)
    assert wrong_in_the_books() == []

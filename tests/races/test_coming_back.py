"""A client who comes back from Stripe while a worker has the same payment is told of their payment, not of a rival."""

import threading

import pytest
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone

from billing.selectors import pay_links
from sessions_app.models import Client
from studio.tenancy.context import inside
from tests.billing.stripe_journeys import begun, wrong_in_the_books

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30  # seconds


@pytest.fixture
def kept(online):
    """Return how to let another connection keep a client, as a worker does, until that is told to let go."""
    let_go, keepers = threading.Event(), []

    def keeping(client):
        is_taken = threading.Event()

        def hold():
            try:
                with inside(online), transaction.atomic():
                    Client.objects.locked().get(pk=client.pk)
                    is_taken.set()
                    let_go.wait(PATIENCE)
            finally:
                connections.close_all()

        keepers.append(threading.Thread(target=hold))
        keepers[-1].start()
        assert is_taken.wait(PATIENCE)

    def freeing():
        let_go.set()
        for keeper in keepers:
            keeper.join(PATIENCE)

    yield keeping, freeing
    freeing()


def test_who_comes_back_meanwhile_is_told_that_the_payment_is_looked_at(kept, web, stripe_double):
    keep, free = kept
    attempt = begun()
    token = pay_links.token_of(attempt.invoice, today=timezone.localdate())
    back = reverse("billing:pay-back", kwargs={"token": token})
    stripe_double.pay(attempt.checkout_session_id)
    stripe_double.drop()

    keep(attempt.invoice.client)
    meanwhile = web.get(back)
    free()
    then = web.get(back)

    assert (meanwhile.status_code, "<form" in meanwhile.text, "Somebody else" in meanwhile.text) == (503, False, False)
    assert "Your payment is just being looked at." in meanwhile.text
    assert (then.status_code, "has arrived" in then.text) == (200, True)
    assert wrong_in_the_books() == []

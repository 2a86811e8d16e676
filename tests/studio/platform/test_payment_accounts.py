"""Operators give the key's own account to one studio, and see whether Stripe answers and what was about nobody."""

import pytest
from django.utils import timezone

from studio.tenancy.context import as_owner
from studio.tenancy.models import PaymentAccount, ProviderBreaker, StrayEvent

pytestmark = pytest.mark.django_db
LIST = "/admin/tenancy/paymentaccount/"


def test_the_keys_own_account_is_given_to_one_studio(desk, studio, other_studio, settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "sk_test_x", []
    assert "given to no studio" in desk.get(LIST).text
    given = {"studio": studio.pk, "provider_account": ""}
    assert desk.post(f"{LIST}add/", given).status_code == 302

    second = desk.post(f"{LIST}add/", given | {"studio": other_studio.pk})

    assert (second.status_code, "Another studio has this account." in second.text) == (200, True)
    with as_owner():
        [row] = PaymentAccount.objects.all()
    assert (row.studio_id, row.provider_account, row.is_ready) == (studio.pk, "", True)


def test_the_list_says_how_stripe_is(desk, settings):
    assert "no studio takes payments online" in desk.get(LIST).text
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "sk_test_x", []
    with as_owner():
        ProviderBreaker.objects.create(provider="stripe", failures=5, opened_at=timezone.now())
        StrayEvent.objects.create(
            event_id="evt_1", type="x", payload={}, problem="No studio.", received_at=timezone.now()
        )

    page = desk.get(LIST).text

    assert all(each in page for each in ("what Stripe tells is refused", "left alone since", "<b>1</b>"))

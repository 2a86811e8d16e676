"""What the list of members says of money that is owed."""

import re
from decimal import Decimal

import pytest
from django.utils import timezone

from sessions_app.models import Client
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.staff import account, signed_in
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.models import Subscription
from training.services import subscriptions
from training.services.credits import use_credit

MEMBERS = "/admin/training/member/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(web):
    return signed_in(web, account("manager"))


def test_balance_is_a_dash_only_where_nothing_is_owed(office):
    names = ("Paid", "Unpaid", "Given up", "Upgraded", "Owes", "None")
    cast = {name: MemberFactory(first_name=name, last_name="X") for name in names}
    now, today = timezone.now(), timezone.localdate()
    lots = {
        name: SubscriptionFactory(member=cast[name], plan=PlanFactory(), starts_on=today, now=now)
        for name in names[:-1]
    }
    Subscription.objects.filter(pk=lots["Paid"].pk).update(paid_amount=lots["Paid"].price)
    subscriptions.cancel_subscription(subscription=lots["Given up"], reason="A slip", actor=None, now=now)
    used = TrainingSessionFactory(member=cast["Upgraded"], scheduled_start=now)
    use_credit(session=used, actor=None, now=now)  # what is used of a plan is owed, whatever it became
    new = subscriptions.upgrade_subscription(subscription=lots["Upgraded"], plan=PlanFactory(), actor=None, now=now)
    Subscription.objects.filter(pk=new.pk).update(paid_amount=500)
    Client.objects.filter(pk=cast["Owes"].client_id).update(balance_due=Decimal("12.50"))
    office.post(f"{MEMBERS}layout/", {"columns": ["balance"], "page_size": "50"})

    page = office.get(MEMBERS).content.decode()

    cells = re.findall(r"<t[dh][^>]*field-(?:full_name|balance)[^>]*>(.*?)</t[dh]>", page, re.DOTALL)
    plain = [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in cells]
    assert dict(zip(plain[::2], plain[1::2], strict=True)) == {
        "Given up X": "-",
        "None X": "-",
        "Owes X": "12.50 EUR",
        "Paid X": "-",
        "Unpaid X": "plan not paid",
        "Upgraded X": "plan not paid",
    }

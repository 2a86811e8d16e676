"""Sessions that no plan pays for: told where they come about, and found afterwards."""

import html
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.membership_factories import SubscriptionFactory
from tests.staff import account, signed_in, studio_day
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.services.credits import use_credit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SESSIONS = "/admin/training/trainingsession/"


@pytest.fixture
def office(web):
    return signed_in(web, account("manager"))


def page(name, *keys):
    return reverse(f"admin:training_{name}", "studio.urls", args=keys)


def text(answer):
    return " ".join(html.unescape(answer.content.decode()).split())


def test_what_no_plan_pays_for_is_told_and_found(office, machine, ada):
    now = timezone.now()
    lots = [SubscriptionFactory(member=who, starts_on=studio_day(), now=now) for who in (ada, MemberFactory())]
    sessions = [
        TrainingSessionFactory(machine=machine, member=lot.member, scheduled_start=now + days * DAY)
        for days, lot in enumerate(lots, start=2)
    ]
    for each in sessions:
        use_credit(session=each, actor=None, now=now)
    assert list(office.get(SESSIONS, {"uncovered": "coming"}).context["cl"].queryset) == []
    assert "no plan pays for" not in text(office.get(reverse("admin:index", "studio.urls")))

    given = {"reason": "Moved away", "booked": "unpaid"}
    done = office.post(page("subscription_cancel", lots[0].pk), given, follow=True).content.decode()

    link = html.unescape(re.search(r'paid by no plan\. <a class="panel-link" href="([^"]+)">Show them</a>', done)[1])
    assert "1 session to come is paid by no plan." in done
    assert list(office.get(link).context["cl"].queryset) == [sessions[0]]
    assert list(office.get(SESSIONS, {"uncovered": "coming"}).context["cl"].queryset) == [sessions[0]]
    assert "<b>1</b> to come that no plan pays for" in text(office.get(reverse("admin:index", "studio.urls")))
    panels = [text(office.get(f"/admin/training/session/{each.pk}/")) for each in sessions]
    assert ["No plan pays for this session." in panel for panel in panels] == [True, False]
    assert list(office.get(SESSIONS, {"uncovered": "over"}).context["cl"].queryset) == []

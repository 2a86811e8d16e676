"""From a member to what they need next: a plan, a slot; and what the pages say on the way."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.staff import account, signed_in, studio_day
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.models import SessionType, Subscription, TrainingSession
from training.services import subscriptions
from training.services.credits import use_credit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def office(web):
    return signed_in(web, account("manager"))


def page(name, *keys):
    return reverse(f"admin:training_{name}", "studio.urls", args=keys)


def text(answer):
    return " ".join(html.unescape(answer.content.decode()).split())


@pytest.mark.parametrize("has_plan", [False, True])
@pytest.mark.parametrize(("kind", "act"), [("trial", "convert-trial"), ("collaboration", "convert-collaboration")])
def test_whoever_is_made_a_full_member_is_led_to_a_plan_unless_they_have_one(office, kind, act, has_plan):
    member = MemberFactory(member_type=kind)
    if has_plan:
        plan = PlanFactory(is_collaboration=kind == "collaboration")
        SubscriptionFactory(member=member, plan=plan, starts_on=studio_day(), now=timezone.now())
        type(member).objects.filter(pk=member.pk).update(member_type=kind)

    led = office.post(page(f"member_{act}", member.pk), {}, follow=True)

    to = page("member_profile", member.pk) if has_plan else f"{page('subscription_add')}?member={member.pk}"
    assert led.redirect_chain == [(to, 302)]
    assert ("Without a plan nothing can be booked" in text(led)) is not has_plan


def test_who_cannot_be_made_full_again_is_not_asked(office):
    member = MemberFactory(member_type="collaboration")

    answer = office.get(page("member_convert-trial", member.pk), follow=True)

    assert answer.redirect_chain == [(page("member_profile", member.pk), 302)]
    assert "The trial member becomes" not in text(answer)


@pytest.mark.parametrize(("kind", "code"), [("full", "member"), ("trial", "trial"), ("collaboration", "collaboration")])
def test_from_the_member_through_the_grid_to_the_form_with_the_member_chosen(office, machine, kind, code):
    member, other = MemberFactory(member_type=kind), MemberFactory()
    grid = re.search(
        r'href="(/admin/training/day/\?for=[^"]+)"', office.get(page("member_profile", member.pk)).content.decode()
    )
    day = (studio_day() + DAY).isoformat()

    shown = office.get(f"{grid[1]}&day={day}").content.decode()

    slots = [html.unescape(link) for link in re.findall(r'href="(/admin/training/book/[^"]+)"', shown)]
    asked = [parse_qs(urlsplit(link).query) for link in slots]
    assert {(each["member"][0], each["session_type"][0]) for each in asked} == {(str(member.pk), code)}
    days = re.findall(r'class="day-tab" href="([^"]+)"', shown)
    assert (len(days), {f"for={member.pk}" in each for each in days}) == (7, {True})
    form = office.get(slots[0]).content.decode()
    assert re.search(rf'name="member" value="{member.pk}" checked', form)
    assert re.search(rf'name="session_type" value="{SessionType.objects.get(code=code).code}"[^>]*checked', form)
    assert str(other.pk) not in form
    assert "member=" not in office.get(f"/admin/training/day/?day={day}").content.decode().replace("member=1", "")


@pytest.mark.parametrize("nobody", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_grid_for_nobody_is_the_plain_grid(office, machine, nobody):
    answer = office.get("/admin/training/day/", {"for": nobody})

    assert (answer.status_code, "Choose a free slot for" in text(answer)) == (200, False)


def test_a_plan_says_what_is_still_to_be_paid_and_when(office):
    lot = SubscriptionFactory(plan=PlanFactory(name="Ten"), starts_on=studio_day(), now=timezone.now())
    unpaid = text(office.get(page("subscription_change", lot.pk)))
    listed = office.get(page("subscription_changelist"), {"standing": "unpaid"}).context["cl"]
    assert ("500.00 EUR now; " in unpaid, list(listed.queryset)) == (True, [lot])
    Subscription.objects.filter(pk=lot.pk).update(paid_amount=500)

    paid = text(office.get(page("subscription_change", lot.pk)))

    assert "500.00 EUR now; " not in paid
    assert list(office.get(page("subscription_changelist"), {"standing": "unpaid"}).context["cl"].queryset) == []


@pytest.mark.parametrize(("sessions", "said"), [(1, "used up"), (2, "expired")])
def test_a_plan_that_ended_with_nothing_left_is_used_up(office, ada, sessions, said):
    now = timezone.now()
    plan = PlanFactory(sessions_count=sessions)
    lot = SubscriptionFactory(member=ada, plan=plan, starts_on=studio_day(), now=now)
    use_credit(session=TrainingSessionFactory(member=ada, scheduled_start=now), actor=None, now=now)
    later = now if sessions == 1 else now + 200 * DAY
    plan_after = {"member": ada, "plan": plan, "starts_on": studio_day() + (later - now), "actor": None, "now": later}
    subscriptions.grant_subscription(**plan_after)

    shown = [office.get(page("member_profile", ada.pk)), office.get(page("subscription_change", lot.pk))]

    lot.refresh_from_db()
    assert (lot.status, [said in text(each) for each in shown]) == ("expired", [True, True])


def test_a_session_without_a_name_says_so_at_the_desk_and_is_given_one(office, machine, ada):
    now = timezone.now()
    start = now - timedelta(hours=3)
    nameless = TrainingSessionFactory(machine=machine, member=None, scheduled_start=start)
    SubscriptionFactory(member=ada, starts_on=studio_day() - DAY, now=now - DAY)
    assert "It was taken over without a name." in text(office.get("/admin/training/completion/"))

    office.post(page("trainingsession_member", nameless.pk), {"member": ada.pk})

    assert TrainingSession.objects.get().member == ada
    assert "It was taken over without a name." not in text(office.get("/admin/training/completion/"))


def test_an_empty_list_says_so_in_a_sentence(office):
    empty, filtered = (
        text(office.get(page("subscription_changelist"), asked)) for asked in ({}, {"status__exact": "paused"})
    )

    assert "There are no subscriptions so far." in empty
    assert "No subscriptions are as the search and the filters ask." in filtered
    assert ("Reset filters" in empty, "Reset filters" in filtered) == (False, True)

"""The pages of plans, subscriptions and trainers, as each role finds them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from studio.accounts.services import roles
from tests.factories import UserFactory
from tests.membership_factories import CertificateFactory, PayFactory, PlanFactory, SubscriptionFactory
from tests.staff import account, signed_in, studio_day
from tests.training_factories import MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import Plan, Subscription, Trainer
from training.selectors.credits import balance_of
from training.services import pauses
from training.services.credits import use_credit

pytestmark = pytest.mark.django_db


@pytest.fixture
def front_desk(web):
    return signed_in(web, account("front_desk"))


def page(name, *keys):
    return reverse(f"admin:training_{name}", "studio.urls", args=keys)


def current(**given):
    return SubscriptionFactory(starts_on=timezone.localdate(), now=timezone.now(), **given)


def text(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("planned", "told"), [(None, "paused for 9 days"), (4, "paused for 4 days"), (20, "paused for 9 days")]
)
def test_what_is_added_after_a_pause_is_what_the_page_says(front_desk, planned, told):
    now, day = timezone.now(), timedelta(days=1)
    lot = SubscriptionFactory(starts_on=studio_day() - 10 * day, now=now - 10 * day)
    resumes_on = None if planned is None else studio_day() + (planned - 9) * day
    pauses.pause_subscription(subscription=lot, reason="Away", resumes_on=resumes_on, actor=None, now=now - 9 * day)

    assert told in text(front_desk.get(page("subscription_resume", lot.pk)))

    front_desk.post(page("subscription_resume", lot.pk))
    assert Subscription.objects.get().ends_on == lot.ends_on + int(told.split()[2]) * day


def test_the_desk_gives_a_plan_and_sees_its_credits(front_desk):
    member, plan = MemberFactory(first_name="Ada"), PlanFactory(name="Pack of ten", signup_fee=Decimal(50))
    asked = {"member": str(member.pk), "plan": plan.pk, "starts_on": timezone.localdate().isoformat()}

    shown = front_desk.get(page("subscription_add"), {"member": str(member.pk)})
    assert str(member) in text(shown)
    summed = text(front_desk.get(page("subscription_sum"), {**asked, "page": "grant"}))
    assert "550.00 EUR" in summed
    for fee, said in (("", "550.00 EUR"), ("0", "500.00 EUR"), ("20", "520.00 EUR"), ("-1", "the sum stands here")):
        answer = front_desk.get(page("subscription_sum"), {**asked, "page": "grant", "signup_fee": fee})
        assert said in text(answer), fee
    done = front_desk.post(page("subscription_add"), asked, follow=True)

    lot = Subscription.objects.get()
    assert done.redirect_chain == [(page("subscription_change", lot.pk), 302)]
    assert "10 of 10 sessions are left" in text(done)
    assert "Ledger of credits" in text(done)
    refused = front_desk.post(page("subscription_add"), {**asked, "notes": "typed"})
    assert (refused.status_code, Subscription.objects.count()) == (409, 1)
    assert "has Pack of ten until" in text(refused)
    assert "typed" in text(refused)


def test_members_are_filtered_by_whether_a_plan_runs(front_desk):
    made = {status: current(member=MemberFactory(first_name=status)) for status in ("active", "paused", "expired")}
    made["scheduled"] = current(member=MemberFactory(first_name="scheduled"))
    MemberFactory(first_name="never")
    for status, lot in made.items():
        Subscription.objects.filter(pk=lot.pk).update(status=status)

    found = {
        answer: sorted(
            front_desk.get(page("member_changelist"), {"plan": answer})
            .context["cl"]
            .queryset.values_list("first_name", flat=True)
        )
        for answer in ("yes", "no")
    }

    assert found == {"yes": ["active", "paused"], "no": ["expired", "never", "scheduled"]}


def test_the_sum_of_an_upgrade_stands_on_the_page_before_it_is_made(front_desk):
    lot = current()
    dearer, cheaper = PlanFactory(price=Decimal(800), sessions_count=20), PlanFactory(price=Decimal(90))
    asked = {"subscription": lot.pk, "page": "upgrade"}
    choices = dict(front_desk.get(page("subscription_upgrade", lot.pk)).context["form"].fields["plan"].choices)
    assert {str(key): label for key, label in choices.items() if str(key)} == {
        str(cheaper.pk): f"{cheaper}: 10 sessions, 3 months, 90.00 EUR",
        str(dearer.pk): f"{dearer}: 20 sessions, 3 months, 800.00 EUR",
    }
    unpaid = text(front_desk.get(page("subscription_sum"), {**asked, "plan": dearer.pk}))
    assert ("Not paid of the old plan: 500.00 EUR" in unpaid, "300.00 EUR" in unpaid) == (True, False)
    Subscription.objects.filter(pk=lot.pk).update(paid_amount=500)

    assert "300.00 EUR" in text(front_desk.get(page("subscription_sum"), {**asked, "plan": dearer.pk}))
    assert "worth 410.00 EUR more" in text(front_desk.get(page("subscription_sum"), {**asked, "plan": cheaper.pk}))
    front_desk.post(page("subscription_upgrade", lot.pk), {"plan": dearer.pk})

    new = Subscription.objects.get(status="active")
    assert (new.amount, new.upgraded_from) == (300, lot)


def test_pausing_names_what_is_booked_and_each_act_leads_back(front_desk):
    lot = current()
    session = TrainingSessionFactory(member=lot.member, scheduled_start=timezone.now() + timedelta(days=2))
    use_credit(session=session, actor=None, now=timezone.now())
    asked = text(front_desk.get(page("subscription_pause", lot.pk)))
    assert "Each day of the pause is added to its end" in asked
    assert "1 session is booked on it." in asked
    for act, given, status in (
        ("pause", {"reason": "Holidays", "booked": "kept"}, "paused"),
        ("resume", {}, "active"),
        ("cancel", {"reason": "Moved away", "booked": "kept"}, "cancelled"),
    ):
        assert front_desk.post(page(f"subscription_{act}", lot.pk), given).status_code == 302
        lot.refresh_from_db()
        assert lot.status == status
    assert front_desk.post(page("subscription_resume", lot.pk)).status_code == 409


@pytest.mark.parametrize("role", ["manager", "front_desk"])
def test_credits_are_adjusted_by_managers_only(web, role):
    browser, lot = signed_in(web, account(role)), current()

    answer = browser.post(page("subscription_adjust", lot.pk), {"quantity": "2", "reason": "Machine broke down"})

    assert (answer.status_code, balance_of(lot)) == ((302, 12) if role == "manager" else (403, 10))
    assert ("Adjust credits" in text(browser.get(page("subscription_change", lot.pk)))) is (role == "manager")


@pytest.mark.parametrize(
    "given",
    [
        {"plan": "x", "member": "' OR 1=1", "starts_on": "tomorrow"},
        {"plan": "9" * 30, "member": "x" * 300, "starts_on": "0000-00-00"},
        {"subscription": "-1", "plan": "1e9", "page": "upgrade"},
        {},
    ],
)
def test_nonsense_in_the_sum_is_a_question(front_desk, given):
    answer = front_desk.get(page("subscription_sum"), given)

    assert (answer.status_code, "the sum stands here" in text(answer)) == (200, True)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"quantity": "-11", "reason": "x"}, "10 sessions are left"),
        ({"quantity": "99999999999999999999", "reason": "x"}, "less than or equal to 9999"),
        ({"quantity": "one", "reason": "x"}, "Enter a whole number"),
        ({"quantity": "1", "reason": "x" * 501}, "at most 500 characters"),
    ],
)
def test_nonsense_in_an_adjustment_is_refused_with_a_sentence(web, given, sentence):
    browser, lot = signed_in(web, account("manager")), current()

    answer = browser.post(page("subscription_adjust", lot.pk), given)

    assert answer.status_code in {400, 409}
    assert sentence in text(answer)
    assert balance_of(lot) == 10


def test_a_trainer_sees_the_calendar_and_members_and_no_money(web):
    person = UserFactory()
    roles.grant_role(user=person, role="trainer", actor=None, now=timezone.now())
    own, other = TrainerFactory(user=person, session_rate=71), TrainerFactory(session_rate=72)
    for trainer in (own, other):
        session = TrainingSessionFactory(trainer=trainer, status="completed", scheduled_start=timezone.now())
        PayFactory(session=session)
        CertificateFactory(trainer=trainer, number=f"no-{trainer.pk}")
    lot, browser = current(), signed_in(web, person)

    for name in ("plan_changelist", "subscription_changelist", "creditentry_changelist", "subscription_add"):
        assert browser.get(page(name)).status_code == 403, name
    assert browser.get(page("subscription_change", lot.pk)).status_code == 403
    house = reverse("admin:office_studioprofile_changelist", "studio.urls")  # bank and invoices among the rest
    assert (browser.get(house).status_code, browser.get("/admin/office/openinghours/").status_code) == (403, 200)
    seen = text(browser.get(page("trainerpay_changelist")))
    assert ("71.00" in seen, "72.00" in seen) == (True, False)
    for trainer in (own, other):
        shown = text(browser.get(page("trainer_change", trainer.pk)))
        assert (trainer.first_name in shown, "Rate per session" in shown) == (True, False)
        assert (f"no-{trainer.pk}" in shown) is (trainer == own)
        figures = text(browser.get(page("trainer_statistics", trainer.pk)))
        assert ("sessions completed" in figures, "earned" in figures.lower()) == (True, False)
    assert str(own.sessions.get().member) in text(browser.get(page("trainer_day", own.pk)))


def test_the_owner_sees_rates_pay_and_certificates_to_renew(web):
    browser = signed_in(web, account("owner"))
    trainer = TrainerFactory(session_rate=71)
    PayFactory(session=TrainingSessionFactory(trainer=trainer, status="completed", scheduled_start=timezone.now()))
    CertificateFactory(trainer=trainer, name="Resuscitation", expires_on=timezone.localdate())

    assert "71.00" in text(browser.get(page("trainer_statistics", trainer.pk)))
    assert "Resuscitation" in text(browser.get(page("trainer_change", trainer.pk)))
    assert "Certificates to renew" in text(browser.get(reverse("admin:index", "studio.urls")))
    typed = {"first_name": "Tara", "last_name": "Stone", "languages": "French\nEnglish", "bonus_after": 0}
    answer = browser.post(page("trainer_add"), typed)
    made = Trainer.objects.get(first_name="Tara")
    assert (answer.status_code, made.languages) == (302, ["French", "English"])


def test_plans_are_kept_on_their_page(web):
    browser = signed_in(web, account("manager"))
    given = {"name": "Ten", "sessions_count": 10, "months": 3, "price": "500", "signup_fee": "0", "is_active": "on"}

    assert browser.post(page("plan_add"), given).status_code == 302
    free = browser.post(page("plan_add"), {**given, "price": "0"})
    assert (free.status_code, Plan.objects.count()) == (200, 1)
    assert "Only a plan for collaborations may be free" in text(free)
    listed = text(browser.get(page("plan_changelist")))
    assert ("3 months" in listed, "50.00 EUR" in listed) == (True, True)

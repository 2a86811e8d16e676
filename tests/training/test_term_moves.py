"""Terms that move leave a line each in the trail; the plan that holds a session's day then pays for it."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from studio.accounts.models import AuditEvent
from tests.factories import NOW
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.staff import account, signed_in
from training.models import CreditEntry, TrainingSession
from training.selectors.credits import balance_of, broken_lots
from training.services import bookings, pauses, subscriptions, terms

pytestmark = pytest.mark.django_db
DAY, HALF = timedelta(days=1), timedelta(minutes=30)
TEN = datetime(2026, 6, 1, 10, tzinfo=NOW.tzinfo)


def book(machine, member, days, now=NOW):
    start = TEN + days * DAY
    session = bookings.book_session(
        machine=machine, member=member, scheduled_start=start, scheduled_end=start + HALF, actor=None, now=now
    )
    return TrainingSession.objects.get(pk=session.pk)


def renew(lot, **given):
    plan = given.get("plan") or lot.plan
    return subscriptions.renew_subscription(subscription=lot, plan=plan, actor=None, now=NOW)


def trail(lot):
    events = AuditEvent.objects.filter(object_type="training.subscription", object_id=str(lot.pk)).order_by("pk")
    return events.values_list("verb", "account", "changes", "reason").last()


def days(lot):
    lot.refresh_from_db()
    return [day.isoformat() for day in (lot.starts_on, lot.ends_on, lot.next_billing_on)]


def expected(before, after):
    return {
        name: list(pair)
        for name, pair in zip(("starts_on", "ends_on", "next_billing_on"), zip(before, after, strict=True), strict=True)
    }


@pytest.fixture
def lots(ada):
    """June to August, and September to November."""
    first = SubscriptionFactory(member=ada, plan=PlanFactory(name="Ten"))
    return first, renew(first)


def test_what_waits_moves_with_a_pause_and_the_plan_before_pays_for_what_it_left_behind(lots, machine, ada, desk):
    first, waiting = lots
    session = book(machine, ada, 94)  # 3 September
    assert session.subscription == waiting
    pauses.pause_subscription(subscription=first, reason="Away", actor=None, now=NOW)
    before, touched = days(waiting), waiting.updated_at

    pauses.resume_subscription(subscription=first, actor=desk, now=NOW + 10 * DAY)

    session.refresh_from_db()
    assert days(waiting) == ["2026-09-11", "2026-12-10", "2026-12-11"]
    assert waiting.updated_at > touched
    assert trail(waiting) == (
        "change",
        desk.pk,
        expected(before, days(waiting)),
        "Ten, which comes before it, was paused.",
    )
    assert trail(first)[2]["next_billing_on"] == ["2026-09-01", "2026-09-11"]
    assert (session.subscription, balance_of(first), balance_of(waiting), broken_lots()) == (first, 9, 10, [])
    moved = CreditEntry.objects.filter(kind="returned").get()
    assert (moved.subscription, moved.account) == (waiting, desk)


def test_what_no_other_plan_can_pay_stays_paid_and_is_marked(web, machine, ada):
    now = timezone.now()
    used_up = SubscriptionFactory(
        member=ada, plan=PlanFactory(sessions_count=1), starts_on=timezone.localdate(), now=now
    )
    waiting = subscriptions.renew_subscription(subscription=used_up, plan=PlanFactory(), actor=None, now=now)
    start = (now + 2 * DAY).replace(hour=12, minute=0, second=0, microsecond=0)
    times = {"scheduled_start": start, "scheduled_end": start + HALF}
    bookings.book_session(machine=machine, member=ada, actor=None, now=now, **times)  # the last of the one before
    last = {name: at + (waiting.ends_on - start.date()) for name, at in times.items()}
    session = bookings.book_session(machine=machine, member=ada, actor=None, now=now, **last)
    browser = signed_in(web, account("front_desk"))
    page = reverse("admin:training_subscription_change", args=[waiting.pk])
    assert "outside the term" not in browser.get(page).content.decode()

    said = browser.post(reverse("admin:training_subscription_begin", args=[waiting.pk]), follow=True).content.decode()

    session.refresh_from_db()
    assert (session.subscription, balance_of(waiting), broken_lots()) == (waiting, 9, [])
    assert "1 session lies outside the term of its plan now: it stays paid" in said
    assert "outside the term</span>" in browser.get(page).content.decode()


def test_what_follows_one_that_begins_early_moves_along_and_says_so(machine, ada, desk):
    small = PlanFactory(name="One", sessions_count=1)
    first = SubscriptionFactory(member=ada, plan=small)
    second = renew(first)
    third = renew(second, plan=PlanFactory())
    book(machine, ada, 1)
    stray = book(machine, ada, 180)  # 28 November, on the second, which will end on 31 August
    assert stray.subscription == second
    before = [days(second), days(third)]

    terms.begin_now(subscription=second, actor=desk, now=NOW)

    stray.refresh_from_db()
    assert (stray.subscription, balance_of(second), balance_of(third), broken_lots()) == (third, 1, 9, [])
    verb, actor, changes, _reason = trail(second)
    status = {"status": ["scheduled", "active"]}
    assert (verb, actor, changes) == ("start", desk.pk, expected(before[0], days(second)) | status)
    reason = "One, which comes before it, began early."
    assert trail(third) == ("change", desk.pk, expected(before[1], days(third)), reason)


def test_what_waited_for_a_cancelled_one_says_why_it_moved(lots, desk):
    first, waiting = lots
    pauses.pause_subscription(subscription=first, reason="Away", actor=None, now=NOW)
    before, late = days(waiting), datetime(2026, 10, 1, 9, tzinfo=NOW.tzinfo)

    subscriptions.cancel_subscription(subscription=first, reason="Gave up", actor=desk, now=late)

    reason = "Ten, which it waited for, was cancelled."
    assert trail(waiting) == ("change", desk.pk, expected(before, days(waiting)), reason)

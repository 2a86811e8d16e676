"""What becomes of sessions that are booked on a plan when it is ended or paused: the clerk says, the credits add up."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from studio.accounts.models import AuditEvent
from tests.factories import NOW
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.staff import account, signed_in
from training.models import SessionOutcome, TrainingSession
from training.selectors.credits import balance_of, broken_lots
from training.services import bookings, completion, pauses, subscriptions
from training.services.booked_ahead import Settlement, StillBooked

pytestmark = pytest.mark.django_db
DAY, HOUR, HALF = timedelta(days=1), timedelta(hours=1), timedelta(minutes=30)
AT = NOW + 2 * DAY + 4 * HOUR


@pytest.fixture
def lot(ada):
    return SubscriptionFactory(member=ada, plan=PlanFactory(name="Ten"))


def book(machine, member, start=AT, now=NOW):
    return bookings.book_session(
        machine=machine, member=member, scheduled_start=start, scheduled_end=start + HALF, actor=None, now=now
    )


@pytest.fixture
def booked(machine, ada, lot):
    """One that is over, one of the day after tomorrow, and one a week later."""
    return [book(machine, ada, at) for at in (NOW + 4 * HOUR, AT, AT + 7 * DAY)]


def stand(sessions):
    """What each session is now, and whether a plan pays for it."""
    found = TrainingSession.objects.in_bulk([each.pk for each in sessions])
    return [(found[each.pk].status, found[each.pk].subscription_id is not None) for each in sessions]


def end(lot, now=NOW + DAY, **given):
    return subscriptions.cancel_subscription(subscription=lot, reason="Moved away", actor=None, now=now, **given)


def pause(lot, now=NOW + DAY, **given):
    return pauses.pause_subscription(subscription=lot, reason="Knee", actor=None, now=now, **given)


@pytest.mark.parametrize("act", [end, pause])
def test_nobody_ends_or_pauses_a_plan_past_what_is_booked_on_it(act, booked, lot):
    with pytest.raises(StillBooked, match=r"2 sessions are booked on it\. Say what becomes of them."):
        act(lot)

    lot.refresh_from_db()
    assert (lot.status, balance_of(lot), stand(booked)) == ("active", 7, [("scheduled", True)] * 3)
    act(lot, now=AT + 8 * DAY)  # what has begun, or is over, is nobody's question


@pytest.mark.parametrize(
    ("by", "after", "expired"),
    [
        (Settlement.KEPT, [("scheduled", True)] * 3, 7),
        (Settlement.CANCELLED, [("scheduled", True), ("cancelled", False), ("cancelled", False)], 9),
        (Settlement.UNPAID, [("scheduled", True), ("scheduled", False), ("scheduled", False)], 9),
    ],
)
def test_ending_a_plan_does_with_what_is_booked_what_was_said(by, after, expired, booked, lot):
    ended = end(lot, booked=by)

    assert (ended.status, stand(booked), balance_of(lot), broken_lots()) == ("cancelled", after, 0, [])
    assert -sum(lot.credit_entries.filter(kind="expired").values_list("quantity", flat=True)) == expired
    event = AuditEvent.objects.get(object_type="training.subscription", verb="cancel")
    assert event.changes["booked"] == [2, by.value]
    if by == Settlement.CANCELLED:
        session = TrainingSession.objects.get(pk=booked[1].pk)
        assert session.cancellation_reason == "Moved away"


def test_what_keeps_its_slot_unpaid_is_paid_at_completion_by_another_plan_or_noted_for_an_invoice(booked, ada, lot):
    end(lot, booked=Settlement.UNPAID)
    new = SubscriptionFactory(member=ada, plan=PlanFactory(sessions_count=1), starts_on=AT.date(), now=NOW + DAY)

    for session in booked[1:]:
        start = session.scheduled_start
        times = {"actual_start": start, "actual_end": start + HALF, "now": start + HALF}
        completion.complete_session(session=session, trainer=None, actor=None, **times)

    assert stand(booked[1:]) == [("completed", True), ("completed", False)]
    assert list(SessionOutcome.objects.order_by("pk").values_list("billable", flat=True)) == [False, True]
    assert (balance_of(new), broken_lots()) == (0, [])


@pytest.mark.parametrize(
    ("by", "resumes", "after", "left"),
    [
        (Settlement.KEPT, None, [("scheduled", True)] * 3, 7),
        (Settlement.CANCELLED, None, [("scheduled", True), ("cancelled", False), ("cancelled", False)], 9),
        (Settlement.CANCELLED, 5, [("scheduled", True), ("cancelled", False), ("scheduled", True)], 8),
        (Settlement.UNPAID, 5, [("scheduled", True), ("scheduled", False), ("scheduled", True)], 8),
        (None, 1, [("scheduled", True)] * 3, 7),
    ],
    ids=["kept", "cancelled", "within the pause", "unpaid", "none within"],
)
def test_a_pause_settles_what_is_booked_within_it(by, resumes, after, left, booked, lot):
    now = NOW + (5 * HOUR if resumes == 1 else DAY)
    made = pause(lot, now=now, booked=by, resumes_on=resumes and (now + resumes * DAY).date())

    assert (stand(booked), balance_of(lot), broken_lots()) == (after, left, [])
    # What came back can be used once it goes on.
    pauses.resume_subscription(subscription=made.subscription, actor=None, now=now + 3 * DAY)
    assert (balance_of(lot), broken_lots()) == (left, [])


def test_a_plan_that_runs_out_leaves_what_is_booked_paid(machine, ada):
    lot = SubscriptionFactory(member=ada, plan=PlanFactory(sessions_count=1))
    session = book(machine, ada)
    new = SubscriptionFactory(member=ada)  # the used up one makes room

    assert (stand([session]), balance_of(lot), broken_lots()) == ([("scheduled", True)], 0, [])
    bookings.cancel_session(session=session, reason="Ill", actor=None, now=NOW)
    assert ([balance_of(each) for each in (lot, new)], broken_lots()) == ([0, 11], [])


@pytest.mark.parametrize(
    ("act", "by", "after", "left"),
    [
        (end, Settlement.CANCELLED, [("cancelled", False)] * 2, 0),
        (end, Settlement.KEPT, [("scheduled", True)] * 2, 0),
        (pause, Settlement.CANCELLED, [("cancelled", False)] * 2, 12),
    ],
    ids=["end and cancel", "end and keep", "pause"],
)
def test_what_is_booked_on_a_plan_that_was_upgraded_is_asked_about_with_its_heir(act, by, after, left, booked, lot):
    now, heir = NOW + DAY, lot
    for name in ("Twelve", "Again"):  # twice, so that the way back is followed
        plan = PlanFactory(name=name, sessions_count=10)
        heir = subscriptions.upgrade_subscription(subscription=heir, plan=plan, actor=None, now=now)

    with pytest.raises(StillBooked, match=r"2 sessions are booked on it\."):
        act(heir)
    act(heir, booked=by)

    assert (stand(booked), balance_of(heir), broken_lots()) == ([("scheduled", True), *after], left, [])


def test_page_of_a_plan_names_what_is_booked_on_the_one_before_and_then_what_it_was(web, machine, ada):
    now = timezone.now()
    old = SubscriptionFactory(member=ada, plan=PlanFactory(name="Ten"), starts_on=timezone.localdate(), now=now)
    book(machine, ada, (now + 3 * DAY).replace(hour=12, minute=0, second=0, microsecond=0), now)
    plan = PlanFactory(name="Twenty", sessions_count=20)
    new = subscriptions.upgrade_subscription(subscription=old, plan=plan, actor=None, now=now)
    browser = signed_in(web, account("front_desk"))
    page = reverse("admin:training_subscription_cancel", args=[new.pk])

    assert "booked on Ten, which it replaced" in browser.get(page).content.decode()
    assert "Next payment" in (
        shown := browser.get(reverse("admin:training_subscription_change", args=[new.pk])).content.decode()
    )
    assert "20 of 20 sessions are left" in shown
    after = browser.post(page, {"reason": "Holidays", "booked": "cancelled"}, follow=True).content.decode()

    new.refresh_from_db()
    assert (new.status, balance_of(new), broken_lots()) == ("cancelled", 0, [])
    assert ("0 of 21 sessions are left" in after, "Next payment" in after) == (True, False)


@pytest.mark.parametrize("act", ["cancel", "pause"])
def test_page_names_what_is_booked_and_asks(act, web, machine, ada):
    now = timezone.now()
    lot = SubscriptionFactory(member=ada, starts_on=timezone.localdate(), now=now)
    start = (now + 3 * DAY).replace(hour=12, minute=0, second=0, microsecond=0)
    session = book(machine, ada, start, now)
    browser = signed_in(web, account("front_desk"))
    page = reverse(f"admin:training_subscription_{act}", args=[lot.pk])

    asked = browser.get(page).content.decode()
    back = {"cancel": "and their credits expire", "pause": "and their credits come back"}[act]
    for text in ("1 session is booked on it.", back, 'value="cancelled"', 'value="kept"', 'value="unpaid"'):
        assert text in asked
    assert ("credits come back" in asked) == (act == "pause")
    refused = browser.post(page, {"reason": "Holidays"})
    assert (refused.status_code, "Say what becomes of it." in refused.content.decode()) == (409, True)
    assert browser.post(page, {"reason": "Holidays", "booked": "thrown away"}).status_code == 400
    done = browser.post(page, {"reason": "Holidays", "booked": "cancelled"})

    lot.refresh_from_db()
    assert (done.status_code, stand([session]), broken_lots()) == (302, [("cancelled", False)], [])
    assert (lot.status, balance_of(lot)) == {"cancel": ("cancelled", 0), "pause": ("paused", 10)}[act]

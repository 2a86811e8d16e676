"""What booking, changing and cancelling do to a member's credits."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.factories import NOW
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.staff import account, signed_in
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.models import CreditEntry, OutageDecision, SessionOutcome, SessionType, Subscription, TrainingSession
from training.selectors.answers import Slot
from training.selectors.credits import balance_of, broken_lots
from training.services import attendance, bookings, completion, outages, slots, subscriptions, terms
from training.services.credits import NoCredit, charge, use_credit
from training.services.outage_cases import Choice

pytestmark = pytest.mark.django_db
AT = NOW + timedelta(days=2, hours=4)
HALF = timedelta(minutes=30)


@pytest.fixture
def lot(ada):
    """Three sessions of June."""
    return SubscriptionFactory(member=ada, plan__sessions_count=3, plan__months=1)


def book(machine, member, start=AT, code="member"):
    return bookings.book_session(
        machine=machine,
        member=member,
        scheduled_start=start,
        scheduled_end=start + HALF,
        session_type=SessionType.objects.get(code=code),
        actor=None,
        now=NOW,
    )


def test_booking_takes_a_credit_and_none_is_left_over(machine, ada, lot):
    first = book(machine, ada)
    for number in (1, 2):
        book(machine, ada, AT + number * HALF)

    with pytest.raises(NoCredit):
        book(machine, ada, AT + 3 * HALF)

    assert (first.subscription, balance_of(lot)) == (lot, 0)
    assert TrainingSession.objects.count() == 3


def test_booking_without_a_subscription_writes_nothing(machine, ada):
    with pytest.raises(NoCredit):
        book(machine, ada)

    assert TrainingSession.objects.count() == 0


@pytest.mark.parametrize(
    ("hours", "by_house", "left"),
    [(24, False, 3), (23, False, 2), (23, True, 3)],
    ids=["in time", "late", "by the house"],
)
def test_cancelling_gives_the_credit_back_by_the_rule(hours, by_house, left, machine, ada, lot):
    session = book(machine, ada)

    for _twice in range(2):
        bookings.cancel_session(
            session=session, reason="Ill", by_house=by_house, actor=None, now=AT - timedelta(hours=hours)
        )

    assert balance_of(lot) == left


@pytest.mark.parametrize(
    ("hours", "by_house", "left"),
    [(24, False, 3), (23, False, 2), (23, True, 3)],
    ids=["in time", "late", "by the house"],
)
def test_a_session_that_was_moved_too_late_stays_late(hours, by_house, left, machine, ada, lot):
    session, at = book(machine, ada), AT - timedelta(hours=hours)
    for days in (3, 5):  # the second time there is enough time again
        start = AT + timedelta(days=days)
        session = bookings.change_session(
            session=session,
            scheduled_start=start,
            scheduled_end=start + HALF,
            by_house=by_house,
            actor=None,
            now=at,
        )
    assert session.binding_start == (AT if left == 2 else None)

    bookings.cancel_session(session=session, reason="Ill", actor=None, now=at)

    assert balance_of(lot) == left


def test_what_an_outage_moves_late_is_the_studios_doing(only_two, ada, lot):
    left, right = only_two
    session, slot = book(left, ada), Slot(right, AT + 5 * HALF, AT + 6 * HALF)
    choice = Choice(session.pk, session.updated_at, OutageDecision.MOVED, slot)

    outages.plan_outage(
        machine=left, starts_at=AT, ends_at=AT + HALF, reason="Motor", choices=[choice], actor=None, now=AT - 2 * HALF
    )

    session.refresh_from_db()
    assert (session.scheduled_start, session.binding_start) == (slot.starts_at, None)


def test_no_show_keeps_the_credit_used(machine, ada, lot):
    attendance.mark_no_show(session=book(machine, ada), actor=None, now=AT + timedelta(hours=1))

    assert balance_of(lot) == 2


def test_change_of_type_or_day_lets_who_can_pay_pay(machine, ada, lot):
    session = book(machine, ada)
    july = SubscriptionFactory(member=ada, starts_on=date(2026, 7, 1), plan__sessions_count=1)

    def change(**given):
        return bookings.change_session(session=session, actor=None, now=NOW, **given)

    moved = change(scheduled_start=AT + timedelta(days=30), scheduled_end=AT + timedelta(days=30) + HALF)
    assert (moved.subscription, balance_of(lot), balance_of(july)) == (july, 3, 0)
    back = change(scheduled_start=AT, scheduled_end=AT + HALF)
    assert (back.subscription, balance_of(lot), balance_of(july)) == (lot, 2, 1)
    entries = CreditEntry.objects.count()
    change(notes="Nothing to pay", scheduled_start=AT + HALF, scheduled_end=AT + 2 * HALF)
    assert CreditEntry.objects.count() == entries

    SessionType.objects.filter(code="makeup").update(takes_credit=False)
    assert change(session_type=SessionType.objects.get(code="makeup")).subscription is None
    assert balance_of(lot) == 3


def test_member_put_on_a_session_pays_for_it(machine, ada, lot):
    empty = TrainingSessionFactory(machine=machine, member=None, scheduled_start=AT)

    given = bookings.put_member_on(session=empty, member=ada, actor=None, now=NOW)

    assert (given.subscription, balance_of(lot)) == (lot, 2)


@pytest.mark.parametrize("facts", [{}, {"status": "inactive", "waiver_expires_on": AT.date()}], ids=["now", "once"])
def test_member_put_on_a_session_that_is_over_is_billed_where_no_plan_pays(machine, facts):
    member = MemberFactory(**facts)
    empty = TrainingSessionFactory(machine=machine, member=None, scheduled_start=AT)
    with pytest.raises((NoCredit, slots.SlotRefused)):
        bookings.put_member_on(session=empty, member=member, actor=None, now=NOW)

    bookings.put_member_on(session=empty, member=member, actor=None, now=AT + HALF)
    times = {"actual_start": AT, "actual_end": AT + HALF}
    completion.complete_session(session=empty, trainer=None, actor=None, now=AT + HALF, **times)

    assert SessionOutcome.objects.to_bill().get().session.member == member


def moved(session, start, now=NOW):
    """Return who pays once a session is moved."""
    times = {"scheduled_start": start, "scheduled_end": start + HALF}
    return bookings.change_session(session=session, actor=None, now=now, **times).subscription


@pytest.mark.parametrize("another", [False, True], ids=["no plan", "another plan"])
@pytest.mark.parametrize("by", [HALF, timedelta(days=1)], ids=["the same day", "another day"])
def test_what_takes_place_unpaid_moves_without_a_plan_and_takes_no_credit(machine, ada, lot, by, another):
    session = book(machine, ada)
    subscriptions.cancel_subscription(subscription=lot, reason="Moved", booked="unpaid", actor=None, now=NOW)
    if another:
        SubscriptionFactory(member=ada)
    entries = CreditEntry.objects.count()

    assert (moved(session, AT + by), CreditEntry.objects.count() - entries, broken_lots()) == (None, 0, [])


@pytest.fixture
def stray(ada, lot):
    """What is scheduled for July is paid by the plan of June."""
    session = TrainingSessionFactory(member=ada, scheduled_start=AT + timedelta(days=37))
    charge(session=session, lot=Subscription.objects.get(pk=lot.pk), actor=None, now=NOW)
    return session


@pytest.mark.parametrize(("follows", "left"), [(True, 3), (False, 2)], ids=["another plan", "no plan"])
def test_what_stays_paid_outside_a_running_plan_goes_over_where_another_pays_that_day(ada, lot, stray, follows, left):
    new = SubscriptionFactory(member=ada, starts_on=date(2026, 7, 1)) if follows else lot
    at = stray.scheduled_start

    assert (moved(stray, at + HALF), moved(stray, at + timedelta(days=1))) == (lot, new)
    assert (balance_of(lot), broken_lots()) == (left, [])


def test_a_type_that_takes_a_credit_as_the_one_before_asks_nobody(machine, ada, lot):
    session = book(machine, ada)
    subscriptions.cancel_subscription(subscription=lot, reason="Moved", booked="unpaid", actor=None, now=NOW)
    for code, takes in (("makeup", True), ("trial", False)):
        SessionType.objects.filter(code=code).update(attendee="full", takes_credit=takes)
        kind = SessionType.objects.get(code=code)
        changed = bookings.change_session(session=session, session_type=kind, actor=None, now=NOW)
        assert changed.subscription is None
    with pytest.raises(NoCredit):  # from one that takes none, it is asked
        bookings.change_session(
            session=session, session_type=SessionType.objects.get(code="member"), actor=None, now=NOW
        )


@pytest.fixture
def july(ada, lot, stray):
    """The plan of June is over, and another one runs."""
    now = NOW + timedelta(days=31)
    terms.turn_day(now=now)
    SubscriptionFactory(member=ada, starts_on=date(2026, 7, 1), now=now)
    return stray, now


@pytest.mark.parametrize("by", [HALF, timedelta(days=1)], ids=["the same day", "another day"])
def test_what_stays_paid_outside_its_ended_plan_takes_no_second_credit(ada, lot, july, by):
    stray, now = july
    entries = CreditEntry.objects.count()

    assert (moved(stray, stray.scheduled_start + by, now), CreditEntry.objects.count() - entries) == (lot, 0)


def test_what_leaves_the_term_of_an_ended_plan_is_refused_rather_than_paid_twice(machine, ada, lot):
    session = book(machine, ada)
    now = NOW + timedelta(days=31)
    terms.turn_day(now=now)
    SubscriptionFactory(member=ada, starts_on=date(2026, 7, 1), now=now)
    entries = CreditEntry.objects.count()

    with pytest.raises(NoCredit, match="ended on 30 Jun 2026, and its credit is lost beyond that day"):
        moved(session, AT + timedelta(days=37), now)

    session.refresh_from_db()
    assert (session.scheduled_start, session.subscription, CreditEntry.objects.count() - entries) == (AT, lot, 0)


BACK, STAYS = "and the credit is given back.", "the credit stays used."


@pytest.mark.parametrize(
    ("hours", "given", "left", "says", "told"),
    [
        (24.1, {}, 3, "The credit comes back to", BACK),
        (23.9, {}, 2, "A credit comes back until 24 hours before the start, so this one stays used.", STAYS),
        (23.9, {"by_house": "on"}, 3, "A credit comes back until 24 hours before", BACK),
    ],
    ids=["in time", "late", "by the house"],
)
def test_page_says_what_becomes_of_the_credit_and_the_house_gives_it_back(
    web, machine, ada, lot, hours, given, left, says, told
):
    session = book(machine, ada)
    start = timezone.now() + timedelta(hours=hours)
    TrainingSession.objects.update(scheduled_start=start, scheduled_end=start + HALF)
    Subscription.objects.update(ends_on=start.date())
    browser = signed_in(web, account("front_desk"))
    address = f"/admin/training/trainingsession/{session.pk}/cancel/"

    page = browser.get(address).content.decode()
    after = browser.post(address, {"reason": "Ill", **given}, follow=True).content.decode()

    assert (says in page, 'name="by_house"' in page, told in after) == (True, hours < 24, True)
    assert balance_of(lot) == left


@pytest.mark.parametrize(
    ("replaced", "fate", "told"),
    [
        (False, "so the credit expires with it.", "the credit expires with Ten"),
        (True, "so the credit goes to Twenty", "and the credit goes to Twenty"),
    ],
    ids=["ended", "replaced"],
)
def test_page_says_where_the_credit_of_an_ended_plan_goes(web, machine, ada, replaced, fate, told):
    now = timezone.now()
    lot = SubscriptionFactory(member=ada, plan__name="Ten", starts_on=timezone.localdate(), now=now)
    session = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=now + timedelta(days=3))
    use_credit(session=session, actor=None, now=now)
    if replaced:
        plan = PlanFactory(name="Twenty")
        subscriptions.upgrade_subscription(subscription=lot, plan=plan, actor=None, now=now)
    else:
        subscriptions.cancel_subscription(subscription=lot, reason="Moved", booked="kept", actor=None, now=now)
    browser = signed_in(web, account("front_desk"))
    address = f"/admin/training/trainingsession/{session.pk}/cancel/"

    page = browser.get(address).content.decode()
    after = browser.post(address, {"reason": "Ill"}, follow=True).content.decode()

    assert (f"{lot} has ended, {fate}" in page, "The credit comes back" in page) == (True, False)
    assert told in after
    assert broken_lots() == []


def test_page_is_silent_on_credits_where_none_was_taken(web, machine, ada):
    session = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=timezone.now() + HALF)

    page = signed_in(web, account("front_desk")).get(f"/admin/training/trainingsession/{session.pk}/cancel/")

    assert '<p class="action-question">The slot becomes free.</p>' in page.content.decode()
    assert b'name="by_house"' not in page.content

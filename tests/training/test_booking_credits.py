"""What whoever books is told of a member's plan, what the studio settles, and books that disagree."""

from datetime import datetime, timedelta

import pytest

from studio.office.models import StudioProfile
from tests.factories import NOW, UserFactory
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.staff import account
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.models import CreditEntry, Member, SessionType, TrainingSession
from training.selectors.credits import balance_of, broken_lots
from training.selectors.member_search import found_members
from training.selectors.standing import standing_of
from training.services import bookings, credit_checks, subscriptions
from training.services.credits import NoCredit
from training.services.slots import SlotRefused

pytestmark = pytest.mark.django_db
HALF, DAY = timedelta(minutes=30), timedelta(days=1)
TEN = datetime(2026, 6, 2, 10, tzinfo=NOW.tzinfo)


@pytest.fixture
def lot(ada):
    return SubscriptionFactory(member=ada, plan=PlanFactory(name="Ten", sessions_count=3))


def book(machine, member, start=TEN, code="member", now=NOW):
    return bookings.book_session(
        machine=machine,
        member=member,
        session_type=SessionType.objects.get(code=code),
        scheduled_start=start,
        scheduled_end=start + HALF,
        actor=None,
        now=now,
    )


def ledger(lot):
    return list(CreditEntry.objects.filter(subscription=lot).order_by("pk").values_list("kind", "quantity"))[1:]


def test_nothing_is_booked_without_a_credit(machine, other, ada, lot):
    for days in range(3):
        book(machine, ada, TEN + days * DAY)

    with pytest.raises(NoCredit, match="Ada Morel has no sessions left on Ten"):
        book(machine, ada, TEN + 3 * DAY)
    with pytest.raises(NoCredit, match="leaves out 2 Oct 2026"):
        book(machine, ada, TEN + 122 * DAY)
    subscriptions.cancel_subscription(subscription=lot, reason="Moved", booked="kept", actor=None, now=NOW)
    with pytest.raises(NoCredit, match="has no active subscription"):
        book(other, ada, TEN + 3 * DAY)
    assert TrainingSession.objects.count() == 3


def test_the_studio_settles_what_is_in_time(machine, ada, lot):
    StudioProfile.objects.update(cancellation_hours=2)
    session = book(machine, ada)

    bookings.cancel_session(session=session, reason="Ill", actor=None, now=TEN - 3 * timedelta(hours=1))

    assert balance_of(lot) == 3


def test_whoever_books_is_told_what_is_left(machine, ada, lot):
    kind, today = SessionType.objects.get(code="member"), NOW.date()

    def told():
        notices = standing_of(ada, session_type=kind, day=TEN.date(), today=today).notices
        return [(each.tone, each.sentence) for each in notices]

    assert told() == []
    book(machine, ada)
    assert told() == [("warning", "2 sessions are left on Ten.")]
    for days in (1, 2):
        book(machine, ada, TEN + days * DAY)
    assert told() == [("danger", "Ada Morel has no sessions left on Ten.")]
    fresh = SubscriptionFactory(starts_on=today)
    soon = fresh.ends_on - 7 * DAY
    notices = standing_of(fresh.member, session_type=kind, day=soon, today=soon).notices
    assert [each.sentence for each in notices] == [f"{fresh.plan_name} ends on 31 Aug 2026."]
    assert [each.sentence for each in found_members("Ada", today=today)[0].notices] == ["No session is left on Ten."]
    free = standing_of(ada, session_type=SessionType.objects.get(code="trial"), day=soon, today=soon)
    assert (free.lot, free.notices) == (None, ())


def test_books_that_disagree_are_found_and_told(studio, lot):
    owner = account("owner")
    SubscriptionFactory()
    assert credit_checks.report_broken(now=NOW) == []
    # A session charged past every service, as a slip in a console would.
    TrainingSessionFactory(member=lot.member, subscription=lot)

    assert credit_checks.report_broken(now=NOW) == [lot]
    assert owner.notifications.get().text.startswith("The credits of Ada Morel do not add up")
    assert UserFactory().notifications.count() == 0


def test_what_a_first_plan_was_charged_with_stays_charged_at_another_time(machine):
    trial = MemberFactory(member_type="trial")
    session = book(machine, trial, code="contractual")
    lot = SubscriptionFactory(member=trial)

    for start in (TEN + HALF, TEN + DAY):
        moved = bookings.change_session(
            session=session, scheduled_start=start, scheduled_end=start + HALF, actor=None, now=NOW
        )
        assert (moved.subscription, balance_of(lot), broken_lots()) == (lot, 9, [])
    with pytest.raises(SlotRefused, match="is a full member"):
        book(machine, Member.objects.get(pk=trial.pk), TEN + 2 * DAY, code="contractual")

"""Whatever is booked, cancelled, missed, completed, deleted, paused, renewed, upgraded or expires: credits add up.

After each step the model, which knows no table, says what every subscription must show.
"""

from contextlib import suppress
from datetime import datetime, time
from decimal import Decimal
from itertools import count

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.clock import instant
from studio.office.models import StudioProfile
from studio.office.services import profile
from tests.membership_factories import PlanFactory
from tests.properties.credit_books import DAY, HOUR, PLANS, ZONE, Books
from tests.properties.test_timetable_machine import play
from tests.training_factories import HALF_HOUR, MachineFactory, MemberFactory
from training.models import Subscription, TrainingSession
from training.selectors.credits import breakdowns, broken_lots, contradictions
from training.services import bookings, completion, deletion, pauses, subscriptions, terms
from training.services.booked_ahead import Settlement, StillBooked
from training.services.credits import NoCredit, NotEnoughCredits, SubscriptionEnded, adjust_credits
from training.services.session_types import seed_session_types

OPENS = time(9)
picks = st.integers(0, 50)
settlements = st.sampled_from([None, *Settlement])


class Credits(Books, RuleBasedStateMachine):
    """One member of a studio in Paris over a leap year's February and both changes of the clocks."""

    def __init__(self):
        super().__init__()
        self.work = transaction.atomic()
        self.work.__enter__()
        profile.seed_profile(name="Studio", country="FR", time_zone="Europe/Paris", currency="EUR", language="en")
        StudioProfile.objects.update(time_zone="Europe/Paris")
        profile.seed_opening_hours()
        seed_session_types()
        self.member, self.machine = MemberFactory(), MachineFactory()
        self.plans = [PlanFactory(sessions_count=n, months=m, price=Decimal(p)) for n, m, p in PLANS]
        self.numbers = count()

    def teardown(self):
        transaction.set_rollback(True)
        self.work.__exit__(None, None, None)

    # What can happen -----------------------------------------------------------------------------

    @rule(plan=st.integers(0, 2), ahead=st.integers(-2, 60))
    def grant(self, plan, ahead):
        starts = self.today + ahead * DAY
        before = {key: (lot.status, lot.expired) for key, lot in self.lots.items()}
        if starts <= self.today:
            self.make_room()
        if any(lot.ends >= starts or lot.status == "paused" for lot in self.opened()):
            for key, (status, expired) in before.items():  # all is undone
                self.lots[key].status, self.lots[key].expired = status, expired
            with pytest.raises(subscriptions.TermTaken):
                self.granted(plan, starts)
            return
        self.remember(self.granted(plan, starts), plan, starts)

    def granted(self, plan, starts):
        return subscriptions.grant_subscription(
            member=self.member, plan=self.plans[plan], starts_on=starts, actor=None, now=self.now
        )

    @precondition(lambda self: self.lots)
    @rule(pick=picks, plan=st.integers(0, 2))
    def renew(self, pick, plan):
        key = sorted(self.lots)[pick % len(self.lots)]
        renewed = Subscription.objects.filter(renewed_from=key).exclude(status="cancelled").exists()
        old = self.row(key)
        if self.lots[key].status == "cancelled" or renewed:
            with pytest.raises(subscriptions.WrongStatus):
                subscriptions.renew_subscription(subscription=old, plan=self.plans[plan], actor=None, now=self.now)
            return
        self.make_room()
        starts = self.free_from()
        new = subscriptions.renew_subscription(subscription=old, plan=self.plans[plan], actor=None, now=self.now)
        self.remember(new, plan, starts)

    @precondition(lambda self: self.current[1])
    @rule(plan=st.integers(0, 2), percent=st.sampled_from([0, 30, 100]))
    def upgrade(self, plan, percent):
        key, lot = self.current
        paid = ((lot.price - lot.credited) * percent / 100).quantize(Decimal("0.01"))
        Subscription.objects.filter(pk=key).update(paid_amount=paid)

        def act():
            return subscriptions.upgrade_subscription(
                subscription=self.row(key), plan=self.plans[plan], actor=None, now=self.now
            )

        if lot.status == "paused" or len(self.opened()) > 1:
            with pytest.raises((subscriptions.WrongStatus, subscriptions.TermTaken)):
                act()
            return
        if lot.price == PLANS[plan][2]:
            with pytest.raises(subscriptions.NotOnSale):
                act()
            return
        worth = (min(lot.left, lot.sessions) * lot.price / lot.sessions).quantize(Decimal("0.01"))
        new = act()
        self.lapse(lot, "cancelled")
        self.remember(new, plan, self.today)
        self.lots[new.pk].replaced = lot
        old, unpaid = self.row(key), lot.price - lot.credited - paid
        settled = min(worth, unpaid)
        assert (old.credited_amount, old.owed) == (lot.credited + settled, unpaid - settled)
        assert new.credited_amount == min(worth - settled, Decimal(PLANS[plan][2])) <= lot.credited + paid
        self.lots[new.pk].credited = new.credited_amount

    @rule(ahead=st.integers(1, 90))
    def book(self, ahead):
        day, number = self.today + ahead * DAY, next(self.numbers)
        start = instant(datetime.combine(day, OPENS), ZONE) + number % 20 * HALF_HOUR  # by the clock on the wall
        if TrainingSession.objects.occupying().filter(member=self.member, scheduled_start=start).exists():
            return
        lot = self.payer(day)
        with suppress(NoCredit):
            session = bookings.book_session(
                machine=self.machine,
                member=self.member,
                scheduled_start=start,
                scheduled_end=start + HALF_HOUR,
                actor=None,
                now=self.now,
            )
            lot.used[session.pk], self.starts[session.pk] = "scheduled", start
            return
        assert lot is None

    @precondition(lambda self: self.sessions("scheduled"))
    @rule(pick=picks, how=st.sampled_from(["now", "late", "by the house"]))
    def cancel(self, pick, how):
        session, lot = self.one(pick, "scheduled")
        moment = max(self.now, session.scheduled_start - 23 * HOUR) if how == "late" else self.now
        for _twice in range(2):
            bookings.cancel_session(
                session=session, reason="Ill", by_house=how == "by the house", actor=None, now=moment
            )
        if how == "by the house" or moment <= session.scheduled_start - 24 * HOUR:
            self.give_back(session.pk, lot)
        else:
            lot.used[session.pk] = "late"

    @precondition(lambda self: self.sessions("scheduled"))
    @rule(pick=picks, came=st.booleans())
    def settle(self, pick, came):
        session, lot = self.one(pick, "scheduled")
        self.say(session, came)
        lot.used[session.pk] = "completed" if came else "missed"

    def say(self, session, came):
        start, end = session.scheduled_start, session.scheduled_end
        shared = {"session": session, "trainer": None, "actor": None, "now": end + HOUR}
        if came:
            completion.complete_session(actual_start=start, actual_end=end, **shared)
        else:
            completion.record_no_show(**shared)

    @precondition(lambda self: self.unpaid)
    @rule(pick=picks)
    def complete_what_nobody_paid(self, pick):
        key = sorted(self.unpaid, key=self.starts.get)[pick % len(self.unpaid)]  # their own keys are drawn at random
        self.say(TrainingSession.objects.get(pk=key), came=True)
        self.unpaid.discard(key)
        if lot := self.payer(self.day_of(key)):
            lot.used[key] = "completed"

    @precondition(lambda self: self.sessions("completed", "missed"))
    @rule(pick=picks)
    def reopen(self, pick):
        session, lot = self.one(pick, "completed", "missed")
        completion.reopen_session(session=session, reason="The wrong one", actor=None, now=self.now)
        lot.used[session.pk] = "scheduled"

    @precondition(lambda self: self.sessions("scheduled", "completed", "missed", "late"))
    @rule(pick=picks)
    def delete(self, pick):
        session, lot = self.one(pick, "scheduled", "completed", "missed", "late")
        key = session.pk
        if lot.used[key] in {"completed", "missed"}:
            with pytest.raises(deletion.StaysInTheRecords):
                deletion.delete_session(session=session, actor=None, now=self.now)
            return
        deletion.delete_session(session=session, actor=None, now=self.now)
        self.give_back(key, lot)

    @precondition(lambda self: self.current[1])
    @rule(by=settlements)
    def pause_or_resume(self, by):
        key, lot = self.current
        if lot.status == "paused":
            pauses.resume_subscription(subscription=self.row(key), actor=None, now=self.now)
            days = self.today - lot.paused_on
            lot.ends += days
            lot.status, lot.paused_on = "active", None
            for waiting in self.opened():
                if waiting.status == "scheduled":
                    waiting.move(days)
            self.recharge()
        elif lot.ends >= self.today:

            def act():
                pauses.pause_subscription(
                    subscription=self.row(key), reason="Away", booked=by, actor=None, now=self.now
                )

            if by is None and self.booked_on(lot):
                with pytest.raises(StillBooked):
                    act()
                return
            act()
            self.unpaid |= set(self.settle_booked(lot, by))
            lot.status, lot.paused_on = "paused", self.today

    @precondition(lambda self: any(lot.status == "scheduled" for lot in self.opened()))
    @rule()
    def begin(self):
        waiting = [(lot.starts, key) for key, lot in self.lots.items() if lot.status == "scheduled"]
        starts, key = min(waiting)
        _key, before = self.current
        if before and not (before.status == "active" and (before.ends < self.today or before.left == 0)):
            with pytest.raises(subscriptions.TermTaken):
                terms.begin_now(subscription=self.row(key), actor=None, now=self.now)
            return
        terms.begin_now(subscription=self.row(key), actor=None, now=self.now)
        if before:
            self.lapse(before, "expired")
        for _starts, other in waiting:
            self.lots[other].move(self.today - starts)
        self.lots[key].status = "active"
        self.recharge()

    @precondition(lambda self: self.lots)
    @rule(pick=picks, quantity=st.integers(-3, 3))
    def adjust(self, pick, quantity):
        key = sorted(self.lots)[pick % len(self.lots)]
        lot = self.lots[key]
        try:
            adjust_credits(subscription=self.row(key), quantity=quantity, reason="Counted", actor=None, now=self.now)
        except (NotEnoughCredits, SubscriptionEnded):
            assert not lot.is_open or quantity == 0 or lot.left + quantity < 0
        else:
            lot.total += quantity

    @precondition(lambda self: self.opened())
    @rule(pick=picks, by=settlements)
    def give_up(self, pick, by):
        key = sorted(key for key, lot in self.lots.items() if lot.is_open)[pick % len(self.opened())]
        lot = self.lots[key]

        def act():
            subscriptions.cancel_subscription(
                subscription=self.row(key), reason="Moved", booked=by, actor=None, now=self.now
            )

        if by is None and self.booked_on(lot):
            with pytest.raises(StillBooked):
                act()
            return
        act()
        self.unpaid |= set(self.settle_booked(lot, by))
        self.lapse(lot, "cancelled")
        waiting = [other for other in self.opened() if other.status == "scheduled"]
        first = min((other.starts for other in waiting), default=self.today)
        if first < self.today and self.current[1] is None:
            for other in waiting:
                other.move(self.today - first)
            self.recharge()

    @rule(passed=st.integers(0, 45))
    def days_pass(self, passed):
        self.today += passed * DAY
        terms.turn_day(now=self.now)
        terms.turn_day(now=self.now)
        for _again in range(2):
            for lot in sorted(self.lots.values(), key=lambda lot: lot.starts):
                if lot.status == "active" and lot.ends < self.today:
                    self.lapse(lot, "expired")
            for lot in sorted(self.lots.values(), key=lambda lot: lot.starts):
                if lot.status == "scheduled" and lot.starts <= self.today and self.current[1] is None:
                    lot.status = "active"

    # What always holds ---------------------------------------------------------------------------

    @invariant()
    def both_know_the_same(self):
        rows = {row.subscription.pk: row for row in breakdowns(list(Subscription.objects.order_by("pk")))}
        shown = {
            key: (row.completed, row.scheduled, row.kept, row.remaining, row.total, row.subscription.status)
            for key, row in rows.items()
        }
        expected = {}
        for key, lot in self.lots.items():
            states = list(lot.used.values())
            kept = states.count("missed") + states.count("late")
            counted = (states.count("completed"), states.count("scheduled"), kept)
            expected[key] = (*counted, lot.left, lot.total - lot.expired, lot.status)
        assert shown == expected
        for key, lot in self.lots.items():
            row = rows[key].subscription
            assert (row.starts_on, row.ends_on) == (lot.starts, lot.ends)

    @invariant()
    def credits_add_up(self):
        for each in breakdowns(list(Subscription.objects.order_by("pk"))):
            assert each.completed + each.kept + each.scheduled + each.remaining == each.total
        assert (broken_lots(), contradictions()) == ([], [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("examples", "steps"), [pytest.param(12, 40, id="gate"), pytest.param(200, 80, id="long", marks=pytest.mark.long)]
)
def test_ledger_timetable_and_model_agree(studio, examples, steps):
    play(Credits, examples, steps)


class Generous(Credits):
    """The same, with a model in which a late cancellation gives the credit back."""

    def give_back(self, key, lot):
        super().give_back(key, lot)
        lot.total += 1


@pytest.mark.django_db
def test_a_model_that_gives_too_much_is_found_out(studio):
    with pytest.raises(AssertionError):
        play(Generous, 60, 40)

"""Whatever is booked, cancelled, missed, deleted, paused, renewed, upgraded or expires: credits add up.

The model knows no table: it keeps a list of lots with their sessions in memory, and after each step says what every
subscription must show.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.clock import local_midnight
from studio.office.models import StudioProfile
from studio.office.services import profile
from tests.membership_factories import PlanFactory
from tests.properties.test_timetable_machine import play
from tests.training_factories import MachineFactory, MemberFactory, TrainingSessionFactory
from training.models import Subscription, TrainingSession, TrainingStatus
from training.selectors.credits import breakdowns, broken_lots, contradictions
from training.selectors.dates import months_later
from training.services import pauses, subscriptions, terms
from training.services.credits import (
    NoCredit,
    NotEnoughCredits,
    SubscriptionEnded,
    adjust_credits,
    return_credit,
    return_credit_in_time,
    use_credit,
)
from training.services.session_types import seed_session_types

DAY = timedelta(days=1)
ZONE = ZoneInfo("Europe/Paris")
FIRST = date(2028, 1, 30)
PLANS = ((3, 1, 90), (10, 3, 250), (25, 6, 500))  # sessions, months, price
picks = st.integers(0, 50)


@dataclass
class Lot:
    """What the model knows of a subscription."""

    total: int
    starts: date
    ends: date
    price: Decimal
    sessions: int
    status: str
    used: dict = field(default_factory=dict)  # session -> "scheduled", "completed" or "kept"
    expired: int = 0
    paused_on: date | None = None

    @property
    def left(self):
        return self.total - self.expired - len(self.used)

    @property
    def is_open(self):
        return self.status in {"scheduled", "active", "paused"}


class Credits(RuleBasedStateMachine):
    """One member of a studio in Paris over a leap year's February and both changes of the clocks."""

    def __init__(self):
        super().__init__()
        self.work = transaction.atomic()
        self.work.__enter__()
        profile.seed_profile(name="Studio", country="FR", time_zone="Europe/Paris", currency="EUR", language="en")
        StudioProfile.objects.update(time_zone="Europe/Paris")
        seed_session_types()
        self.member, self.machine = MemberFactory(), MachineFactory()
        self.plans = [PlanFactory(sessions_count=n, months=m, price=Decimal(p)) for n, m, p in PLANS]
        self.today, self.lots, self.numbers = FIRST, {}, count()

    def teardown(self):
        transaction.set_rollback(True)
        self.work.__exit__(None, None, None)

    # The model -----------------------------------------------------------------------------------

    @property
    def now(self):
        return local_midnight(self.today, ZONE) + timedelta(hours=8)

    @property
    def current(self):
        return next(((key, lot) for key, lot in self.lots.items() if lot.status in {"active", "paused"}), (None, None))

    def opened(self):
        return [lot for lot in self.lots.values() if lot.is_open]

    def lapse(self, lot, status):
        lot.expired += lot.left
        lot.status = status

    def make_room(self):
        """End the active lot of which nothing is left, or whose last day is past."""
        _key, lot = self.current
        if lot and lot.status == "active" and (lot.ends < self.today or lot.left == 0):
            self.lapse(lot, "expired")

    def remember(self, made, plan, starts):
        sessions, months, price = PLANS[plan]
        status = "scheduled" if starts > self.today or self.current[1] else "active"
        ends = months_later(starts, months) - DAY
        self.lots[made.pk] = Lot(sessions, starts, ends, Decimal(price), sessions, status)

    def free_from(self):
        is_paused = any(lot.status == "paused" for lot in self.opened())
        return max([*([] if is_paused else [self.today]), *(lot.ends + DAY for lot in self.opened())])

    def sessions(self, *states):
        return [(key, lot) for lot in self.lots.values() for key, state in lot.used.items() if state in states]

    def one(self, pick, *states):
        found = self.sessions(*states)
        key, lot = found[pick % len(found)]
        return TrainingSession.objects.get(pk=key), lot

    def row(self, key):
        return Subscription.objects.select_related("member").get(pk=key)

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
    @rule(plan=st.integers(0, 2))
    def upgrade(self, plan):
        key, lot = self.current

        def act():
            return subscriptions.upgrade_subscription(
                subscription=self.row(key), plan=self.plans[plan], actor=None, now=self.now
            )

        if lot.status == "paused" or len(self.opened()) > 1:
            with pytest.raises((subscriptions.WrongStatus, subscriptions.TermTaken)):
                act()
            return
        worth = (lot.left * lot.price / lot.sessions).quantize(Decimal("0.01"))
        new = act()
        self.lapse(lot, "cancelled")
        self.remember(new, plan, self.today)
        assert new.credited_amount == min(worth, Decimal(PLANS[plan][2]))

    @rule(ahead=st.integers(1, 90))
    def book(self, ahead):
        day = self.today + ahead * DAY
        paying = [
            lot
            for lot in sorted(self.opened(), key=lambda lot: lot.ends)
            if lot.starts <= day <= lot.ends and lot.left and lot.status != "paused"
        ]
        number = next(self.numbers)
        start = local_midnight(day, ZONE) + timedelta(hours=9) + number % 20 * timedelta(minutes=30)
        if TrainingSession.objects.occupying().filter(member=self.member, scheduled_start=start).exists():
            return
        with suppress(NoCredit), transaction.atomic():
            session = TrainingSessionFactory(member=self.member, machine=self.machine, scheduled_start=start)
            use_credit(session=session, actor=None, now=self.now)
            use_credit(session=session, actor=None, now=self.now)
            paying[0].used[session.pk] = "scheduled"
            return
        assert paying == []

    @precondition(lambda self: self.sessions("scheduled"))
    @rule(pick=picks, nearly=st.booleans())
    def cancel(self, pick, nearly):
        session, lot = self.one(pick, "scheduled")
        late = nearly and session.scheduled_start > self.now
        moment = session.scheduled_start - timedelta(hours=23) if late else self.now
        TrainingSession.objects.filter(pk=session.pk).update(status=TrainingStatus.CANCELLED)
        back = return_credit_in_time(session=session, actor=None, reason="", now=moment)
        again = return_credit_in_time(session=session, actor=None, reason="", now=moment)
        in_time = moment <= session.scheduled_start - timedelta(hours=24)
        assert (back is not None, again) == (in_time, None)
        if in_time:
            self.give_back(session.pk, lot)
        else:
            lot.used[session.pk] = "kept"

    def give_back(self, key, lot):
        del lot.used[key]
        if lot.is_open:
            return
        _key, heir = self.current
        if heir and heir.status == "active" and lot.ends >= self.today:
            lot.total -= 1
            heir.total += 1
        else:
            lot.expired += 1

    @precondition(lambda self: self.sessions("scheduled", "completed"))
    @rule(pick=picks, status=st.sampled_from(["completed", "no_show"]))
    def settle(self, pick, status):
        session, lot = self.one(pick, "scheduled", "completed")
        TrainingSession.objects.filter(pk=session.pk).update(status=status)
        lot.used[session.pk] = "completed" if status == "completed" else "kept"

    @precondition(lambda self: self.sessions("scheduled"))
    @rule(pick=picks)
    def delete(self, pick):
        session, lot = self.one(pick, "scheduled")
        key = session.pk
        return_credit(session=session, actor=None, reason="Entered by mistake", now=self.now)
        session.delete()
        self.give_back(key, lot)

    @precondition(lambda self: self.current[1])
    @rule()
    def pause_or_resume(self):
        key, lot = self.current
        if lot.status == "paused":
            pauses.resume_subscription(subscription=self.row(key), actor=None, now=self.now)
            by = self.today - lot.paused_on
            lot.ends += by
            for waiting in self.opened():
                if waiting.status == "scheduled":
                    waiting.starts, waiting.ends = waiting.starts + by, waiting.ends + by
            lot.status, lot.paused_on = "active", None
        elif lot.ends >= self.today:
            pauses.pause_subscription(subscription=self.row(key), reason="Away", actor=None, now=self.now)
            lot.status, lot.paused_on = "paused", self.today

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
    @rule(pick=picks)
    def give_up(self, pick):
        key = sorted(key for key, lot in self.lots.items() if lot.is_open)[pick % len(self.opened())]
        subscriptions.cancel_subscription(subscription=self.row(key), reason="Moved", actor=None, now=self.now)
        self.lapse(self.lots[key], "cancelled")
        waiting = [lot for lot in self.opened() if lot.status == "scheduled"]
        first = min((lot.starts for lot in waiting), default=self.today)
        for lot in waiting:
            if first < self.today:
                lot.starts, lot.ends = lot.starts + (self.today - first), lot.ends + (self.today - first)

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
            counted = tuple(states.count(state) for state in ("completed", "scheduled", "kept"))
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

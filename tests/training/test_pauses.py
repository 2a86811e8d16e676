"""Freezing plans, to the day; and what a new day does."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_app.services import facts
from studio.accounts.models import AuditEvent
from studio.clock import local_midnight
from studio.office.models import StudioProfile
from tests.factories import NOW
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.models import CreditEntry, Subscription
from training.selectors.credits import balance_of, contradictions
from training.services import pauses, subscriptions, terms
from training.services.booked_ahead import Settlement
from training.services.credits import NoCredit, return_credit, use_credit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# A leap year's end of February and changes of the clocks in both directions, of whole and of half hours.
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia")
days = st.dates(date(2027, 1, 1), date(2028, 12, 31))


def pause(lot, now=NOW, reason="Away", **given):
    return pauses.pause_subscription(subscription=lot, reason=reason, actor=None, now=now, **given)


def resume(lot, now):
    return pauses.resume_subscription(subscription=lot, actor=None, now=now)


def term(lot):
    lot.refresh_from_db()
    return lot.starts_on, lot.ends_on, lot.next_billing_on


def test_a_pause_moves_the_end_and_what_follows(desk):
    lot = SubscriptionFactory()
    following = subscriptions.renew_subscription(subscription=lot, plan=lot.plan, actor=None, now=NOW)
    before = [term(each) for each in (lot, following)]

    made = pauses.pause_subscription(subscription=lot, reason="Holidays", actor=desk, now=NOW + 3 * DAY)
    resumed = resume(lot, NOW + 13 * DAY)

    made.refresh_from_db()
    assert (made.starts_on, made.resumed_on, made.paused_by_label) == (date(2026, 6, 4), date(2026, 6, 14), desk.label)
    by = 10 * DAY
    assert resumed.status == "active"
    assert term(lot) == (before[0][0], before[0][1] + by, before[0][2] + by)
    assert term(following) == tuple(day + by for day in before[1])
    verbs = AuditEvent.objects.filter(object_id=str(lot.pk), object_type="training.subscription").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["create", "pause", "unpause"]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(zone=st.sampled_from(ZONES), first=days, lengths=st.lists(st.integers(0, 400), max_size=4), data=st.data())
def test_days_of_a_pause_are_added_and_no_day_more(studio, zone, first, lengths, data):
    """Whatever is frozen and unfrozen: the days that were not frozen are as many as were sold; a no-op leaves all."""
    with transaction.atomic():
        StudioProfile.objects.update(time_zone=zone)
        here = ZoneInfo(zone)

        def at(day):
            return local_midnight(day, here) + data.draw(st.integers(0, 22 * 60)) * timedelta(minutes=1)

        plan = PlanFactory(months=data.draw(st.integers(1, 24)))
        lot = SubscriptionFactory(plan=plan, starts_on=first, now=at(first), member=MemberFactory())
        sold, whole, session = term(lot), lot.ends_on - first, TrainingSessionFactory(member=lot.member)
        today, frozen = first, timedelta()
        for length in lengths:
            if today > lot.ends_on:
                break
            pause(lot, at(today))
            with pytest.raises(NoCredit):
                use_credit(session=session, actor=None, now=at(today))
            today += length * DAY
            resume(lot, at(today))
            frozen += length * DAY
            assert term(lot) == (first, sold[1] + frozen, sold[2] + frozen)
            today += data.draw(st.integers(0, 30)) * DAY
        assert lot.ends_on - first - frozen == whole
        transaction.set_rollback(True)


def test_what_is_paused_books_nothing_and_does_not_run_out():
    lot = SubscriptionFactory()
    pause(lot)
    session = TrainingSessionFactory(member=lot.member)

    with pytest.raises(NoCredit, match="is paused"):
        use_credit(session=session, actor=None, now=NOW)
    terms.turn_day(now=NOW + 400 * DAY)
    resume(lot, NOW + 400 * DAY)

    assert term(lot)[1] == date(2026, 8, 31) + 400 * DAY
    assert (use_credit(session=session, actor=None, now=NOW), balance_of(lot)) == (lot, 9)


def test_a_credit_of_an_upgraded_plan_comes_back_to_the_one_that_is_paused():
    lot = SubscriptionFactory()
    session = TrainingSessionFactory(member=lot.member)
    use_credit(session=session, actor=None, now=NOW)
    new = subscriptions.upgrade_subscription(subscription=lot, plan=PlanFactory(), actor=None, now=NOW)
    pause(new, booked=Settlement.KEPT)

    return_credit(session=session, actor=None, reason="Trainer ill", now=NOW)

    assert (balance_of(lot), balance_of(new)) == (0, 11)


@pytest.mark.parametrize(
    ("act", "error", "sentence"),
    [
        (lambda lot: pause(lot, reason=" "), facts.NoReason, "Say why"),
        (lambda lot: pause(lot, reason="\0"), facts.BadFacts, "cannot be stored"),
        (lambda lot: pause(lot, resumes_on=date(2026, 6, 1)), subscriptions.WrongTerm, "tomorrow at the earliest"),
        (lambda lot: pause(lot, now=NOW + 92 * DAY), subscriptions.WrongStatus, "Only an active"),
        (lambda lot: resume(lot, NOW), subscriptions.WrongStatus, "Only a paused"),
        (lambda lot: (pause(lot), pause(lot)), subscriptions.WrongStatus, "Only an active"),
    ],
)
def test_pauses_that_are_refused(act, error, sentence):
    with pytest.raises(error, match=sentence):
        act(SubscriptionFactory())


def test_a_planned_pause_ends_by_itself_on_its_day_however_late_it_is_noticed():
    lot = SubscriptionFactory()
    pause(lot, resumes_on=date(2026, 6, 11))
    paris = ZoneInfo("Europe/Paris")

    terms.turn_day(now=local_midnight(date(2026, 6, 11), paris) - timedelta(seconds=1))
    assert Subscription.objects.get().status == "paused"
    terms.turn_day(now=local_midnight(date(2026, 6, 14), paris))
    terms.turn_day(now=local_midnight(date(2026, 6, 14), paris))

    assert term(lot)[1] == date(2026, 9, 10)
    assert (lot.status, contradictions()) == ("active", [])


@pytest.mark.parametrize("zone", ["Europe/Paris", "Pacific/Apia", "America/New_York"])
def test_a_day_turns_at_the_studios_midnight(studio, zone):
    StudioProfile.objects.update(time_zone=zone)
    lot = SubscriptionFactory(starts_on=date(2026, 6, 2))
    following = subscriptions.renew_subscription(subscription=lot, plan=lot.plan, actor=None, now=NOW)
    midnight = local_midnight(following.starts_on, ZoneInfo(zone))

    for moment, states in (
        (NOW, ("active" if zone == "nowhere" else lot.status, "scheduled")),
        (midnight - timedelta(minutes=1), ("active", "scheduled")),
        (midnight, ("expired", "active")),
        (midnight, ("expired", "active")),
    ):
        terms.turn_day(now=moment)
        lot.refresh_from_db()
        following.refresh_from_db()
        assert (lot.status, following.status) == states
    kinds = CreditEntry.objects.filter(subscription=lot).order_by("pk").values_list("kind", "quantity")
    assert list(kinds) == [("bought", 10), ("expired", -10)]


def test_a_session_is_charged_to_the_plan_that_holds_its_day():
    lot = SubscriptionFactory()
    following = subscriptions.renew_subscription(subscription=lot, plan=lot.plan, actor=None, now=NOW)

    def of(at):
        return use_credit(session=TrainingSessionFactory(member=lot.member, scheduled_start=at), actor=None, now=NOW)

    # 22:30 in UTC is the next day in Paris.
    assert of(datetime(2026, 8, 31, 20, 0, tzinfo=UTC)) == lot
    assert of(datetime(2026, 8, 31, 22, 30, tzinfo=UTC)) == following
    with pytest.raises(NoCredit, match="which leaves out 1 Jan 2027"):
        of(datetime(2027, 1, 1, 12, tzinfo=UTC))


def test_a_scheduled_one_begins_today_once_the_one_before_is_used_up(desk):
    lot = SubscriptionFactory(plan=PlanFactory(sessions_count=1))
    following = subscriptions.renew_subscription(subscription=lot, plan=lot.plan, actor=None, now=NOW)
    last = subscriptions.renew_subscription(subscription=following, plan=lot.plan, actor=None, now=NOW)
    with pytest.raises(subscriptions.TermTaken, match="Sessions are left"):
        terms.begin_now(subscription=following, actor=desk, now=NOW)
    use_credit(session=TrainingSessionFactory(member=lot.member), actor=None, now=NOW)
    with pytest.raises(subscriptions.TermTaken, match="Another subscription"):
        terms.begin_now(subscription=last, actor=desk, now=NOW)

    begun = terms.begin_now(subscription=following, actor=desk, now=NOW + DAY)

    assert (begun.status, begun.starts_on, begun.ends_on) == ("active", date(2026, 6, 2), date(2026, 8, 31))
    assert term(last)[0] == date(2026, 9, 1)
    lot.refresh_from_db()
    assert lot.status == "expired"

"""Giving, renewing, upgrading and cancelling plans."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.services import facts
from studio.accounts.models import AuditEvent
from tests.factories import NOW
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.models import CreditEntry, Subscription
from training.selectors.credits import balance_of, breakdown
from training.selectors.upgrades import upgrade_quote
from training.services import pauses, subscriptions, terms
from training.services.booked_ahead import Settlement
from training.services.credits import adjust_credits, return_credit, use_credit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = date(2026, 6, 1)


def grant(member=None, plan=None, starts_on=TODAY, now=NOW, **given):
    return SubscriptionFactory(
        member=member or MemberFactory(), plan=plan or PlanFactory(), starts_on=starts_on, now=now, **given
    )


def paid(lot, amount=None):
    """Return a plan of which so much has been paid; all of it unless told otherwise."""
    Subscription.objects.filter(pk=lot.pk).update(paid_amount=lot.amount if amount is None else amount)
    return Subscription.objects.select_related("member").get(pk=lot.pk)


def booked(lot, days=1, **given):
    session = TrainingSessionFactory(member=lot.member, scheduled_start=NOW + days * DAY, **given)
    use_credit(session=session, actor=None, now=NOW)
    return session


def ledger(lot):
    return list(CreditEntry.objects.filter(subscription=lot).order_by("pk").values_list("kind", "quantity"))


def test_what_is_bought_is_a_copy(desk):
    plan = PlanFactory(name="Pack of ten", signup_fee=Decimal(50))
    lot = grant(plan=plan, actor=desk)
    plan.__class__.objects.filter(pk=plan.pk).update(name="Renamed", price=999, sessions_count=1)

    lot.refresh_from_db()
    assert (lot.plan_name, lot.sessions_count, lot.price, lot.signup_fee) == ("Pack of ten", 10, 500, 50)
    assert (lot.amount, lot.owed, lot.currency, lot.status) == (550, 550, "EUR", "active")
    assert (lot.starts_on, lot.ends_on, lot.days, lot.next_billing_on) == (
        date(2026, 6, 1),
        date(2026, 8, 31),
        92,
        date(2026, 9, 1),
    )
    assert ledger(lot) == [("bought", 10)]
    entry = CreditEntry.objects.get()
    assert (entry.account, entry.actor_label, entry.at) == (desk, desk.label, NOW)
    event = AuditEvent.objects.get(object_type="training.subscription")
    assert (event.verb, event.account, event.changes["price"]) == ("create", desk, [None, "500"])


def test_a_signup_fee_is_charged_once():
    plan, member = PlanFactory(signup_fee=Decimal(50)), MemberFactory()

    first = grant(member, plan)
    second = grant(member, plan, first.ends_on + DAY)
    waived = grant(plan=plan, signup_fee=Decimal(0))

    assert [each.signup_fee for each in (first, second, waived)] == [50, 0, 0]


@pytest.mark.parametrize(
    ("starts_on", "months", "ends_on"),
    [
        (date(2026, 1, 31), 6, date(2026, 7, 30)),
        (date(2026, 1, 31), 13, date(2027, 2, 27)),
        (date(2026, 6, 1), 21, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 27)),
        (date(2026, 12, 31), 2, date(2027, 2, 27)),
        (date(2026, 8, 15), 1, date(2026, 9, 14)),
    ],
)
def test_a_term_is_months_of_the_calendar(starts_on, months, ends_on):
    lot = grant(plan=PlanFactory(months=months), starts_on=starts_on)

    assert (lot.ends_on, lot.days) == (ends_on, (ends_on - starts_on).days + 1)


def test_a_trial_member_becomes_a_full_one_and_pays_for_what_came_before():
    member = MemberFactory(member_type="trial", status="pending")
    kinds = [
        ("contractual", -40, "completed"),  # before the last trial
        ("trial", -30, "completed"),
        ("contractual", -3, "completed"),
        ("contractual", -2, "no_show"),
        ("contractual", -1, "cancelled"),
        ("contractual", 1, "scheduled"),
    ]
    sessions = [
        TrainingSessionFactory(member=member, session_type_id=kind, scheduled_start=NOW + days * DAY, status=status)
        for kind, days, status in kinds
    ]

    lot = grant(member)

    member.refresh_from_db()
    assert (member.member_type, member.status) == ("full", "active")
    charged = [each.pk for each in sessions if type(each).objects.get(pk=each.pk).subscription_id == lot.pk]
    assert charged == [sessions[2].pk, sessions[5].pk]
    found = breakdown(lot)
    assert (found.completed, found.scheduled, found.remaining, found.total, found.holds) == (1, 1, 8, 10, True)


def test_contractual_sessions_are_charged_as_far_as_the_plan_goes():
    member = MemberFactory(member_type="trial")
    for days in (1, 2, 3):
        TrainingSessionFactory(member=member, session_type_id="contractual", scheduled_start=NOW + days * DAY)

    lot = grant(member, PlanFactory(sessions_count=2))

    assert ledger(lot) == [("bought", 2), ("used", -1), ("used", -1)]
    assert [each.scheduled_start for each in lot.sessions.order_by("pk")] != []
    assert set(lot.sessions.values_list("scheduled_start", flat=True)) == {NOW + DAY, NOW + 2 * DAY}


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ({"plan": {"is_active": False}}, subscriptions.NotOnSale, "is no longer sold"),
        ({"plan": {"is_collaboration": True}}, subscriptions.NotOnSale, "is for collaboration members"),
        ({"member": {"member_type": "collaboration"}}, subscriptions.NotOnSale, "choose a plan for collaborations"),
        ({"starts_on": date(2026, 2, 1)}, subscriptions.WrongTerm, "would have expired on 30 Apr 2026"),
        ({"signup_fee": Decimal(-1)}, facts.BadFacts, "may not be negative"),
        ({"signup_fee": Decimal("0.001")}, facts.BadFacts, "decimal places"),
        ({"notes": "\0"}, facts.BadFacts, "cannot be stored"),
    ],
)
def test_nothing_is_written_when_a_plan_is_refused(given, error, sentence):
    made = {
        "member": MemberFactory(**given.pop("member", {})),
        "plan": PlanFactory(name="Odd", **given.pop("plan", {})),
        **given,
    }

    with pytest.raises(error, match=sentence):
        grant(**made)
    assert not Subscription.objects.exists()


def test_terms_of_a_member_follow_each_other():
    first = grant(plan=PlanFactory(name="Now"))

    with pytest.raises(subscriptions.TermTaken, match=r"has Now until 31 Aug 2026.* begin on 1 Sep 2026"):
        grant(first.member)
    with pytest.raises(subscriptions.TermTaken):
        grant(first.member, starts_on=first.ends_on)
    later = grant(first.member, starts_on=first.ends_on + DAY)

    assert (later.status, ledger(later)) == ("scheduled", [("bought", 10)])


def test_a_used_up_plan_makes_room_for_the_next():
    small = grant(plan=PlanFactory(sessions_count=1))
    session = booked(small)
    small.refresh_from_db()
    assert small.status == "active"  # using the last credit ends nothing

    following = grant(small.member)

    small.refresh_from_db()
    assert (small.status, following.status) == ("expired", "active")
    assert session.subscription == small
    # Given back in time, the credit is not lost: it moves to where it can be used.
    return_credit(session=session, actor=None, reason="Ill", now=NOW)
    assert (balance_of(small), balance_of(following)) == (0, 11)
    assert [breakdown(each).holds for each in (small, following)] == [True, True]


def test_a_renewal_is_a_new_row_that_follows(desk):
    old = grant()

    new = subscriptions.renew_subscription(subscription=old, plan=old.plan, actor=desk, now=NOW)

    assert (new.renewed_from, new.status, new.starts_on, new.signup_fee) == (old, "scheduled", old.ends_on + DAY, 0)
    with pytest.raises(subscriptions.WrongStatus, match="renewed already"):
        subscriptions.renew_subscription(subscription=old, plan=old.plan, actor=desk, now=NOW)
    third = subscriptions.renew_subscription(subscription=new, plan=old.plan, actor=desk, now=NOW)
    assert third.starts_on == new.ends_on + DAY


def test_one_that_has_ended_is_renewed_from_today():
    old = grant()
    late = NOW + 200 * DAY

    new = subscriptions.renew_subscription(subscription=old, plan=old.plan, actor=None, now=late)

    old.refresh_from_db()
    assert (old.status, new.status, new.starts_on) == ("expired", "active", TODAY + 200 * DAY)
    assert ledger(old) == [("bought", 10), ("expired", -10)]


def test_an_upgrade_takes_what_is_left_off_the_price(desk):
    old = paid(grant(plan=PlanFactory(price=Decimal(500), signup_fee=Decimal(50))))
    for days in (1, 2, 3):
        booked(old, days)
    dearer = PlanFactory(name="Thirty", sessions_count=30, price=Decimal(1200), months=6)
    assert upgrade_quote(old, dearer).to_pay == 850

    new = subscriptions.upgrade_subscription(subscription=old, plan=dearer, actor=desk, now=NOW)

    old.refresh_from_db()
    assert (new.credited_amount, new.amount, new.starts_on, new.status) == (350, 850, TODAY, "active")
    assert (old.status, old.upgraded_to, old.cancellation_reason) == ("cancelled", new, "Upgraded to Thirty.")
    assert ledger(old)[-1] == ("expired", -7)
    assert old.sessions.count() == 3
    # Going up once more counts what was paid for in full, not what was paid the last time.
    assert upgrade_quote(paid(new), PlanFactory(price=Decimal(3000))).credited == 1200


@pytest.mark.parametrize(
    ("amount", "price", "settled", "credited", "still_owed", "in_all"),
    [
        (0, 1200, 350, 0, 200, 1400),
        (100, 1200, 350, 0, 100, 1300),
        (250, 1200, 300, 50, 0, 1150),
        (550, 1200, 0, 350, 0, 850),
        (400, 120, 150, 120, 0, 0),
    ],
    ids=["nothing paid", "less than was used", "more than was used", "all paid", "a step down"],
)
def test_an_upgrade_takes_off_nothing_that_nobody_paid(amount, price, settled, credited, still_owed, in_all):
    old = paid(grant(plan=PlanFactory(price=Decimal(500), signup_fee=Decimal(50))), amount)
    for days in (1, 2, 3):
        booked(old, days)
    other = PlanFactory(price=Decimal(price))
    quote = upgrade_quote(old, other)
    to_pay = quote.to_pay + quote.still_owed
    assert (quote.settled, quote.credited, quote.still_owed, to_pay) == (settled, credited, still_owed, in_all)

    new = subscriptions.upgrade_subscription(subscription=old, plan=other, actor=None, now=NOW)

    old.refresh_from_db()
    assert (old.credited_amount, old.owed, new.credited_amount, old.owed + new.owed) == (
        settled,
        still_owed,
        credited,
        in_all,
    )
    assert set(Subscription.objects.unpaid()) == {each for each in (old, new) if each.owed}


def test_the_plan_that_it_has_is_no_upgrade():
    lot = grant()

    with pytest.raises(subscriptions.NotOnSale, match="This is the plan that it has"):
        subscriptions.upgrade_subscription(subscription=lot, plan=lot.plan, actor=None, now=NOW)


def test_a_step_down_loses_what_is_over_and_never_pays_out():
    old = paid(grant())
    small = PlanFactory(price=Decimal("199.99"), sessions_count=3)

    quote = upgrade_quote(old, small)
    new = subscriptions.upgrade_subscription(subscription=old, plan=small, actor=None, now=NOW)

    assert (quote.worth, quote.credited, quote.lost, quote.to_pay) == (500, Decimal("199.99"), Decimal("300.01"), 0)
    assert (new.amount, new.credited_amount) == (0, Decimal("199.99"))


def test_an_upgrade_takes_off_neither_what_has_run_out_nor_what_was_given_on_top():
    lot, dearer = paid(grant()), PlanFactory(price=Decimal(1200))
    adjust_credits(subscription=lot, quantity=2, reason="Machine broke down", actor=None, now=NOW)
    assert upgrade_quote(lot, dearer).credited == lot.price

    with pytest.raises(subscriptions.WrongStatus, match=r"ended on 31 Aug 2026\. Renew it instead"):
        subscriptions.upgrade_subscription(subscription=lot, plan=dearer, actor=None, now=NOW + 92 * DAY)
    last = subscriptions.upgrade_subscription(subscription=lot, plan=dearer, actor=None, now=NOW + 91 * DAY)
    assert last.credited_amount == lot.price


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda lot: pauses.pause_subscription(subscription=lot, reason="Away", actor=None, now=NOW), "Only an active"),
        (
            lambda lot: subscriptions.renew_subscription(subscription=lot, plan=lot.plan, actor=None, now=NOW),
            "is scheduled from 1 Sep 2026",
        ),
    ],
)
def test_no_upgrade_in_between(prepare, sentence):
    lot = grant()
    prepare(lot)

    with pytest.raises((subscriptions.WrongStatus, subscriptions.TermTaken), match=sentence):
        subscriptions.upgrade_subscription(subscription=lot, plan=lot.plan, actor=None, now=NOW)


def test_cancelling_takes_what_is_left_and_keeps_what_is_booked(desk):
    lot = grant()
    session = booked(lot)
    with pytest.raises(facts.NoReason):
        subscriptions.cancel_subscription(subscription=lot, reason=" ", actor=desk, now=NOW)

    subscriptions.cancel_subscription(
        subscription=lot, reason="Moved away", booked=Settlement.KEPT, actor=desk, now=NOW
    )
    ended = subscriptions.cancel_subscription(subscription=lot, reason="Twice is once", actor=desk, now=NOW)

    assert (ended.status, ended.cancelled_by, ended.cancelled_by_label) == ("cancelled", desk, desk.label)
    assert (ended.cancellation_reason, ended.cancelled_at) == ("Moved away", NOW)
    assert ledger(lot) == [("bought", 10), ("used", -1), ("expired", -9)]
    assert session.subscription == lot
    # What comes back to one that has ended is gone at once.
    return_credit(session=session, actor=desk, reason="", now=NOW)
    assert ledger(lot)[-2:] == [("returned", 1), ("expired", -1)]
    assert breakdown(lot).holds


def test_what_waited_for_a_cancelled_one_begins_with_all_its_days():
    first = grant()
    waiting = subscriptions.renew_subscription(subscription=first, plan=first.plan, actor=None, now=NOW)
    pauses.pause_subscription(subscription=first, reason="Away", actor=None, now=NOW)
    late = datetime(2026, 10, 1, 9, tzinfo=NOW.tzinfo)

    subscriptions.cancel_subscription(subscription=first, reason="Gave up", actor=None, now=late)
    terms.turn_day(now=late)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.starts_on) == ("active", date(2026, 10, 1))
    assert (waiting.ends_on - waiting.starts_on).days + 1 == waiting.days


def test_what_waits_for_a_paused_one_goes_on_waiting_when_another_is_cancelled():
    first = grant()
    waiting = subscriptions.renew_subscription(subscription=first, plan=first.plan, actor=None, now=NOW)
    last = subscriptions.renew_subscription(subscription=waiting, plan=first.plan, actor=None, now=NOW)
    pauses.pause_subscription(subscription=first, reason="Away", actor=None, now=NOW)
    late = NOW + 120 * DAY

    subscriptions.cancel_subscription(subscription=last, reason="Gave up", actor=None, now=late)
    pauses.resume_subscription(subscription=first, actor=None, now=late)

    for lot in (first, waiting):
        lot.refresh_from_db()
    assert (first.ends_on, waiting.starts_on) == (date(2026, 8, 31) + 120 * DAY, first.ends_on + DAY)


def test_credits_are_adjusted_with_a_reason(desk):
    lot = grant()

    adjust_credits(subscription=lot, quantity=2, reason="Machine broke down", actor=desk, now=NOW)
    assert (balance_of(lot), breakdown(lot).total, breakdown(lot).holds) == (12, 12, True)
    for quantity, reason, error in [(-13, "x", "12 sessions are left"), (0, "x", "12 sessions"), (1, " ", "Say why")]:
        with pytest.raises(Exception, match=error):
            adjust_credits(subscription=lot, quantity=quantity, reason=reason, actor=desk, now=NOW)
    subscriptions.cancel_subscription(subscription=lot, reason="Over", actor=desk, now=NOW)
    with pytest.raises(Exception, match="has ended"):
        adjust_credits(subscription=lot, quantity=1, reason="x", actor=desk, now=NOW)

"""What an outage displaces, and where each session could go: the same time first, then the nearest, nothing twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from studio.accounts.models import AuditEvent
from studio.clock import local_day
from studio.office.models import StudioProfile
from tests.factories import NOW, UserFactory
from tests.membership_factories import SubscriptionFactory
from tests.staff import account
from tests.training_factories import HALF_HOUR, TrainerFactory, TrainingSessionFactory, choices_for
from training.models import Machine, OutageDecision, SessionType
from training.selectors.answers import Slot
from training.selectors.credits import balance_of
from training.selectors.outage_plan import outage_plan
from training.services import bookings, outages
from training.services.credits import charge
from training.services.outage_cases import Choice, PlanChanged

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)  # 10:00 in Paris, tomorrow
DAY = timedelta(days=1)


def on(machine, start=TEN, **given):
    return TrainingSessionFactory(machine=machine, scheduled_start=start, **given)


def repair(machine, start, end, choices, moved):
    """Plan an outage that moves so many sessions, and take it back."""
    with transaction.atomic():
        outage = outages.plan_outage(
            machine=machine, starts_at=start, ends_at=end, reason="Belt", choices=choices, actor=None, now=NOW
        )
        assert outage.cases.filter(decision=OutageDecision.MOVED).count() == moved
        transaction.set_rollback(True)


def test_same_time_on_another_machine_comes_first_and_nothing_is_proposed_twice(
    only_two, ada, trainer, no_lazy_loading, django_assert_num_queries
):
    left, right = only_two
    SessionType.objects.update(takes_credit=False)
    first, second = on(left, member=ada, trainer=trainer), on(left, TEN + HALF_HOUR)
    taken = on(right, TEN + HALF_HOUR)
    twice = on(left, TEN, overlap_kept=True)
    keeps_free = on(left, TEN + 2 * HALF_HOUR, member=None, session_type_id="non_bookable")

    with django_assert_num_queries(7):
        found = outage_plan(left, TEN, TEN + 3 * HALF_HOUR, now=NOW)

    by_key = {each.session.pk: each for each in found.displaced}
    assert list(by_key)[2:] == [second.pk, keeps_free.pk]
    beside = Slot(right, TEN, TEN + HALF_HOUR)
    assert [each.proposals[0] == beside for each in found.displaced[:2]] == [True, False]
    offered = [slot for each in found.displaced for slot in each.proposals[:1]]
    assert len({(slot.machine.pk, slot.starts_at) for slot in offered}) == len(offered) == 3
    nearest = by_key[second.pk].proposals[0]
    assert (nearest.machine, nearest.starts_at) in {(right, TEN + 2 * HALF_HOUR), (right, TEN - HALF_HOUR)} | {
        (left, TEN - HALF_HOUR)
    }
    assert taken.scheduled_start not in {slot.starts_at for slot in by_key[second.pk].proposals}
    assert by_key[keeps_free.pk].why_none == "It keeps the machine free, and nobody has it."
    assert (first.pk in by_key, twice.pk in by_key) == (True, True)


def test_whoever_trains_with_an_account_is_not_in_their_own_way(only_two, django_assert_num_queries):
    left, right = only_two
    on(left, trainer=TrainerFactory(user=UserFactory()))
    on(left, TEN + HALF_HOUR, trainer=TrainerFactory(user=UserFactory(is_active=False)))

    with django_assert_num_queries(9):
        found = outage_plan(left, TEN, TEN + DAY, now=NOW).displaced

    assert [Slot(right, TEN, TEN + HALF_HOUR) in each.proposals for each in found] == [True, False]
    assert found[1].proposals == ()


def test_every_proposal_can_be_had(only_two):
    left, right = only_two
    busy, theo = TrainerFactory(user=UserFactory()), TrainerFactory(user=UserFactory())
    lot = SubscriptionFactory(plan__sessions_count=20, plan__months=1)
    for number in range(2):
        start = TEN + number * HALF_HOUR
        times = {"scheduled_start": start, "scheduled_end": start + HALF_HOUR}
        bookings.book_session(machine=left, member=lot.member, trainer=theo, actor=None, now=NOW, **times)
        on(right, start, trainer=busy) if number % 2 else None
    on(left, TEN + 4 * HALF_HOUR, trainer=busy)
    guest = {"guest_first_name": "Gia", "guest_last_name": "Haddad", "guest_gym_name": "Iron"}
    on(left, TEN + 6 * HALF_HOUR, member=None, session_type_id="multi_site", current_participants=1, **guest)
    found = outage_plan(left, TEN, TEN + DAY, now=NOW).displaced

    repair(left, TEN, TEN + DAY, choices_for(left, TEN, TEN + DAY), moved=4)

    for number, each in enumerate(found):
        for slot in each.proposals:
            choices = [Choice(other.session.pk, other.session.updated_at, OutageDecision.SETTLED) for other in found]
            choices[number] = replace(choices[number], decision=OutageDecision.MOVED, slot=slot)
            repair(left, TEN, TEN + DAY, choices, moved=1)
    assert [len(each.proposals) for each in found] == [4, 3, 4, 4]


def test_nothing_is_proposed_beyond_what_paid_for_the_session(only_two, ada):
    left, right = only_two
    lot = SubscriptionFactory(member=ada, plan__sessions_count=2, plan__months=1)
    last = datetime(2026, 6, 30, 21, 0, tzinfo=UTC)  # 23:00 in Paris, on the last day
    assert lot.ends_on.isoformat() == "2026-06-30"
    session = on(left, last, member=ada)
    charge(session=session, lot=lot, actor=None, now=NOW)
    on(right, last)

    (displaced,) = outage_plan(left, last - HALF_HOUR, last + DAY, now=NOW).displaced

    days = [local_day(slot.starts_at, ZoneInfo("Europe/Paris")) for slot in displaced.proposals]
    assert days == [lot.ends_on] * 3


def test_what_nobody_pays_for_and_what_its_plan_left_behind_moves_as_proposed(only_two, ada):
    left, right = only_two
    lot = SubscriptionFactory(member=ada, plan__sessions_count=2, plan__months=1)
    late = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
    unpaid, beyond = on(left, late), on(left, late + HALF_HOUR, member=ada)
    charge(session=beyond, lot=lot, actor=None, now=NOW)
    on(right, late)

    found = outage_plan(left, late, late + DAY, now=NOW).displaced
    outages.plan_outage(
        machine=left,
        starts_at=late,
        ends_at=late + DAY,
        reason="Belt",
        choices=choices_for(left, late, late + DAY),
        actor=None,
        now=NOW,
    )

    assert [each.proposals[0].starts_at == each.session.scheduled_start for each in found] == [False, True]
    unpaid.refresh_from_db()
    beyond.refresh_from_db()
    assert (unpaid.status, unpaid.scheduled_start == late, unpaid.subscription) == ("scheduled", False, None)
    assert (beyond.machine, beyond.scheduled_start, beyond.subscription) == (right, late + HALF_HOUR, lot)
    assert balance_of(lot) == 1


def test_week_that_takes_one_more_is_proposed_once(only_two):
    left, right = only_two
    Machine.objects.filter(pk=right.pk).update(is_available=False)
    StudioProfile.objects.update(weekly_session_cap=1)
    sunday = TEN + 5 * DAY
    SessionType.objects.update(takes_credit=False)
    on(left, sunday)
    on(left, sunday + HALF_HOUR)
    end = datetime(2026, 6, 7, 22, 0, tzinfo=UTC)  # midnight in Paris

    found = outage_plan(left, TEN, end, now=NOW).displaced
    outage = outages.plan_outage(
        machine=left,
        starts_at=TEN,
        ends_at=end,
        reason="Belt",
        choices=choices_for(left, TEN, end),
        actor=None,
        now=NOW,
    )

    full = "Within 7 days something is free only in weeks that have all their sessions."
    assert [(each.why_none, len(each.beyond)) for each in found] == [("", 0), (full, 3)]
    assert [case.decision for case in outage.cases.order_by("was_starts_at")] == ["moved", "settled"]


def test_full_week_takes_what_an_outage_displaces_for_a_manager_who_says_why(only_two):
    left, right = only_two
    Machine.objects.filter(pk=right.pk).update(is_available=False)
    StudioProfile.objects.update(weekly_session_cap=1)
    SessionType.objects.update(takes_credit=False)
    sunday, end = TEN + 5 * DAY, datetime(2026, 6, 7, 22, 0, tzinfo=UTC)
    session, _next_week = on(left, sunday), on(left, TEN + 10 * DAY)
    (found,) = outage_plan(left, TEN, end, now=NOW).displaced
    choice = Choice(session.pk, session.updated_at, OutageDecision.MOVED, found.beyond[0])
    because = replace(choice, over_cap_because="It is her last free day")
    times = {"machine": left, "starts_at": TEN, "ends_at": end, "reason": "Belt", "now": NOW}

    for choices, actor, told in (
        ([choice], account("manager"), "The week has 1 of 1 sessions"),
        ([because], account("front_desk"), "only a manager may book more"),
    ):
        with pytest.raises(PlanChanged, match=told):
            outages.plan_outage(**times, choices=choices, actor=actor)
    outages.plan_outage(**times, choices=[because], actor=account("manager", "other@studio.example"))

    session.refresh_from_db()
    assert session.scheduled_start == found.beyond[0].starts_at > end
    event = AuditEvent.objects.get(verb="change", object_id=str(session.pk))
    assert event.reason == "It is her last free day"


def test_too_much_at_once_is_refused(machine, monkeypatch):
    monkeypatch.setattr(outages, "MOST_DISPLACED", 1)
    on(machine)
    on(machine, TEN + HALF_HOUR)

    with pytest.raises(outages.BadPeriod, match="More than 1 sessions are in the way"):
        outages.require_possible(machine=machine, starts_at=TEN, ends_at=TEN + DAY, now=NOW)

"""Dormant members: who they are, set to inactive once a day at most, and brought back."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sessions_app.services.facts import BadFacts
from studio.accounts.models import AuditEvent
from studio.office.models import StudioProfile
from tests.factories import NOW
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.training_factories import MemberFactory
from training.models import DormantRun, Member, MemberComment, SubscriptionPause
from training.selectors.dormancy import dormancy
from training.services import members, pauses
from training.services.credits import adjust_credits
from training.services.dormancy import NobodyDormant, NotInactive, RunToday, reactivate_member, run_dormancy

pytestmark = pytest.mark.django_db
LONG_AGO, LATELY = NOW - timedelta(days=200), NOW - timedelta(days=100)  # dormant after 6 months
JOINED = date(2025, 1, 2)


@pytest.fixture
def house(session_of):
    """One of each: only Gone and Never are dormant."""
    made = {}
    for name, facts in {
        "Gone": {},
        "Never": {},
        "New": {"join_date": date(2026, 5, 1)},
        "Came": {},
        "Booked": {},
        "Back": {},
        "Paused": {"status": "suspended"},
        "Unsure": {},
    }.items():
        made[name] = MemberFactory(first_name=name, last_name="X", **{"join_date": JOINED, **facts})
    for name in ("Gone", "Booked", "Back", "Paused", "Unsure"):
        session_of(made[name], LONG_AGO, "completed")
    session_of(made["Gone"], LATELY, "cancelled")
    session_of(made["Unsure"], LATELY, "completed")
    session_of(made["Came"], LATELY, "completed")
    session_of(made["Booked"], NOW + timedelta(days=3))
    Member.objects.filter(pk=made["Back"].pk).update(reactivated_at=LATELY)
    return made


def found(now=NOW):
    return [member.first_name for member in dormancy(profile=StudioProfile.objects.get(), now=now).members]


def test_whoever_has_not_come_for_months_is_dormant_and_nobody_new(house):
    assert found() == ["Never", "Gone"]


def test_the_months_are_the_studios_own_to_the_day(house):
    StudioProfile.objects.update(dormant_after_months=3)
    # "Lately" was 21 February: dormant from 22 May, midnight in Paris, on.
    assert found(datetime(2026, 5, 21, 12, tzinfo=UTC)) == ["Never", "Gone"]
    StudioProfile.objects.update(dormant_after_months=1)
    assert set(found(NOW)) == {"Never", "Gone", "Came", "Back", "Unsure", "New"} - {"New"}


def test_a_run_sets_them_to_inactive_says_why_and_is_kept(house, desk):
    run = run_dormancy(actor=desk, now=NOW)

    assert set(Member.objects.filter(status="inactive").values_list("first_name", flat=True)) == {"Never", "Gone"}
    assert (run.months, run.member_count, run.run_by_label) == (6, 2, desk.label)
    assert [each["name"] for each in run.members] == ["Never X", "Gone X"]
    comments = MemberComment.objects.order_by("member__first_name").values_list("body", "author_label", "is_by_system")
    assert list(comments) == [
        ("Set to inactive: the last session was on 13 Nov 2025, more than 6 months ago.", "Studio", True),
        ("Set to inactive: no session yet, 6 months after joining.", "Studio", True),
    ]
    told = AuditEvent.objects.filter(object_type="training.member", verb="change").values_list("changes", flat=True)
    assert list(told) == [{"status": ["active", "inactive"]}] * 2


def test_a_second_run_waits_for_a_day_and_nobody_is_hit_twice(house, desk):
    run_dormancy(chosen=[house["Gone"].pk], actor=desk, now=NOW)

    with pytest.raises(RunToday, match="There was a run on Mon 1 Jun 2026, 08:00, by Dana Desk"):
        run_dormancy(actor=desk, now=NOW + timedelta(hours=24, microseconds=-1))
    assert DormantRun.objects.get().member_count == 1
    assert run_dormancy(actor=desk, now=NOW + timedelta(hours=24)).member_count == 1
    with pytest.raises(NobodyDormant):
        run_dormancy(actor=desk, now=NOW + timedelta(hours=48))
    assert DormantRun.objects.count() == 2


def test_whoever_came_meanwhile_is_left_alone(house, desk, session_of):
    session_of(house["Gone"], NOW - timedelta(days=1), "completed")

    with pytest.raises(NobodyDormant):
        run_dormancy(chosen=[house["Gone"].pk, house["Came"].pk], actor=desk, now=NOW)
    assert not Member.objects.filter(status="inactive").exists()


def test_whoever_rests_by_agreement_or_did_lately_is_not_dormant(house):
    for name in ("Gone", "Never"):
        lot = SubscriptionFactory(member=house[name], starts_on=LONG_AGO.date(), now=LONG_AGO)
        pauses.pause_subscription(subscription=lot, reason="Abroad", actor=None, now=LONG_AGO)
    pauses.resume_subscription(subscription=lot, actor=None, now=LATELY)
    assert found() == []

    SubscriptionPause.objects.filter(resumed_on=LATELY.date()).update(resumed_on=LONG_AGO.date() + timedelta(days=7))
    assert found() == ["Never"]


@pytest.mark.parametrize(
    ("months", "left", "dormant"),
    [(12, 10, ["Never"]), (12, 0, ["Never", "Gone"]), (3, 10, ["Never", "Gone"])],
    ids=["runs", "used up", "over"],
)
def test_whoever_has_sessions_left_on_a_plan_that_runs_is_not_dormant(house, months, left, dormant):
    plan = PlanFactory(name="Year", months=months)
    lot = SubscriptionFactory(member=house["Gone"], plan=plan, starts_on=LONG_AGO.date(), now=LONG_AGO)
    if left == 0:
        adjust_credits(subscription=lot, quantity=-10, reason="Given away", actor=None, now=LONG_AGO)

    seen = dormancy(profile=StudioProfile.objects.get(), now=NOW).members
    assert [member.first_name for member in seen] == dormant
    of_gone = {"Never": (None, None), "Gone": ("Year", lot.ends_on)}
    plans = {member.first_name: (member.plan_name, member.plan_ends_on) for member in seen}
    assert plans == {name: of_gone[name] for name in dormant}


def test_whoever_is_suspended_while_a_run_begins_stays_suspended(house, desk, monkeypatch):
    seen = dormancy(profile=StudioProfile.objects.get(), now=NOW)
    members.change_statuses(members=[house["Gone"]], status="suspended", actor=desk, now=NOW)
    monkeypatch.setattr("training.services.dormancy.dormancy", lambda **_asked: seen)

    assert [each["name"] for each in run_dormancy(actor=desk, now=NOW).members] == ["Never X"]
    assert Member.objects.get(pk=house["Gone"].pk).status == "suspended"


def test_somebody_comes_back_with_a_comment_and_is_not_dormant_the_next_day(house, desk):
    run_dormancy(actor=desk, now=NOW)

    for silent in ("", "  "):
        with pytest.raises(BadFacts):
            reactivate_member(member=house["Gone"], comment=silent, actor=desk, now=NOW)
    back = reactivate_member(member=house["Gone"], comment="Was ill.", actor=desk, now=NOW)

    assert (back.status, back.reactivated_at) == ("active", NOW)
    assert back.comments.get(is_by_system=False).body == "Was ill."
    assert found(NOW + timedelta(days=2)) == []
    with pytest.raises(NotInactive, match="Gone X is not inactive"):
        reactivate_member(member=back, comment="Again.", actor=desk, now=NOW)


def test_one_month_is_one_month():
    StudioProfile.objects.update(dormant_after_months=1)
    MemberFactory(join_date=JOINED)

    run_dormancy(actor=None, now=NOW)

    assert MemberComment.objects.get().body == "Set to inactive: no session yet, 1 month after joining."

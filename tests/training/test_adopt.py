"""A former gym arrives whole: members, plans, credits and sessions, and what contradicts a rule is settled or kept."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import combinations

import pytest

from studio.office.models import AdoptionLink, AdoptionRow
from studio.tenancy.adoption.report import Report
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened
from tests.training.legacy import DUMP, LINKS, PAIRS, SESSIONS, TO_SETTLE
from training.models import (
    BodyCheckup,
    CreditEntry,
    Machine,
    Member,
    MemberComment,
    SessionOutcome,
    Subscription,
    SubscriptionPause,
    Trainer,
    TrainingSession,
)
from training.selectors.credits import broken_lots
from training.services import completion

NOW = datetime(2025, 10, 6, 6, 0, tzinfo=UTC)
TABLES = """
CREATE TABLE machines (id uuid PRIMARY KEY, machine_number integer, name text, is_available boolean);
CREATE TABLE trainers (id integer PRIMARY KEY, first_name text, last_name text, email text);
CREATE TABLE members (id integer PRIMARY KEY, first_name text, last_name text, email text, gender text, status text,
    training_preference text, vest_size text, referral_source text, referred_by_member_id integer,
    waiver_signed boolean, waiver_signed_date date);
CREATE TABLE subscription_plans (id integer PRIMARY KEY, name text, price numeric, sessions_count integer,
    duration_months integer);
CREATE TABLE member_subscriptions (id integer PRIMARY KEY, member_id integer, plan_id integer, status text,
    start_date date, end_date date, total_sessions_snapshot integer, used_sessions integer, price numeric);
CREATE TABLE training_sessions (id integer PRIMARY KEY, trainer_id integer, machine_id uuid,
    scheduled_start timestamptz, scheduled_end timestamptz, status text, session_type text, notes text, location text,
    guest_first_name text, guest_last_name text, guest_gym_name text);
CREATE TABLE training_session_members (id integer PRIMARY KEY, session_id integer, member_id integer,
    booking_status text);
CREATE TABLE member_emergency_contacts (id integer PRIMARY KEY, member_id integer, name text, phone text,
    is_primary boolean);
INSERT INTO trainers VALUES (1, 'Theo', 'Rossi', 'theo@example.org');
INSERT INTO members (id, first_name, last_name, email) VALUES (1, 'Ada', 'Morel', 'ada@example.org'),
    (2, 'Bea', 'Nord', 'bea@example.org');
INSERT INTO subscription_plans VALUES (1, 'Pack 10', 350, 10, 3);
INSERT INTO training_sessions (id, trainer_id, scheduled_start, scheduled_end, status) VALUES
    (1, 1, '2025-10-01 09:00+02', '2025-10-01 09:30+02', 'completed'),
    (2, NULL, '2025-10-01 10:00+02', '2025-10-01 10:30+02', 'cancelled');
"""


@pytest.fixture
def take_over(studio, tmp_path):
    def from_sql(sql: str) -> Report:
        path = tmp_path / "former.sql"
        path.write_text(TABLES + sql)
        with opened(str(path)) as source:
            return adopt(source=source, studio=studio, now=NOW)

    return from_sql


@pytest.fixture
def gym(studio) -> Report:
    with opened(str(DUMP)) as source:
        return adopt(source=source, studio=studio, now=NOW)


def kept(table: str) -> list[tuple[str, dict[str, object], str]]:
    rows = AdoptionRow.objects.filter(table_name=table, settled_at=None).order_by("row_id")
    return list(rows.values_list("row_id", "content", "reason"))


def counted(report: Report) -> dict[str, tuple[int, int, int, int]]:
    return {name: (t.read, t.created, t.existing, t.set_aside) for name, t in report.tables.items()}


def test_the_former_gym_arrives_whole(studio, gym):
    assert counted(gym) == {
        "trainers": (4, 4, 0, 0),
        "members": (120, 120, 0, 0),
        "member_comments": (40, 40, 0, 0),
        "member_body_checkups": (30, 30, 0, 0),
        "subscription_plans": (3, 3, 0, 0),
        "member_subscriptions": (93, 92, 0, 1),
        "subscription_payments": (92, 92, 0, 0),
        "training_sessions": (SESSIONS, SESSIONS, 0, 0),
        "training_session_members": (LINKS, 0, LINKS, 0),
    }
    everything = (Trainer, Member, MemberComment, BodyCheckup, Subscription, TrainingSession)
    assert [model.objects.count() for model in everything] == [4, 120, 40, 30, 92, SESSIONS]
    _sessions_keep_members_places_and_overlaps()
    _credits_begin_at_what_was_left()
    _contradictions_wait_for_somebody_to_settle_them()

    with opened(str(DUMP)) as source:
        again = adopt(source=source, studio=studio, now=NOW)
    assert [table.created for table in again.tables.values()] == [0] * len(again.tables)
    _credits_begin_at_what_was_left()


def _sessions_keep_members_places_and_overlaps():
    sessions = TrainingSession.objects
    assert set(sessions.values_list("machine__machine_number", flat=True)) == {1}
    assert sessions.filter(member__isnull=False, current_participants=1).count() == LINKS
    assert sessions.to_settle().count() == TO_SETTLE
    rows = list(sessions.occupying().values_list("scheduled_start", "scheduled_end").order_by("scheduled_start"))
    assert sum(later[0] < earlier[1] for earlier, later in combinations(rows, 2)) == PAIRS
    assert sessions.filter(notes__contains="Location: ").exists()
    assert set(sessions.values_list("session_type", flat=True)) == {"member", "trial"}
    former = Counter(content["session_type"] for _row, content, _why in kept("training_sessions"))
    assert former == {"standard": 295, "trail": 243}


def _credits_begin_at_what_was_left():
    totals = dict(CreditEntry.objects.filter(kind="bought").values_list("subscription", "quantity"))
    used, gone = Counter(), Counter()
    for lot, kind, quantity in CreditEntry.objects.exclude(kind="bought").values_list(
        "subscription", "kind", "quantity"
    ):
        (gone if kind == "expired" else used)[lot] -= quantity
    left = dict(Subscription.objects.with_balance().values_list("pk", "balance"))
    assert left == {lot: total - used[lot] - gone[lot] for lot, total in totals.items()}
    assert broken_lots() == []
    assert TrainingSession.objects.filter(subscription__isnull=False).exists()
    ((_row, content, _why),) = kept("member_subscriptions")
    assert sum(used.values()) + content["used_sessions"] == 556 + 175 + 331
    ended = set(Subscription.objects.filter(status="expired").values_list("pk", flat=True))
    assert (len(ended), {left[lot] for lot in ended}) == (21, {0})
    assert SubscriptionPause.objects.count() == 26
    assert set(Subscription.objects.values_list("price", "signup_fee", "amount")) == {
        (price, Decimal(500), price + 500) for price in (Decimal(3500), Decimal(6400), Decimal(11200))
    }


def _contradictions_wait_for_somebody_to_settle_them():
    ((_row, content, why),) = kept("member_subscriptions")
    assert (content["status"], content["used_sessions"]) == ("active", 8)
    assert why == (
        "A member has one plan at a time: Pack 20, 1 Jul 2025 - 1 Jan 2026 goes on, as the one in use, else the newest,"
        " else that with more left. 12 of 20 sessions are left on this one: add them to the other by hand, or let them"
        " go."
    )
    linked = Member.objects.filter(referred_by_member__isnull=False)
    assert [(member.email, member.referred_by_member.email) for member in linked] == [
        ("membre2@example.org", "membre1@example.org")
    ]
    ((_row, content, why),) = kept("members")
    assert (list(content), why) == (
        ["referred_by_member_id"],
        "They would have been referred by themselves, through others; say who it was.",
    )


def test_members_and_their_faults(take_over):
    take_over(
        "INSERT INTO members VALUES (7, 'Cleo', 'Petit', 'CLEO@example.org', 'male', 'active', 'women_only',"
        " 'V2 small ext', 'website_ib', 8, true, '2025-01-05'), (8, 'Dan', 'Roy', NULL, '', 'pending', 'mixed', 'V9',"
        " 'member_referral', NULL, false, NULL), (9, ' ', '', NULL, '', 'active', '', '', '', NULL, false, NULL),"
        " (10, 'Eve', 'Sol', 'ada@example.org', '', 'active', '', '', '', NULL, false, NULL);"
        "INSERT INTO member_emergency_contacts VALUES (1, 7, 'Max', '06', true), (2, 7, 'Mia', '07', true);"
    )

    cleo, dan = (Member.objects.select_related("client").get(first_name=name) for name in ("Cleo", "Dan"))
    assert (cleo.email, cleo.training_preference, cleo.vest_size) == ("cleo@example.org", "mixed", "v2_small_ext")
    assert (cleo.referral_source, cleo.referred_by_member, cleo.referred_by_label) == ("website", dan, "Dan Roy")
    assert (cleo.waiver_signed_on, cleo.client.name, cleo.client.email) == (
        date(2025, 1, 5),
        "Cleo Petit",
        "cleo@example.org",
    )
    assert (dan.referral_source, dan.vest_size, dan.status) == ("", "", "pending")
    assert [contact.name for contact in cleo.emergency_contacts.filter(is_primary=True)] == ["Max"]
    reasons = {row: why for row, _content, why in kept("members")}
    assert (reasons["9"], reasons["10"]) == (
        "It has no name.",
        "There is a member of that e-mail address already.",
    )


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ("'2025-10-02 09:00+02', '2025-10-02 09:05+02', 'completed', 'member'", "It does not last from 15 minutes"),
        ("'2025-10-02 09:00+02', NULL, 'completed', 'member'", "It has no start or no end."),
        ("'2025-10-02 09:00+02', '2025-10-02 09:30+02', 'lost', 'member'", 'status is unknown: "lost".'),
        ("'2025-10-02 09:00+02', '2025-10-02 09:30+02', 'completed', 'yoga'", 'session_type is unknown: "yoga".'),
    ],
)
def test_a_session_that_cannot_be_is_set_aside_with_those_in_it(take_over, session, expected):
    take_over(
        "INSERT INTO training_sessions (id, scheduled_start, scheduled_end, status, session_type)"
        f" VALUES (9, {session}); INSERT INTO training_session_members VALUES (1, 9, 1, 'confirmed');"
    )

    ((_row, _content, why),) = kept("training_sessions")
    assert why.startswith(expected)
    assert [reason for _row, _content, reason in kept("training_session_members")] == [
        "It belongs to row 9 of training_sessions, which was set aside."
    ]


def test_who_took_part(take_over):
    take_over(
        "INSERT INTO training_session_members VALUES (1, 1, 1, 'cancelled'), (2, 1, 2, 'confirmed'),"
        " (3, 1, 1, 'confirmed'), (4, 2, 1, 'cancelled');"
    )

    went_on, cancelled = TrainingSession.objects.order_by("scheduled_start")
    assert (went_on.member.first_name, cancelled.member.first_name) == ("Bea", "Ada")
    assert {row: why for row, _content, why in kept("training_session_members")} == {
        "1": "The member's own booking was cancelled, or waited; the session went on without them.",
        "3": "A session is for one member or one guest; this one has somebody already.",
    }


def test_machines_are_found_by_their_number_and_guests_are_named(take_over):
    first = "11111111-1111-4111-8111-111111111111"
    take_over(
        f"INSERT INTO machines VALUES ('{first}', 7, 'Seven', false);"
        f"INSERT INTO training_sessions VALUES (9, 1, '{first}', '2025-10-02 09:00+02', '2025-10-02 09:30+02',"
        " 'completed', 'multi_site', 'Knee', 'Hall', 'Gus', NULL, 'Rive');"
    )

    session = TrainingSession.objects.get(session_type="multi_site")
    assert (session.machine.machine_number, session.machine.name, session.machine.is_available) == (7, "Seven", False)
    assert (session.guest_name, session.guest_gym_name, session.current_participants) == ("Gus unknown", "Rive", 1)
    assert (session.notes, session.trainer_label) == ("Knee\nLocation: Hall", "Theo Rossi")
    assert Machine.objects.filter(machine_number=7).count() == 1


def test_what_a_former_word_leaves_open_is_settled_by_who_took_part(take_over):
    take_over(
        "INSERT INTO training_sessions (id, scheduled_start, scheduled_end, status, session_type, guest_last_name)"
        " VALUES (7, '2025-10-02 09:00+02', '2025-10-02 09:30+02', 'scheduled', 'multi_site', NULL),"
        " (8, '2025-10-02 10:00+02', '2025-10-02 10:30+02', 'scheduled', 'multi_site', 'Roy'),"
        " (9, '2025-10-02 11:00+02', '2025-10-02 11:30+02', 'scheduled', '', NULL),"
        " (10, '2025-10-02 12:00+02', '2025-10-02 12:30+02', 'scheduled', '', NULL);"
        "INSERT INTO training_session_members VALUES (1, 7, 1, 'confirmed'), (2, 8, 1, 'confirmed'),"
        " (3, 9, 2, 'confirmed');"
    )

    settled = TrainingSession.objects.filter(status="scheduled").order_by("scheduled_start")
    assert [(each.session_type_id, each.attendee, each.current_participants) for each in settled] == [
        ("member", "Ada Morel", 1),  # nothing was known of a guest
        ("multi_site", "unknown Roy", 1),
        ("member", "Bea Nord", 1),
        ("non_bookable", "Not bookable", 0),
    ]
    assert [row for row, _content, _why in kept("training_session_members")] == ["2"]


def test_ended_and_used_up_subscriptions(take_over):
    take_over(
        "INSERT INTO member_subscriptions VALUES (1, 1, 1, 'cancelled', '2025-01-01', '2025-04-01', 10, 4, 350),"
        " (2, 1, 1, 'active', '2025-10-01', NULL, NULL, 12, 350), (3, 2, NULL, 'active', '2025-09-01', NULL, 5, 0, 9);"
    )

    ended, active = Subscription.objects.with_balance().order_by("starts_on")
    assert (ended.status, ended.balance, ended.cancellation_reason) == (
        "cancelled",
        0,
        "Cancelled in the former system.",
    )
    assert (active.status, active.balance, active.ends_on) == ("active", 10, date(2025, 12, 30))
    assert [(row, why) for row, _content, why in kept("member_subscriptions") if row != "2"] == [
        ("3", "It has no last day.")
    ]


def test_what_ended_long_ago_makes_room_for_what_runs_today(take_over):
    take_over(
        "INSERT INTO member_subscriptions VALUES (1, 1, 1, 'active', '2024-10-01', '2024-12-31', 10, 4, 350),"
        " (2, 1, 1, 'active', '2025-09-01', '2025-12-01', 10, 1, 350);"
    )

    stale, current = Subscription.objects.with_balance().order_by("starts_on")
    assert (stale.status, stale.balance, current.status, current.balance) == ("expired", 0, "active", 9)
    assert kept("member_subscriptions") == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("active", "07-01", "12-31", 3), ("active", "09-01", "11-30", 1)], ["set aside", "active"]),
        ([("active", "09-01", "12-31", 1), ("active", "07-01", "12-31", 3)], ["active", "set aside"]),
        ([("active", "07-01", "12-31", 5), ("active", "07-01", "12-31", 2)], ["set aside", "active"]),
        ([("active", "07-01", "11-30", 3), ("active", "09-01", "12-31", 0)], ["active", "scheduled"]),
        ([("active", "07-01", "12-31", 3), ("active", "09-01", "12-31", 0)], ["active", "set aside"]),
        ([("active", "07-01", "12-31", 10), ("active", "06-01", "11-30", 0)], ["expired", "active"]),
        ([("paused", "09-01", "12-31", 2), ("active", "06-01", "11-30", 0)], ["set aside", "active"]),
        ([("active", "11-01", "12-31", 0), ("active", "07-01", "12-31", 2)], ["scheduled", "active"]),
        ([("active", "nonsense", "12-31", 0), ("active", "07-01", "12-31", 2)], ["set aside", "active"]),
    ],
    ids=["newest", "newest-first", "more-left", "waits", "in-use", "used-up", "paused", "to-come", "unreadable"],
)
def test_of_two_plans_that_run_one_goes_on_by_the_rule(take_over, rows, expected):
    values = [
        f"({number}, 1, 1, '{status}', '2025-{first}', '2025-{last}', 10, {used}, 350)"
        for number, (status, first, last, used) in enumerate(rows, start=1)
    ]
    take_over(
        "ALTER TABLE member_subscriptions ALTER start_date TYPE text;"
        f"INSERT INTO member_subscriptions VALUES {', '.join(values)};"
    )

    became = AdoptionLink.objects.filter(table_name="member_subscriptions").values_list("row_id", "object_id")
    statuses = {row: Subscription.objects.get(pk=key).status for row, key in became}
    assert [statuses.get(str(number), "set aside") for number in (1, 2)] == expected
    assert len(kept("member_subscriptions")) == expected.count("set aside")


def test_a_booked_session_keeps_the_credit_that_it_took(take_over):
    take_over(
        "INSERT INTO member_subscriptions VALUES (1, 1, 1, 'active', '2025-09-01', '2026-01-01', 10, 2, 350);"
        "INSERT INTO training_sessions (id, scheduled_start, scheduled_end, status, session_type) VALUES"
        " (7, '2025-09-01 09:00+02', '2025-09-01 09:30+02', 'completed', 'standard'),"
        " (8, '2025-09-02 09:00+02', '2025-09-02 09:30+02', 'completed', 'standard'),"
        " (9, '2025-10-05 09:00+02', '2025-10-05 09:30+02', 'scheduled', 'standard');"
        "INSERT INTO training_session_members VALUES (1, 7, 1, 'confirmed'), (2, 8, 1, 'confirmed'),"
        " (3, 9, 1, 'confirmed');"
    )
    lot = Subscription.objects.with_balance().get()
    charged = TrainingSession.objects.filter(subscription=lot).order_by("scheduled_start")
    assert ([each.status for each in charged], lot.balance, broken_lots()) == (["completed", "scheduled"], 8, [])

    booked = charged.last()
    times = {"actual_start": booked.scheduled_start, "actual_end": booked.scheduled_end}
    completion.complete_session(session=booked, trainer=None, actor=None, now=NOW, **times)

    assert (Subscription.objects.with_balance().get().balance, broken_lots()) == (8, [])
    assert [outcome.billable for outcome in SessionOutcome.objects.all()] == [False]

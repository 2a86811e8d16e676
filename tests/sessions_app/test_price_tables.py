"""What the tables of prices, policies and charges refuse, by raw SQL."""

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import PriceRule
from studio.db import constraint_name
from tests.factories import RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db
RULE = {"name": "Evening", "effect": "hourly", "amount": 80}
TIER = {"kind": "cancellation", "hours_before": 24, "percent": 50}
LINE = {"position": 1, "what": "Hours", "unit": "hour", "quantity": 2, "unit_price": 60, "amount": 120}
EXTRA = {"description": "Tape", "quantity": 1, "unit_price": 9, "amount": 9, "added_at": "2026-06-01"}
FEE = {"amount": 50, "explanation": "Terms", "decided_at": "2026-06-01"}


def insert(table, **row):
    columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING id", [*row.values()])
        return cursor.fetchone()[0]


def refused_by(table, **row):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        insert(table, **row)
    return constraint_name(refusal.value)


@pytest.fixture
def policy():
    return insert("booking_policies", name="Terms")


@pytest.fixture
def session():
    return SessionFactory().pk


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"name": ""}, "price_rules_name_given"),
        ({"effect": "gift"}, "price_rules_effect_known"),
        ({"room_kind": "kitchen"}, "price_rules_room_kind_known"),
        ({"weekdays": [0, 7]}, "price_rules_weekdays_known"),
        ({"booking_types": ["hourly", "weekly"]}, "price_rules_booking_types_known"),
        ({"window_from": 60}, "price_rules_window_has_length"),
        ({"window_from": 60, "window_to": 60}, "price_rules_window_has_length"),
        ({"window_from": 60, "window_to": 1501}, "price_rules_window_has_length"),
        ({"window_from": 1440, "window_to": 1500}, "price_rules_window_has_length"),
        ({"min_minutes": 0}, "price_rules_lengths_in_order"),
        ({"min_minutes": 61, "max_minutes": 60}, "price_rules_lengths_in_order"),
        ({"valid_from": "2026-06-02", "valid_until": "2026-06-01"}, "price_rules_days_in_order"),
        ({"priority": 1001}, "price_rules_priority_bounded"),
        ({"amount": -1}, "price_rules_amount_not_negative"),
        ({"amount": None}, "price_rules_price_or_percent"),
        ({"percent": 10}, "price_rules_percent_in_range"),
        ({"effect": "discount", "percent": 10}, "price_rules_price_or_percent"),
        ({"effect": "discount", "amount": None, "percent": 101}, "price_rules_percent_in_range"),
        ({"effect": "surcharge", "amount": None, "percent": 0}, "price_rules_percent_in_range"),
    ],
)
def test_no_rule_without_sense(facts, constraint):
    assert refused_by("price_rules", **RULE | facts) == constraint


def test_a_rule_is_about_a_room_or_a_kind():
    assert refused_by("price_rules", **RULE, room_id=RoomFactory().pk, room_kind="live") == "price_rules_room_or_kind"


def test_rules_with_sense_are_kept():
    insert("price_rules", **RULE, window_from=22 * 60, window_to=46 * 60, weekdays=[4, 5])
    insert("price_rules", name="Long", effect="discount", percent=100, min_minutes=480)

    assert sorted(PriceRule.objects.values_list("name", flat=True)) == ["Evening", "Long"]


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"kind": "rain"}, "policy_tiers_kind_known"),
        ({"hours_before": None}, "policy_tiers_hours_unless_no_show"),
        ({"hours_before": 0}, "policy_tiers_hours_unless_no_show"),
        ({"kind": "no_show"}, "policy_tiers_hours_unless_no_show"),
        ({"percent": None}, "policy_tiers_percent_or_amount"),
        ({"amount": 5}, "policy_tiers_percent_or_amount"),
        ({"percent": 101}, "policy_tiers_percent_in_range"),
        ({"percent": -1}, "policy_tiers_percent_in_range"),
        ({"percent": None, "amount": -5}, "policy_tiers_amount_not_negative"),
    ],
)
def test_no_step_without_sense(policy, facts, constraint):
    assert refused_by("policy_tiers", **TIER | facts, policy_id=policy) == constraint


def test_one_step_for_each_notice_and_one_no_show(policy):
    insert("policy_tiers", **TIER, policy_id=policy)
    missed = TIER | {"kind": "no_show", "hours_before": None, "policy_id": policy}
    insert("policy_tiers", **missed)

    assert refused_by("policy_tiers", **TIER, policy_id=policy) == "policy_tiers_one_for_each_notice"
    assert refused_by("policy_tiers", **missed) == "policy_tiers_one_for_each_notice"
    assert refused_by("booking_policies", name="Other terms") == "booking_policies_one_for_each"
    insert("booking_policies", name="Former terms", is_active=False)


@pytest.mark.parametrize(
    ("table", "row", "facts", "constraint"),
    [
        ("session_price_lines", LINE, {"unit": "week"}, "session_price_lines_unit_known"),
        ("session_price_lines", LINE, {"quantity": 0}, "session_price_lines_quantity_positive"),
        ("session_price_lines", LINE, {"amount": -1}, "session_price_lines_only_discounts_negative"),
        ("session_price_lines", LINE, {"unit": "discount"}, "session_price_lines_only_discounts_negative"),
        ("session_price_lines", LINE, {"what": ""}, "session_price_lines_what_given"),
        ("session_extras", EXTRA, {"kind": "tip"}, "session_extras_kind_known"),
        ("session_extras", EXTRA, {"description": ""}, "session_extras_description_given"),
        ("session_extras", EXTRA, {"quantity": 0}, "session_extras_quantity_bounded"),
        ("session_extras", EXTRA, {"amount": -9}, "session_extras_not_negative"),
        ("session_fees", FEE, {"kind": "rain"}, "session_fees_kind_known"),
        ("session_fees", FEE, {"amount": 0}, "session_fees_amount_positive"),
        ("session_fees", FEE, {"waived_at": "2026-06-02"}, "session_fees_waived_with_reason"),
        ("session_fees", FEE, {"waived_because": "Ill"}, "session_fees_waived_with_reason"),
    ],
)
def test_no_charge_without_sense(session, table, row, facts, constraint):
    assert refused_by(table, **row | facts, session_id=session) == constraint


def test_what_is_decided_once_is_there_once(session):
    insert("session_fees", **FEE, session_id=session)
    insert("session_extras", **EXTRA, kind="overage", session_id=session)
    insert("session_price_lines", **LINE, session_id=session)
    for _again in range(2):
        insert("session_fees", **FEE, kind="reschedule", session_id=session)
        insert("session_extras", **EXTRA, session_id=session)

    assert refused_by("session_fees", **FEE, session_id=session) == "session_fees_once"
    assert refused_by("session_extras", **EXTRA, kind="overage", session_id=session) == "session_extras_one_overage"
    assert refused_by("session_price_lines", **LINE, session_id=session) == "session_price_lines_one_at_a_place"


@pytest.mark.parametrize(
    ("setting", "value", "constraint"),
    [
        ("half_day_minutes", 500, "studio_profile_half_day_within_day"),
        ("day_minutes", 1441, "studio_profile_half_day_within_day"),
        ("no_show_after_minutes", 1441, "studio_profile_grace_within_a_day"),
    ],
)
def test_no_setting_without_sense(setting, value, constraint):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE studio_profile SET {setting} = %s", [value])
    assert constraint_name(refusal.value) == constraint

"""What the tables of plans, subscriptions, credits and pay refuse, by raw SQL."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from studio.db import constraint_name
from studio.tenancy.context import as_owner
from tests.factories import NOW, UserFactory
from tests.membership_factories import CertificateFactory, SubscriptionFactory
from tests.training_factories import TrainerFactory, TrainingSessionFactory
from training.models import CreditEntry, TrainingSession
from training.selectors.credits import balance_of
from training.services.credits import return_credit, use_credit

pytestmark = pytest.mark.django_db
PLAN = {"name": "Pack", "sessions_count": 10, "months": 3, "price": 500}
TERM = {"plan_name": "Pack", "sessions_count": 10, "days": 90, "starts_on": "2026-06-01", "ends_on": "2026-08-31"}
CANCELLED = {"status": "cancelled", "cancelled_at": "2026-06-02", "cancellation_reason": "Moved away"}
PAUSE = {"starts_on": "2026-06-05", "reason": "Holidays"}
ENTRY = {"kind": "adjusted", "quantity": 1, "reason": "Kindness", "at": "2026-06-01"}
PAY = {
    "trainer_label": "Tara",
    "session_label": "Monday",
    "earned_on": "2026-06-01",
    "quantity": 1,
    "rate": 20,
    "amount": 20,
    "at": "2026-06-01",
}


def run(statement, values=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def insert(table, **row):
    columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    return run(f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING id", [*row.values()])[0][0]


def refused_by(act, *args, **row):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act(*args, **row)
    return constraint_name(refusal.value)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"name": ""}, "plans_name_given"),
        ({"sessions_count": 0}, "plans_sessions_bounded"),
        ({"months": 0}, "plans_months_bounded"),
        ({"months": 121}, "plans_months_bounded"),
        ({"price": -1}, "plans_price_not_negative"),
        ({"signup_fee": -1}, "plans_price_not_negative"),
        ({"price": 0}, "plans_free_for_collaborations_only"),
    ],
)
def test_no_plan_without_sense(facts, constraint):
    assert refused_by(insert, "plans", **PLAN | facts) == constraint


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"status": "frozen"}, "subscriptions_status_known"),
        ({"plan_name": ""}, "subscriptions_plan_named"),
        ({"sessions_count": 0}, "subscriptions_sessions_bounded"),
        ({"ends_on": "2026-05-31"}, "subscriptions_ends_after_start"),
        ({"price": -1}, "subscriptions_amounts_not_negative"),
        ({"paid_amount": -1}, "subscriptions_amounts_not_negative"),
        ({"credited_amount": 501}, "subscriptions_credited_within_price"),
        ({"status": "cancelled"}, "subscriptions_cancelled_for_a_reason"),
        ({**CANCELLED, "cancellation_reason": ""}, "subscriptions_cancelled_for_a_reason"),
        ({**CANCELLED, "status": "active"}, "subscriptions_cancelled_for_a_reason"),
        ({"status": "active"}, "subscriptions_one_active_per_member"),
        ({"status": "paused"}, "subscriptions_one_active_per_member"),
    ],
)
def test_no_subscription_without_sense(facts, constraint):
    member = SubscriptionFactory().member

    row = {**TERM, "price": 500, "member_id": member.pk, **facts}

    assert refused_by(insert, "subscriptions", **row) == constraint
    insert("subscriptions", **TERM, **CANCELLED, price=500, member_id=member.pk)


def test_links_between_subscriptions_make_sense():
    first, second = SubscriptionFactory(), SubscriptionFactory()
    link = "UPDATE subscriptions SET {} = %s WHERE id = %s"

    assert (
        refused_by(run, link.format("upgraded_to_id"), [second.pk, first.pk]) == "subscriptions_upgraded_is_cancelled"
    )
    own = refused_by(run, link.format("renewed_from_id"), [first.pk, first.pk])
    assert own == "subscriptions_never_its_own_successor"
    run(link.format("renewed_from_id"), [first.pk, second.pk])
    again = {**TERM, "price": 500, "member_id": first.member_id, "renewed_from_id": first.pk}
    assert refused_by(insert, "subscriptions", **again) == "subscriptions_renewed_once"


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"reason": ""}, "subscription_pauses_reason_given"),
        ({"resumes_on": "2026-06-05"}, "subscription_pauses_planned_after_start"),
        ({"resumed_on": "2026-06-04"}, "subscription_pauses_ends_after_start"),
        ({"starts_on": "2026-07-09"}, "subscription_pauses_disjoint"),
        ({}, "subscription_pauses_disjoint"),
    ],
)
def test_no_pause_without_sense(facts, constraint):
    subscription = SubscriptionFactory()
    insert("subscription_pauses", **PAUSE | {"starts_on": "2026-07-01"}, subscription_id=subscription.pk)

    assert refused_by(insert, "subscription_pauses", **PAUSE | facts, subscription_id=subscription.pk) == constraint
    # One that is over before, and one that lasted no day, stand in nobody's way.
    insert("subscription_pauses", **PAUSE, resumed_on="2026-07-01", subscription_id=subscription.pk)
    insert("subscription_pauses", **PAUSE, resumed_on="2026-06-05", subscription_id=subscription.pk)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"kind": "gift"}, "credit_entries_kind_known"),
        ({"quantity": 0}, "credit_entries_quantity_of_kind"),
        ({"kind": "used", "quantity": -2, "session_label": "x"}, "credit_entries_quantity_of_kind"),
        ({"kind": "used", "quantity": 1, "session_label": "x"}, "credit_entries_quantity_of_kind"),
        ({"kind": "returned", "quantity": -1, "session_label": "x"}, "credit_entries_quantity_of_kind"),
        ({"kind": "expired", "quantity": 1}, "credit_entries_quantity_of_kind"),
        ({"kind": "used", "quantity": -1}, "credit_entries_session_named"),
        ({"reason": ""}, "credit_entries_adjusted_for_a_reason"),
        ({"kind": "bought", "quantity": 5}, "credit_entries_bought_once"),
        ({"quantity": -11}, "credit_entries_never_below_zero"),
        ({"kind": "expired", "quantity": -11}, "credit_entries_never_below_zero"),
    ],
)
def test_no_entry_without_sense(facts, constraint):
    lot = SubscriptionFactory()

    assert refused_by(insert, "credit_entries", **ENTRY | facts, subscription_id=lot.pk) == constraint
    insert("credit_entries", **ENTRY | {"quantity": -10}, subscription_id=lot.pk)
    assert balance_of(lot) == 0


def test_a_session_is_charged_once_and_given_back_where_it_was_charged():
    lot = SubscriptionFactory()
    other = SubscriptionFactory()
    session = TrainingSessionFactory(member=lot.member)
    use_credit(session=session, actor=None, now=NOW)
    used = {"kind": "used", "quantity": -1, "session_id": session.pk, "session_label": "x", "at": NOW}
    returned = used | {"kind": "returned", "quantity": 1}

    assert refused_by(insert, "credit_entries", **used, subscription_id=lot.pk) == "credit_entries_session_once"
    assert refused_by(insert, "credit_entries", **used, subscription_id=other.pk) == "credit_entries_session_once"
    assert refused_by(insert, "credit_entries", **returned, subscription_id=other.pk) == "credit_entries_session_once"
    insert("credit_entries", **returned, subscription_id=lot.pk)
    assert refused_by(insert, "credit_entries", **returned, subscription_id=lot.pk) == "credit_entries_session_once"


def test_a_session_is_charged_to_its_own_member():
    lot, session = SubscriptionFactory(), TrainingSessionFactory()
    charge = "UPDATE training_sessions SET subscription_id = %s WHERE id = %s"

    assert refused_by(run, charge, [lot.pk, session.pk]) == "training_sessions_charged_to_own"
    TrainingSession.objects.filter(pk=session.pk).update(member=None, current_participants=0)
    assert refused_by(run, charge, [lot.pk, session.pk]) == "training_sessions_charged_has_member"


@pytest.mark.parametrize("act", ["UPDATE {} SET reason = 'other'", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["credit_entries", "trainer_pay_lines"])
def test_ledgers_stay_as_they_are(studio, table, act):
    SubscriptionFactory()
    insert("trainer_pay_lines", **PAY)

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run(act.format(table))
    with as_owner(studio.schema_name), pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        run(act.format(table))


def test_what_entries_point_to_may_go_and_its_name_stays():
    person, trainer = UserFactory(), TrainerFactory(first_name="Tara")
    lot = SubscriptionFactory(actor=person)
    session = TrainingSessionFactory(member=lot.member)
    use_credit(session=session, actor=person, now=NOW)
    line = insert("trainer_pay_lines", **PAY, trainer_id=trainer.pk, session_id=session.pk, account_id=person.pk)
    return_credit(session=session, actor=person, reason="Entered by mistake", now=NOW)
    for table, key in (("training_sessions", session.pk), ("users", person.pk), ("trainers", trainer.pk)):
        run(f"DELETE FROM {table} WHERE id = %s", [key])

    used = CreditEntry.objects.get(kind="used")
    assert (used.session_id, used.account_id, used.actor_label) == (None, None, person.label)
    assert used.session_label == str(session)
    found = run("SELECT trainer_id, session_id, account_id, trainer_label FROM trainer_pay_lines WHERE id = %s", [line])
    assert found == [(None, None, None, "Tara")]


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"kind": "tip"}, "trainer_pay_lines_kind_known"),
        ({"quantity": 0}, "trainer_pay_lines_quantity_positive"),
        ({"amount": -20}, "trainer_pay_lines_only_taken_back_negative"),
        ({"amount": 0}, "trainer_pay_lines_only_taken_back_negative"),
    ],
)
def test_no_pay_line_without_sense(facts, constraint):
    assert refused_by(insert, "trainer_pay_lines", **PAY | facts) == constraint


def test_a_completion_is_paid_once_and_taken_back_once():
    session = TrainingSessionFactory()
    line = insert("trainer_pay_lines", **PAY, session_id=session.pk)
    back = PAY | {"amount": -20, "session_id": session.pk, "reversal_of_id": line}

    assert refused_by(insert, "trainer_pay_lines", **PAY, session_id=session.pk) == "trainer_pay_lines_once"
    insert("trainer_pay_lines", **back)
    assert refused_by(insert, "trainer_pay_lines", **back) == "trainer_pay_lines_reversal_of_id_key"
    insert("trainer_pay_lines", **PAY, session_id=session.pk, completion=2)


def test_certificates_make_sense():
    certificate = CertificateFactory()
    change = "UPDATE trainer_certificates SET issued_on = '2026-06-02', expires_on = '2026-06-01' WHERE id = %s"

    assert refused_by(run, change, [certificate.pk]) == "trainer_certificates_expires_after_issue"
    run("DELETE FROM trainers WHERE id = %s", [certificate.trainer_id])
    assert run("SELECT count(*) FROM trainer_certificates") == [(0,)]

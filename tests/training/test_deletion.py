"""Deleting sessions that were entered by mistake: the credit comes back first, and what took place stays."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from studio.accounts.models import AuditEvent
from studio.db import constraint_name
from tests.factories import NOW
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.staff import account, signed_in
from tests.training_factories import TrainerFactory, TrainingSessionFactory
from training.models import CreditEntry, SessionOutcome, TrainerPay, TrainingSession
from training.selectors.credits import balance_of, broken_lots
from training.services import attendance, bookings, completion, deletion, slots, subscriptions
from training.services.booked_ahead import Settlement

pytestmark = pytest.mark.django_db
AT = NOW + timedelta(days=2, hours=4)
HALF, DAY = timedelta(minutes=30), timedelta(days=1)


@pytest.fixture
def lot(ada):
    return SubscriptionFactory(member=ada, plan=PlanFactory(name="Ten", sessions_count=10, months=120))


@pytest.fixture
def booked(machine, ada, lot):
    return bookings.book_session(
        machine=machine, member=ada, scheduled_start=AT, scheduled_end=AT + HALF, actor=None, now=NOW
    )


@pytest.fixture
def manager():
    return account("manager")


def delete(session, actor=None, now=NOW):
    return deletion.delete_session(session=session, actor=actor, now=now)


def complete(session):
    return completion.complete_session(
        session=session, trainer=session.trainer, actual_start=AT, actual_end=AT + HALF, actor=None, now=AT + DAY
    )


def balances(*lots):
    return [balance_of(each) for each in lots]


def late(session):
    bookings.cancel_session(session=session, reason="Ill", actor=None, now=AT - HALF)


def reopened(session):
    complete(session)
    completion.reopen_session(session=session, reason="The wrong one", actor=None, now=AT + DAY)


@pytest.mark.parametrize("prepare", [lambda _session: None, late, reopened], ids=["booked", "cancelled", "reopened"])
def test_a_deleted_session_gives_its_credit_back_to_the_same_plan(prepare, booked, lot, manager):
    booked.trainer = TrainerFactory(session_rate=20)
    booked.save(update_fields=["trainer"])
    prepare(booked)
    label = str(booked)
    assert balances(lot) == [9]

    assert delete(booked, manager) == lot

    assert (TrainingSession.objects.count(), balances(lot), broken_lots()) == (0, [10], [])
    entries = CreditEntry.objects.exclude(kind="bought").order_by("pk")
    assert list(entries.values_list("kind", "session", "session_label", "reason")) == [
        ("used", None, label, ""),
        ("returned", None, label, "The session was deleted."),
    ]
    assert sum(TrainerPay.objects.values_list("amount", flat=True)) == 0
    assert SessionOutcome.objects.standing().count() == 0
    event = AuditEvent.objects.filter(object_type="training.trainingsession").latest("pk")
    assert (event.verb, event.account, event.object_label) == ("delete", manager, label)
    assert event.changes["member"] == [str(lot.member_id), None]


def test_the_credit_of_a_plan_that_was_replaced_goes_to_the_present_one_and_of_an_ended_one_expires(booked, lot):
    new = subscriptions.upgrade_subscription(subscription=lot, plan=PlanFactory(), actor=None, now=NOW)
    other = TrainingSessionFactory(member=lot.member, scheduled_start=AT + DAY, status="scheduled")

    delete(booked)
    assert delete(other) is None  # it had taken none

    assert (balances(lot, new), broken_lots()) == ([0, 11], [])
    again = bookings.book_session(
        machine=booked.machine, member=lot.member, scheduled_start=AT, scheduled_end=AT + HALF, actor=None, now=NOW
    )
    subscriptions.cancel_subscription(subscription=new, reason="Moved", booked=Settlement.KEPT, actor=None, now=NOW)
    delete(again)
    assert (balances(lot, new), broken_lots()) == ([0, 0], [])


def start(session):
    attendance.start_session(session=session, actor=None, now=AT)


def miss(session):
    completion.record_no_show(session=session, trainer=None, actor=None, now=AT + DAY)


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (complete, "This session is completed, so it stays in the records. Take back the completion first."),
        (miss, "This session is no-show, so it stays in the records. Take back the completion first."),
        (start, "This session is in progress, so it stays. Complete it, or cancel it."),
    ],
)
def test_what_took_place_is_not_deleted(prepare, sentence, booked, lot, manager, web):
    prepare(booked)
    page = reverse("admin:training_trainingsession_delete", args=[booked.pk])

    with pytest.raises(deletion.StaysInTheRecords, match=sentence):
        delete(booked, manager)

    browser = signed_in(web, manager)
    assert sentence in browser.get(page).content.decode()
    refused = browser.post(page, {"post": "yes"})
    assert (refused.status_code, sentence in refused.content.decode()) == (409, True)
    assert page not in browser.get(reverse("admin:training_trainingsession_change", args=[booked.pk])).content.decode()
    assert (TrainingSession.objects.count(), balances(lot)) == (1, [9])


def test_the_trail_keeps_what_is_gone_with_a_row(machine, manager):
    said = {"guest_first_name": "Bea", "guest_last_name": "Roux", "guest_gym_name": "Lyon", "notes": "Location: hall 2"}
    session = TrainingSessionFactory(
        machine=machine, member=None, current_participants=1, session_type_id="multi_site", **said
    )
    TrainingSession.objects.update(scheduled_start=AT, scheduled_end=AT + HALF, actual_start=AT, status="in_progress")
    late(session)

    delete(session, manager)

    changes = AuditEvent.objects.get(object_type="training.trainingsession", verb="delete").changes
    told = ("guest_name", "guest_gym_name", "notes", "actual_start")
    gone = ["Bea Roux", "Lyon", "Location: hall 2", "2026-06-03T10:00:00Z"]
    assert [changes[name] for name in told] == [[value, None] for value in gone]


@pytest.mark.parametrize("role", ["owner", "front_desk", "trainer"])
def test_whoever_deletes_holds_the_right_for_it(role, booked, lot, web):
    person = account(role)
    page = reverse("admin:training_trainingsession_delete", args=[booked.pk])
    may = role == "owner"
    if not may:
        with pytest.raises(deletion.MayNotDelete, match="Only a manager"):
            delete(booked, person)

    browser = signed_in(web, person)
    shown = browser.get(reverse("admin:training_trainingsession_change", args=[booked.pk])).content.decode()
    assert (page in shown) is may
    asked = browser.get(page)
    done = browser.post(page, {"post": "yes"}, follow=True)

    assert (asked.status_code, done.status_code) == ((200, 200) if may else (403, 403))
    assert (f", Left. The credit comes back to {lot}" in asked.content.decode()) is may
    assert (TrainingSession.objects.count(), balances(lot)) == ((0, [10]) if may else (1, [9]))
    events = AuditEvent.objects.filter(object_type="training.trainingsession", verb="delete")
    assert events.count() == may


def test_many_are_deleted_each_by_the_rule_and_those_that_stay_are_named(booked, ada, lot, machine, manager, web):
    done = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=NOW - DAY, status="completed")
    address = reverse("admin:training_trainingsession_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [str(booked.pk), str(done.pk)], "index": "0"}
    browser = signed_in(web, manager)

    asked = browser.post(address, chosen).content.decode()
    assert (TrainingSession.objects.count(), f"The credit comes back to {lot}" in asked) == (2, True)
    said = browser.post(address, {**chosen, "confirmed": "yes"}, follow=True).content.decode()

    assert (TrainingSession.objects.get(), balances(lot), broken_lots()) == (done, [10], [])
    for sentence in ("1 session is deleted.", ": This session is completed, so it stays"):
        assert sentence in said
    reader = signed_in(web, account("front_desk"))
    assert "delete_selected" not in reader.get(address).content.decode()


def test_what_somebody_has_deleted_is_a_sentence_for_whoever_comes_second(booked):
    second = TrainingSession.objects.get()
    delete(booked)

    for act in (delete, late):
        with pytest.raises(slots.SessionGone, match="Somebody has deleted this session"):
            act(second)


def test_the_table_keeps_a_session_that_holds_a_credit(booked, lot):
    gone = "DELETE FROM training_sessions WHERE id = %s"

    def run(statement):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [booked.pk])

    for empty_first in ("", "UPDATE training_sessions SET subscription_id = NULL WHERE id = %s"):
        if empty_first:  # the ledger knows it all the same
            run(empty_first)
        with pytest.raises(IntegrityError) as refusal:
            run(gone)
        assert constraint_name(refusal.value) == "training_sessions_charged_stay"
    TrainingSession.objects.update(subscription=lot)
    late(booked)
    with pytest.raises(IntegrityError):
        run(gone)
    delete(booked)
    assert (balances(lot), broken_lots()) == ([10], [])

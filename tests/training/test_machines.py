"""Machines: what happens to those with sessions, and moving sessions from one to another."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sessions_app.services import facts
from studio.accounts.models import AuditEvent
from tests.factories import NOW
from tests.staff import account, signed_in
from tests.training_factories import HALF_HOUR, MachineFactory, MemberFactory, TrainingSessionFactory
from training.models import Machine, TrainingSession
from training.selectors.machine_sessions import fingerprint_of
from training.services import attendance, machine_moves, machines, states

pytestmark = pytest.mark.django_db
AT = NOW + timedelta(days=1)
LONG_AGO = NOW - timedelta(days=30)


def on(machine, start=AT, **given):
    return TrainingSessionFactory(machine=machine, scheduled_start=start, **given)


def move(sessions, machine, **given):
    """Move sessions, also those of the past, and return (session, why it stayed), by start."""
    given = {"past_because": "It was the other one", "actor": None} | given
    result = machine_moves.move_sessions(sessions=sessions, machine=machine, now=NOW, **given)
    return [(each.session, each.sentence) for each in result.stayed]


def test_delete_machine_with_sessions_says_how_many_and_what_to_do(machine, other):
    on(machine, status="cancelled")
    on(machine, start=LONG_AGO)

    with pytest.raises(machines.MachineInUse, match=r"2 sessions are kept on Left\. Move them .* or retire") as refused:
        machines.delete_machine(machine=machine, actor=None, now=NOW)
    assert (refused.value.count, refused.value.status_code) == (2, 409)
    machines.delete_machine(machine=other, actor=None, now=NOW)

    assert TrainingSession.objects.filter(machine=machine).count() == 2
    assert list(Machine.objects.filter(pk__in=[machine.pk, other.pk])) == [machine]
    assert AuditEvent.objects.filter(verb="delete").count() == 1


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"machine_number": 0}, "machines_number_positive"),
        ({"machine_number": -1}, "machines_number_positive"),
        ({"machine_number": 12}, "machines_number_once"),
        ({"name": ""}, "machines_name_given"),
        ({"retired_at": NOW}, "machines_retired_is_off"),
    ],
)
def test_table_and_service_refuse_a_machine_that_makes_no_sense(machine, other, wrong, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Machine.objects.filter(pk=machine.pk).update(**wrong)
    if "retired_at" not in wrong:  # which is an act of its own
        with pytest.raises(facts.BadFacts, match=r"\."):
            machines.change_machine(machine=machine, actor=None, now=NOW, **wrong)

    assert Machine.objects.get(pk=machine.pk).machine_number == 11


def test_emptied_machine_can_be_deleted(machine, other):
    sessions = [on(machine), on(machine, start=LONG_AGO, status="completed")]

    assert move(sessions, other) == []
    machines.delete_machine(machine=machine, actor=None, now=NOW)

    assert set(TrainingSession.objects.values_list("machine", flat=True)) == {other.pk}


def test_move_sessions_refuses_what_clashes_and_moves_the_rest(machine, other, django_assert_max_num_queries):
    there = on(other, start=AT, member=MemberFactory(first_name="Ada", last_name="Morel"))
    clashing, free = on(machine), on(machine, start=AT + HALF_HOUR)
    twin = on(machine, start=AT + HALF_HOUR, overlap_kept=True)
    gone, past = on(machine, status="cancelled"), on(machine, start=LONG_AGO, status="completed")
    third = sorted([free, twin], key=lambda row: row.pk)

    with django_assert_max_num_queries(25):
        stayed = dict(move([clashing, free, twin, gone, past, there], other))

    assert set(stayed) == {clashing, gone, third[1]}
    assert stayed[clashing].startswith("Right is taken at that time: Ada Morel, Right (")
    assert stayed[gone] == "It is cancelled."
    assert set(TrainingSession.objects.filter(machine=other)) == {there, past, third[0]}
    assert TrainingSession.objects.to_settle().count() == 0
    moves = AuditEvent.objects.filter(verb="move").values_list("object_id", "changes")
    assert dict(moves) == {str(row.pk): {"machine": [str(machine.pk), str(other.pk)]} for row in (past, third[0])}


def test_many_that_clash_ask_no_more_than_one(machine, other):
    on(other), on(other, start=AT + HALF_HOUR)
    clashing = [on(machine), on(machine, start=AT + HALF_HOUR)]

    with CaptureQueriesContext(connection) as one:
        assert len(move(clashing[:1], other)) == 1
    with CaptureQueriesContext(connection) as both:
        assert len(move(clashing, other)) == 2
    assert len(one) == len(both)


def test_move_sessions_ahead_not_to_a_machine_that_is_off(machine):
    off = MachineFactory(is_available=False, name="Off")
    ahead, past = on(machine), on(machine, start=LONG_AGO)

    assert move([ahead, past], off) == [(ahead, "Off is switched off.")]


def test_retire_and_reinstate_machine_once_each(machine):
    for _twice in range(2):
        retired = machines.retire_machine(machine=machine, actor=None, now=NOW)
    assert (retired.retired_at, retired.is_available, list(Machine.objects.bookable().filter(pk=machine.pk))) == (
        NOW,
        False,
        [],
    )
    for _twice in range(2):
        back = machines.reinstate_machine(machine=machine, actor=None, now=NOW)
    assert (back.retired_at, back.is_available) == (None, True)
    verbs = AuditEvent.objects.filter(object_id=str(machine.pk)).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["create", "retire", "reinstate"]


@pytest.mark.parametrize("given", [{"machine_number": 11}, {"machine_number": 0}, {"machine_number": 13, "name": ""}])
def test_create_machine_refuses_nonsense(machine, given):
    with pytest.raises(facts.BadFacts):
        machines.create_machine(actor=None, now=NOW, **{"name": "New", **given})


def test_start_session_only_about_its_time_and_on_a_machine_that_is_free(machine):
    session = on(machine)
    with pytest.raises(attendance.TooEarly):
        attendance.start_session(session=session, actor=None, now=AT - timedelta(minutes=61))

    started = attendance.start_session(session=session, actor=None, now=AT)

    assert (started.status, started.actual_start) == ("in_progress", AT)
    with pytest.raises(attendance.MachineInUse, match="is in progress on Left"):
        attendance.start_session(session=on(machine, start=AT + HALF_HOUR), actor=None, now=AT)


@pytest.mark.parametrize("kind", ["member", "non_bookable"])
def test_nobody_starts_what_nobody_has(machine, kind):
    with pytest.raises(states.WrongState, match="nobody can start it"):
        attendance.start_session(session=on(machine, member=None, session_type_id=kind), actor=None, now=AT)


def test_no_show_after_the_grace_and_only_of_somebody(machine):
    session = on(machine)
    with pytest.raises(attendance.TooEarly):
        attendance.mark_no_show(session=session, actor=None, now=AT + timedelta(minutes=29))

    assert attendance.mark_no_show(session=session, actor=None, now=AT + timedelta(minutes=30)).status == "no_show"
    with pytest.raises(states.WrongState):
        attendance.mark_no_show(session=on(machine, AT + HALF_HOUR, member=None), actor=None, now=AT + HALF_HOUR * 4)


def empty(machine, to, shown):
    period = {"starts_at": LONG_AGO - HALF_HOUR, "ends_at": AT + timedelta(days=1)}
    told = fingerprint_of(TrainingSession.objects.filter(pk__in=[session.pk for session in shown]))
    return machine_moves.empty_machine(machine=machine, to=to, shown=told, actor=None, now=NOW, **period)


def test_emptying_moves_only_what_has_not_begun_in_the_period_that_was_shown(machine, other):
    past, running = on(machine, start=LONG_AGO), on(machine, start=NOW, status="in_progress")
    early = on(machine, start=AT - HALF_HOUR, status="in_progress")  # started before its time
    gone, beyond = on(machine, status="cancelled"), on(machine, start=AT + timedelta(days=1))
    ahead = on(machine)

    for shown in ([ahead, gone], [gone], []):  # more, as many but others, fewer
        with pytest.raises(machine_moves.OthersByNow, match="Nothing is moved"):
            empty(machine, other, shown)
    assert not TrainingSession.objects.filter(machine=other).exists()
    moved = empty(machine, other, [ahead])

    assert (list(moved.moved), moved.stayed) == ([ahead], [])
    assert set(TrainingSession.objects.filter(machine=machine)) == {past, running, early, gone, beyond}
    begun = move([past, early, running], other, past_because=" ")
    assert [sentence for _session, sentence in begun] == ["It has begun. It moves only to put the record right."] * 3


def test_what_has_begun_moves_only_for_a_reason_of_who_may_correct_the_record(machine, other):
    past, ahead = on(machine, start=LONG_AGO, status="completed"), on(machine)
    clerk, manager = account("front_desk"), account("manager")

    assert [session for session, _why in move([past, ahead], other, past_because="", actor=manager)] == [past]
    with pytest.raises(machine_moves.MayNotCorrect, match="Only a manager"):
        move([past], other, actor=clerk)
    assert move([ahead], machine, actor=clerk) == []  # nothing of the past among them
    assert move([past], other, actor=manager) == []

    moves = AuditEvent.objects.filter(verb="move").order_by("pk").values_list("object_id", "reason")
    assert list(moves) == [(str(ahead.pk), ""), (str(ahead.pk), ""), (str(past.pk), "It was the other one")]


def test_emptying_page_shows_how_many_and_asks_and_is_for_those_who_plan_outages(web, machine, other):
    start = (timezone.now() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    past = on(machine, start=start - timedelta(days=9), status="completed")
    ahead = on(machine, start=start, member=MemberFactory(first_name="Ada", last_name="Morel"))
    page = reverse("admin:training_machine_empty", args=[machine.pk])
    days = {"first": f"{start - timedelta(days=20):%Y-%m-%d}", "last": f"{start:%Y-%m-%d}", "machine": other.pk}
    clerk = signed_in(web, account("front_desk"))
    assert (clerk.get(page).status_code, clerk.post(page, {**days, "act": "1"}).status_code) == (403, 403)
    manager = signed_in(web, account("manager"))

    unasked = manager.post(page, {**days, "act": "1"})
    asked = manager.post(page, days)
    for seen in (unasked, asked):
        text = " ".join(seen.content.decode().split())
        assert ("1 session would move from Left to Right: " in text, text.count("Ada Morel")) == (True, 1)
    assert set(TrainingSession.objects.filter(machine=machine)) == {past, ahead}
    sent = dict(re.findall(r'type="hidden" name="(looked_at|shown)" value="([^"]*)"', asked.content.decode()))
    other_days = manager.post(page, {**days, **sent, "last": days["first"], "act": "1"})
    assert "Left has nothing ahead of it then" in other_days.content.decode()
    changed = manager.post(page, {**days, **sent, "shown": "2", "act": "1"})
    assert (changed.status_code, "Nothing is moved" in changed.content.decode()) == (409, True)
    backwards = manager.post(page, {**days, "last": "2020-01-01"})
    assert (backwards.status_code, "before the first" in backwards.content.decode()) == (400, True)

    assert manager.post(page, {**days, **sent, "act": "1"}).status_code == 302

    assert list(TrainingSession.objects.filter(machine=other)) == [ahead]
    assert "Move its sessions" not in manager.get(f"/admin/training/machine/{machine.pk}/change/").content.decode()

"""Outages of machines: what is in the way is moved, cancelled or left alone as chosen, in one act or not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions_app.services import facts
from studio.accounts.models import AuditEvent
from studio.mail.models import EmailMessage
from tests.factories import NOW, UserFactory
from tests.membership_factories import SubscriptionFactory
from tests.training_factories import (
    HALF_HOUR,
    MemberFactory,
    OutageFactory,
    TrainingSessionFactory,
)
from training.models import MachineOutage, OutageCase, OutageDecision, SessionType, TrainingSession
from training.selectors.answers import Slot
from training.selectors.credits import balance_of
from training.services import bookings, deletion, labels, machine_moves, machines, outages, slots, states, wishes
from training.services.outage_cases import BadChoice, Choice, PlanChanged

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)  # 10:00 in Paris, tomorrow
DAY = timedelta(days=1)
MOVED, SETTLED, LEFT, _RETURNED = OutageDecision


def on(machine, start=TEN, **given):
    return TrainingSessionFactory(machine=machine, scheduled_start=start, **given)


def plan(machine, choices=(), start=TEN, end=TEN + DAY, now=NOW, **given):
    reason = given.pop("reason", "The motor is repaired.")
    return outages.plan_outage(
        machine=machine, starts_at=start, ends_at=end, reason=reason, choices=choices, actor=None, now=now, **given
    )


def chosen(session, decision=SETTLED, slot=None, **given):
    return Choice(session.pk, session.updated_at, decision, slot, **given)


def blocked(machine):
    """Return the stretches that outages block, those that meet as one."""
    found = []
    blocks = TrainingSession.objects.filter(machine=machine, outage__isnull=False).order_by("scheduled_start")
    for start, end in blocks.values_list("scheduled_start", "scheduled_end"):
        first = found.pop()[0] if found and found[-1][1] == start else start
        found.append((first, end))
    return found


def where(session):
    session.refresh_from_db()
    return session.machine, session.scheduled_start, session.status


def test_all_is_done_as_chosen_credits_come_back_and_everybody_is_told(only_two, desk):
    left, right = only_two
    ada, bea = (MemberFactory(first_name=name, email=f"{name}@example.org") for name in ("ada", "bea"))
    lot = SubscriptionFactory(member=ada, plan__sessions_count=3, plan__months=1)
    times = {"scheduled_start": TEN, "scheduled_end": TEN + HALF_HOUR}
    paid = bookings.book_session(machine=left, member=ada, actor=None, now=NOW, **times)
    late = on(left, TEN + 2 * HALF_HOUR, member=ada, session_type_id="contractual")
    aside, kept = on(left, TEN + 4 * HALF_HOUR, member=bea), on(left, TEN + 6 * HALF_HOUR)
    silent, guest = on(left, TEN + 8 * HALF_HOUR), on(left, TEN + 10 * HALF_HOUR, member=None)
    evening = Slot(right, TEN + 20 * HALF_HOUR, TEN + 21 * HALF_HOUR)
    choices = [
        chosen(paid),
        chosen(late, MOVED, evening),
        chosen(aside, MOVED, Slot(right, aside.scheduled_start, aside.scheduled_end)),
        chosen(kept, LEFT, reason=" The technician comes later. "),
        *map(chosen, (silent, guest)),
    ]

    outage = outages.plan_outage(
        machine=left, starts_at=TEN, ends_at=TEN + DAY, reason=" Motor\n broken ", choices=choices, actor=desk, now=NOW
    )

    assert [where(each) for each in (paid, late, aside, kept)] == [
        (left, TEN, "cancelled"),
        (right, evening.starts_at, "scheduled"),
        (right, TEN + 4 * HALF_HOUR, "scheduled"),
        (left, TEN + 6 * HALF_HOUR, "scheduled"),
    ]
    assert balance_of(lot) == 3
    assert blocked(left) == [(TEN, kept.scheduled_start), (kept.scheduled_end, TEN + DAY)]
    assert {each.notes for each in outage.blocks.all()} == {"Motor broken"}
    assert list(outage.cases.order_by("was_starts_at").values_list("decision", "telling", "reason")) == [
        ("settled", "mail", ""),
        ("moved", "mail", ""),
        ("moved", "nobody", ""),
        ("left", "nobody", "The technician comes later."),
        ("settled", "phone", ""),
        ("settled", "nobody", ""),
    ]
    mail = EmailMessage.objects.get()
    assert (mail.recipient, mail.subject) == ("ada@example.org", "We had to change 2 of your sessions")
    assert "- Tue 2 Jun 2026, 10:00-10:30: cancelled. The session is back on your plan.\n" in mail.text
    assert "- Tue 2 Jun 2026, 11:00-11:30: moved to Tue 2 Jun 2026, 20:00-20:30.\n" in mail.text
    assert "Motor" not in mail.text
    assert {case.mail_about for case in outage.cases.filter(telling="mail")} == {mail.about}
    event = AuditEvent.objects.get(verb="plan")
    assert (event.object_id, event.actor_label, event.changes["reason"]) == (
        str(outage.pk),
        desk.label,
        ["", "Motor broken"],
    )
    paid.refresh_from_db()
    assert (paid.cancellation_reason, paid.cancelled_by) == ("Left is out of order: Motor broken", desk)


def changes_before_the_act(case, session, slot):
    """Do what somebody else does between the preview and the act, and return what is said of it."""
    if case == "booked":
        on(session.machine, TEN + 2 * HALF_HOUR, member=MemberFactory(first_name="Bea"))
        return "Bea Dubois, Left (Tue 2 Jun 2026, 11:00-11:30) is in the way as well."
    if case == "noted":
        bookings.change_session(session=session, notes="Knee", actor=None, now=NOW)
        return "Ada Morel, Left (Tue 2 Jun 2026, 10:00-10:30) was changed meanwhile."
    if case == "cancelled":
        bookings.cancel_session(session=session, reason="Ill", actor=None, now=NOW)
        return "Ada Morel, Left (Tue 2 Jun 2026, 10:00-10:30) is not in the way any more."
    if case == "deleted":
        session.delete()
        return "A session that was in the way is deleted."
    if case == "switched off":
        machines.change_machine(machine=slot.machine, is_available=False, actor=None, now=NOW)
        return "Ada Morel, Left (Tue 2 Jun 2026, 10:00-10:30): Right is switched off."
    on(slot.machine, slot.starts_at, member=MemberFactory(first_name="Cleo"))
    return "Ada Morel, Left (Tue 2 Jun 2026, 10:00-10:30): Right is taken at that time: Cleo Dubois, Right ("


@pytest.mark.parametrize("hours", [0, 4], ids=["same time", "later"])
@pytest.mark.parametrize("case", ["booked", "noted", "cancelled", "deleted", "switched off", "slot taken"])
def test_what_changed_since_the_preview_is_said_and_nothing_is_written(case, hours, only_two, ada):
    left, right = only_two
    SessionType.objects.update(takes_credit=False)
    session, other = on(left, member=ada), on(left, TEN - HALF_HOUR)
    slot = Slot(right, TEN + timedelta(hours=hours), TEN + timedelta(hours=hours) + HALF_HOUR)
    choices = [chosen(other), chosen(session, MOVED, slot)]
    told = changes_before_the_act(case, session, slot)
    before = list(TrainingSession.objects.order_by("pk").values())
    events = AuditEvent.objects.count()

    with pytest.raises(PlanChanged) as refused:
        plan(left, choices, start=TEN - HALF_HOUR)

    assert told in str(refused.value)
    assert list(TrainingSession.objects.order_by("pk").values()) == before
    assert (MachineOutage.objects.count(), OutageCase.objects.count(), EmailMessage.objects.count()) == (0, 0, 0)
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(
    ("decision", "slot", "reason", "error", "told"),
    [
        (LEFT, None, " ", BadChoice, "Say why Ada Morel, Left"),
        (LEFT, None, "a\0b", facts.BadFacts, "characters that cannot be stored"),
        (LEFT, None, "x" * 501, facts.BadFacts, "500"),
        (MOVED, None, "", BadChoice, "Choose what becomes of Ada Morel, Left"),
        (SETTLED, 0, "", BadChoice, "Choose what becomes of Ada Morel, Left"),
        (MOVED, 3, "", BadChoice, "the machine is out of order then, too"),
        (MOVED, -100, "", PlanChanged, "already past"),
    ],
)
def test_choice_that_makes_no_sense_is_refused(machine, ada, decision, slot, reason, error, told):
    session = on(machine, member=ada)
    at = None if slot is None else TEN + timedelta(hours=slot)
    choice = chosen(session, decision, None if at is None else Slot(machine, at, at + HALF_HOUR), reason=reason)

    with pytest.raises(error, match=told):
        plan(machine, [choice])

    assert (MachineOutage.objects.count(), where(session)) == (0, (machine, TEN, "scheduled"))


@pytest.mark.parametrize(
    ("start", "end", "reason", "error", "told"),
    [
        (TEN, TEN, "x", outages.BadPeriod, "must end after it starts"),
        (TEN, TEN + timedelta(minutes=14), "x", outages.BadPeriod, "from 15 minutes to 92 days"),
        (TEN, TEN + timedelta(days=93), "x", outages.BadPeriod, "Switch the machine off for longer"),
        (NOW - 8 * DAY, TEN, "x", outages.BadPeriod, "begins 7 days ago at most"),
        (NOW - 2 * DAY, NOW, "x", outages.BadPeriod, "over already"),
        (TEN + 40000 * DAY, TEN + 40001 * DAY, "x", outages.BadPeriod, "years ahead at most"),
        (TEN, TEN + DAY, " \n", facts.BadFacts, "Reason"),
        (TEN, TEN + DAY, "x" * 301, facts.BadFacts, "Reason"),
        (TEN, TEN + DAY, "a\0b", facts.BadFacts, "cannot be stored"),
        (TEN + 3 * DAY, TEN + 4 * DAY, "x", outages.AlreadyOut, r"Left is out of order at that time already: Belt \("),
    ],
)
def test_outage_that_cannot_be_is_refused(machine, start, end, reason, error, told):
    OutageFactory(machine=machine, starts_at=TEN + 3 * DAY + HALF_HOUR, ends_at=TEN + 5 * DAY, reason="Belt")

    with pytest.raises(error, match=told):
        plan(machine, start=start, end=end, reason=reason)

    assert MachineOutage.objects.count() == 1


def test_machine_that_is_retired_or_gone_has_no_outage(machine, other):
    machines.retire_machine(machine=machine, actor=None, now=NOW)
    with pytest.raises(outages.BadPeriod, match="Left is retired"):
        plan(machine)
    machines.delete_machine(machine=other, actor=None, now=NOW)
    with pytest.raises(wishes.UnknownPart, match="does not exist"):
        plan(other)


def test_outage_keeps_everybody_off_the_machine_and_says_why(machine, other, ada):
    SessionType.objects.update(takes_credit=False)
    there, beside = on(other, member=ada), on(machine, TEN - HALF_HOUR)
    outage = plan(machine)
    block = outage.blocks.order_by("scheduled_start")[0]

    with pytest.raises(
        slots.SlotTaken, match=r"^Left is out of order at that time: The motor is repaired\. \(Tue 2 Jun"
    ):
        bookings.book_session(
            machine=machine,
            member=ada,
            scheduled_start=TEN + DAY - HALF_HOUR,
            scheduled_end=TEN + DAY,
            actor=None,
            now=NOW,
        )
    with pytest.raises(slots.SlotTaken, match="Left is out of order"):
        bookings.change_session(session=there, machine=machine, actor=None, now=NOW)
    moves = machine_moves.move_sessions(sessions=[there, block], machine=machine, actor=None, now=NOW)
    assert [each.session for each in moves.stayed] == [there]
    moves = machine_moves.move_sessions(sessions=[block], machine=other, actor=None, now=NOW)
    assert [each.sentence for each in moves.stayed] == ["It is an outage of this machine."]
    for act in (
        lambda: bookings.cancel_session(session=block, reason="x", actor=None, now=NOW),
        lambda: bookings.change_session(session=block, scheduled_end=TEN + HALF_HOUR, actor=None, now=NOW),
        lambda: deletion.delete_session(session=block, actor=None, now=NOW),
        lambda: bookings.put_member_on(session=block, member=ada, actor=None, now=NOW),
    ):
        with pytest.raises(states.WrongState, match="on the outage's own page"):
            act()
    assert where(beside) == (machine, TEN - HALF_HOUR, "scheduled")


@pytest.mark.parametrize("act", ["cancel", "delete", "move", "machine", "many"])
def test_what_was_left_alone_leaves_no_gap_behind(act, machine, other, ada):
    SessionType.objects.update(takes_credit=False)
    session = on(machine, TEN + HALF_HOUR, member=ada)
    outage = plan(machine, [chosen(session, LEFT, reason="It can still run.")])
    assert blocked(machine) == [(TEN, TEN + HALF_HOUR), (TEN + 2 * HALF_HOUR, TEN + DAY)]

    if act == "cancel":
        bookings.cancel_session(session=session, reason="Ill", actor=None, now=NOW)
    elif act == "delete":
        deletion.delete_session(session=session, actor=None, now=NOW)
    elif act == "many":
        machine_moves.move_sessions(sessions=[session], machine=other, actor=None, now=NOW)
    elif act == "machine":
        bookings.change_session(session=session, machine=other, actor=None, now=NOW)
    else:
        times = {"scheduled_start": TEN + 2 * DAY, "scheduled_end": TEN + 2 * DAY + HALF_HOUR}
        bookings.change_session(session=session, actor=None, now=NOW, **times)

    assert blocked(machine) == [(TEN, TEN + DAY)]
    assert set(outage.blocks.values_list("machine", flat=True)) == {machine.pk}


def test_what_took_place_stays_and_the_outage_is_written_around_it(machine):
    noon = TEN + timedelta(hours=2)
    over, waiting = on(machine, TEN, status="completed"), on(machine, TEN + HALF_HOUR)
    running = on(machine, noon - HALF_HOUR / 2, status="in_progress", actual_start=noon)

    outage = plan(machine, [chosen(running, LEFT, reason="Nearly done")], now=noon)

    assert outage.cases.get().session == running
    assert [where(each)[2] for each in (over, waiting, running)] == ["completed", "scheduled", "in_progress"]
    assert blocked(machine) == [(TEN + DAY / 24, running.scheduled_start), (running.scheduled_end, TEN + DAY)]


def test_outage_is_ended_early_and_called_off_and_frees_the_machine(machine, desk):
    outage = plan(machine, end=TEN + 4 * DAY)
    assert max(each.scheduled_end - each.scheduled_start for each in outage.blocks.all()) == timedelta(hours=8)

    with pytest.raises(outages.BadPeriod, match="has begun already"):
        outages.end_outage(outage=outage, ends_at=TEN, actor=desk, now=TEN)
    ended = outages.end_outage(outage=outage, ends_at=TEN + DAY, actor=desk, now=TEN + DAY)

    assert (ended.ends_at, ended.called_off_at, blocked(machine)) == (TEN + DAY, None, [(TEN, TEN + DAY)])
    with pytest.raises(outages.OutageOver):
        outages.end_outage(outage=outage, ends_at=TEN + HALF_HOUR, actor=desk, now=TEN + DAY)
    coming = plan(machine, start=TEN + 9 * DAY, end=TEN + 10 * DAY)
    with pytest.raises(outages.BadPeriod, match="Prolong it instead"):
        outages.end_outage(outage=coming, ends_at=TEN + 10 * DAY, actor=desk, now=NOW)
    with pytest.raises(outages.BadPeriod, match="or call the outage off"):
        outages.end_outage(outage=coming, ends_at=NOW, actor=desk, now=NOW)
    with pytest.raises(outages.BadPeriod, match="End it instead"):
        outages.call_off_outage(outage=coming, actor=desk, now=coming.starts_at)
    off = outages.call_off_outage(outage=coming, actor=desk, now=NOW)
    assert (off.called_off_at, blocked(machine)) == (NOW, [(TEN, TEN + DAY)])
    plan(machine, start=TEN + 9 * DAY, end=TEN + 10 * DAY)
    alone = OutageFactory()
    outages.call_off_outage(outage=alone, actor=desk, now=NOW)
    with pytest.raises(machines.MachineInUse, match=r"are on record\. Retire it instead"):
        machines.delete_machine(machine=alone.machine, actor=None, now=NOW)
    verbs = (
        AuditEvent.objects.filter(object_type="training.machineoutage").exclude(object_id=str(alone.pk)).order_by("pk")
    )
    assert [each.verb for each in verbs] == ["plan", "end", "plan", "call_off", "plan"]


def test_prolonging_asks_about_what_is_newly_in_the_way_alone(machine, other):
    across = on(machine, TEN + DAY - HALF_HOUR / 2)
    outage = plan(machine, [chosen(across, LEFT, reason="Last one")])
    later, beyond = on(machine, TEN + DAY + HALF_HOUR), on(machine, TEN + 2 * DAY)

    def prolong(choices, ends_at=TEN + 2 * DAY):
        return outages.prolong_outage(outage=outage, ends_at=ends_at, choices=choices, actor=None, now=NOW)

    with pytest.raises(PlanChanged, match="is in the way as well"):
        prolong([])
    with pytest.raises(outages.BadPeriod, match="until then already"):
        prolong([], TEN + DAY)
    assert blocked(machine) == [(TEN, across.scheduled_start)]
    slot = Slot(other, later.scheduled_start, later.scheduled_end)
    longer = prolong([chosen(later, MOVED, slot)])

    assert (longer.ends_at, where(later)[0], where(beyond)[0]) == (TEN + 2 * DAY, other, machine)
    assert blocked(machine) == [(TEN, across.scheduled_start), (across.scheduled_end, TEN + 2 * DAY)]
    assert list(outage.cases.order_by("pk").values_list("session", "decision")) == [
        (across.pk, "left"),
        (later.pk, "moved"),
    ]
    with pytest.raises(outages.BadPeriod, match="92 days"):
        prolong([], TEN + 93 * DAY)


def test_session_that_moved_back_is_displaced_by_the_prolonging_again(machine, other):
    end, noon = TEN + 2 * DAY, TEN + DAY / 2
    session = on(machine, TEN + DAY)
    outage = plan(machine, [chosen(session, MOVED, Slot(other, TEN + DAY, TEN + DAY + HALF_HOUR))], end=end)
    outages.end_outage(outage=outage, ends_at=noon, actor=None, now=NOW)
    (back,) = machine_moves.move_sessions(sessions=[session], machine=machine, actor=None, now=NOW).moved
    back.refresh_from_db()

    outages.prolong_outage(outage=outage, ends_at=end, choices=[chosen(back)], actor=None, now=NOW)

    assert [case.decision for case in outage.cases.order_by("pk")] == ["moved", "settled"]
    assert (blocked(machine), where(session)[2]) == ([(TEN, end)], "cancelled")


def test_call_is_noted_once_and_only_where_one_is_due(machine, desk):
    by_phone, by_mail = on(machine), on(machine, TEN + HALF_HOUR, member=MemberFactory(email="m@example.org"))
    again = on(machine, TEN + 2 * HALF_HOUR, member=by_phone.member)
    outage = plan(machine, [chosen(by_phone), chosen(by_mail), chosen(again)])
    due, told, also = outage.cases.order_by("was_starts_at")
    assert OutageCase.objects.to_phone().people() == 1

    for actor in (desk, UserFactory()):
        called = outages.note_call(case=due, actor=actor, now=NOW)

    assert (called.phoned_at, called.phoned_by, called.phoned_by_label) == (NOW, desk, desk.label)
    assert (OutageCase.objects.to_phone().count(), AuditEvent.objects.filter(verb="call").count()) == (0, 2)
    also.refresh_from_db()
    assert (also.phoned_by, also.phoned_at) == (desk, NOW)  # one call is about both
    with pytest.raises(outages.NothingToTell):
        outages.note_call(case=told, actor=desk, now=NOW)
    EmailMessage.objects.filter(about=told.mail_about).update(state="failed", last_error="550")
    assert OutageCase.objects.to_phone().get() == told
    outages.note_call(case=told, actor=desk, now=NOW)
    assert not OutageCase.objects.to_phone().exists()
    labels.relabel_account(user=desk, label="Dana Doe")
    desk.delete()
    due.refresh_from_db()
    assert (due.phoned_by, due.phoned_by_label) == (None, "Dana Doe")

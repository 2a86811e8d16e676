"""Completing: trainer, times, credit, pay and the note for an invoice in one act, once; taken back by counter-lines."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from sessions_app.services.facts import NoReason
from studio.accounts.models import AuditEvent
from studio.office.models import StudioProfile
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.training_factories import MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import SessionOutcome, SessionType, TrainerPay, TrainingSession
from training.selectors.credits import balance_of, broken_lots
from training.services import attendance, bookings, completion, slots, states, terms
from training.services.credits import use_credit

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
START = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)
END = START + timedelta(minutes=30)
LATER = END + timedelta(hours=1)
LATE = timedelta(minutes=5)


@pytest.fixture
def plan_of_ada(ada):
    return SubscriptionFactory(member=ada, plan=PlanFactory(sessions_count=10), starts_on=date(2026, 6, 1))


@pytest.fixture
def paid_trainer():
    return TrainerFactory(first_name="Theo", last_name="Rossi", session_rate=Decimal(20), no_show_rate=Decimal(8))


@pytest.fixture
def booked(machine, ada, plan_of_ada, desk):
    kind = SessionType.objects.get(code="member")
    session = bookings.book_session(
        machine=machine, member=ada, session_type=kind, scheduled_start=START, scheduled_end=END, actor=desk, now=NOW
    )
    use_credit(session=session, actor=desk, now=NOW)
    return session


def complete(session, desk, trainer=None, start=START + LATE, end=END + LATE, now=LATER):
    return completion.complete_session(
        session=session, trainer=trainer, actual_start=start, actual_end=end, actor=desk, now=now
    )


def said():
    return list(SessionOutcome.objects.order_by("pk").values_list("kind", "trainer_label", "billable", "actor_label"))


def pay():
    return list(TrainerPay.objects.order_by("pk").values_list("kind", "amount"))


def paid_to():
    lines = TrainerPay.objects.values_list("trainer_label").annotate(total=Sum("amount"))
    return dict(lines.order_by())


def test_one_act_writes_times_trainer_pay_and_outcome_and_the_credit_stays_the_one_of_the_booking(
    booked, plan_of_ada, paid_trainer, desk
):
    done = complete(booked, desk, paid_trainer)

    done.refresh_from_db()
    assert (done.status, done.actual_start, done.actual_end) == ("completed", START + LATE, END + LATE)
    assert (done.trainer, done.trainer_label) == (paid_trainer, "Theo Rossi")
    assert (done.subscription, balance_of(plan_of_ada)) == (plan_of_ada, 9)
    assert pay() == [("session", Decimal("20.00"))]
    assert said() == [("completed", "Theo Rossi", False, desk.label)]
    verbs = AuditEvent.objects.filter(object_id=str(done.pk)).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["book", "assign", "complete"]


def test_twice_is_once(booked, plan_of_ada, paid_trainer, desk):
    first = complete(booked, desk, paid_trainer)
    again = complete(booked, desk, TrainerFactory(session_rate=Decimal(99)), start=START, end=END)

    assert (again.trainer, again.actual_start) == (first.trainer, first.actual_start)
    assert (len(said()), pay(), balance_of(plan_of_ada)) == (1, [("session", Decimal("20.00"))], 9)


def test_without_a_trainer_it_is_completed_unless_the_studio_asks_for_one(booked, machine, desk):
    assert complete(booked, desk).trainer is None
    assert (said(), pay()) == ([("completed", "", False, desk.label)], [])

    StudioProfile.objects.update(completion_needs_trainer=True)
    other = TrainingSessionFactory(machine=machine, scheduled_start=START + timedelta(hours=2))
    with pytest.raises(completion.TrainerMissing, match="Say who trained"):
        complete(
            other, desk, start=START + timedelta(hours=2), end=END + timedelta(hours=2), now=LATER + timedelta(days=1)
        )
    other.refresh_from_db()
    assert other.status == "scheduled"


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        (END, START, "The real end comes after the real start"),
        (START, START, "The real end comes after the real start"),
        (START, LATER + timedelta(minutes=1), "not in the future"),
        (START - timedelta(hours=13), END, "more than 12 hours away"),
    ],
)
def test_impossible_times_are_refused_and_nothing_is_written(booked, desk, start, end, sentence):
    with pytest.raises(completion.ImpossibleTimes, match=sentence):
        complete(booked, desk, start=start, end=end)

    booked.refresh_from_db()
    assert (booked.status, said()) == ("scheduled", [])


def test_trainer_who_had_another_session_is_refused_with_its_name(booked, other, paid_trainer, desk):
    rival = MemberFactory(first_name="Bo", last_name="Beck")
    TrainingSessionFactory(machine=other, member=rival, trainer=paid_trainer, scheduled_start=START)

    with pytest.raises(slots.SlotTaken, match="Theo Rossi is taken at that time: Bo Beck"):
        complete(booked, desk, paid_trainer)

    assert said() == []


def test_cancelled_session_and_slot_of_nobody_are_not_completed(booked, machine, desk):
    bookings.cancel_session(session=booked, reason="ill", actor=desk, now=NOW)
    with pytest.raises(states.WrongState, match="cancelled"):
        complete(booked, desk)
    kept = TrainingSessionFactory(machine=machine, member=None, session_type_id="non_bookable", scheduled_start=START)
    with pytest.raises(completion.NobodyTrains):
        complete(kept, desk)


def test_session_that_no_credit_paid_is_charged_now_or_noted_for_an_invoice(machine, ada, desk):
    free = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=START)
    late = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=START + timedelta(hours=1))
    complete(free, desk)
    plan = SubscriptionFactory(member=ada, plan=PlanFactory(sessions_count=1), starts_on=date(2026, 6, 1))
    hour = timedelta(hours=1)
    charged = complete(late, desk, start=START + hour, end=END + hour, now=LATER + hour)

    assert (charged.subscription, balance_of(plan)) == (plan, 0)
    assert list(SessionOutcome.objects.order_by("pk").values_list("billable", "charged_here")) == [
        (True, False),
        (False, True),
    ]
    assert SessionOutcome.objects.to_bill().get().session == free


def test_type_that_is_billed_apart_is_noted_whatever_the_plan(booked, desk):
    SessionType.objects.filter(code="member").update(billed_apart=True)
    booked.refresh_from_db()

    complete(booked, desk)

    assert said() == [("completed", "", True, desk.label)]


def test_no_show_keeps_the_credit_and_pays_its_rate(booked, plan_of_ada, paid_trainer, desk):
    with pytest.raises(attendance.TooEarly):
        completion.record_no_show(session=booked, trainer=paid_trainer, actor=desk, now=START)
    for _twice in range(2):
        missed = completion.record_no_show(session=booked, trainer=paid_trainer, actor=desk, now=LATER)

    assert (missed.status, missed.trainer, balance_of(plan_of_ada)) == ("no_show", paid_trainer, 9)
    assert (said(), pay()) == ([("no_show", "Theo Rossi", False, desk.label)], [("no_show", Decimal("8.00"))])


def test_reopening_takes_all_of_it_back_by_counter_lines_and_it_can_be_completed_anew(
    booked, plan_of_ada, paid_trainer, desk
):
    complete(booked, desk, paid_trainer)
    with pytest.raises(NoReason):
        completion.reopen_session(session=booked, reason=" ", actor=desk, now=LATER)

    opened = completion.reopen_session(session=booked, reason="The wrong one", actor=desk, now=LATER)

    assert (opened.status, opened.actual_start, opened.actual_end) == ("scheduled", None, None)
    assert (pay(), balance_of(plan_of_ada)) == ([("session", Decimal("20.00")), ("session", Decimal("-20.00"))], 9)
    assert [kind for kind, *_rest in said()] == ["completed", "reopened"]
    assert SessionOutcome.objects.standing().count() == 0
    with pytest.raises(completion.NothingToReopen):
        completion.reopen_session(session=booked, reason="Again", actor=desk, now=LATER)
    complete(booked, desk, paid_trainer)
    assert (sum(amount for _kind, amount in pay()), SessionOutcome.objects.standing().count()) == (Decimal(20), 1)


@pytest.mark.parametrize("days", [0, 100], ids=["open", "ended"])
def test_a_paid_session_stays_paid_while_it_is_reopened_and_completed_anew(machine, ada, desk, days):
    session = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=START)
    plan = SubscriptionFactory(member=ada, plan=PlanFactory(sessions_count=2), starts_on=date(2026, 6, 1))
    complete(session, desk)
    later = LATER + timedelta(days=days)
    terms.turn_day(now=later)

    completion.reopen_session(session=session, reason="The wrong times", actor=desk, now=later)
    complete(session, desk, now=later)

    session.refresh_from_db()
    assert (session.subscription, balance_of(plan), broken_lots()) == (plan, 0 if days else 1, [])
    assert [kind for kind, *_rest in said()] == ["completed", "reopened", "completed"]
    assert SessionOutcome.objects.to_bill().count() == 0
    completion.reopen_session(session=session, reason="Nobody came", actor=desk, now=later)
    bookings.cancel_session(session=session, reason="Machine broken", by_house=True, actor=desk, now=later)
    assert (balance_of(plan), broken_lots()) == (0 if days else 2, [])


def test_many_are_completed_as_planned_and_refused_ones_left_alone_with_the_reason(booked, machine, desk):
    started = TrainingSessionFactory(
        machine=machine,
        scheduled_start=START + timedelta(hours=1),
        status="in_progress",
        actual_start=START + 14 * LATE,
    )
    running = TrainingSessionFactory(machine=machine, scheduled_start=START + timedelta(hours=2))

    swept = completion.complete_with_defaults(
        sessions=TrainingSession.objects.order_by("scheduled_start"), actor=desk, now=START + timedelta(hours=2)
    )

    assert [(each.pk, each.actual_start, each.actual_end) for each in swept.completed] == [
        (booked.pk, START, END),
        (started.pk, START + 14 * LATE, END + timedelta(hours=1)),
    ]
    assert [(each.pk, why[:12]) for each, why in swept.left] == [(running.pk, "The real end")]


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ("kind = 'perhaps'", "session_outcomes_kind_known"),
        ("actual_end = actual_start", "session_outcomes_times_of_what_took_place"),
        ("kind = 'reopened', actual_start = NULL, actual_end = NULL", "session_outcomes_reopened_for_a_reason"),
        ("session_label = ''", "session_outcomes_session_named"),
    ],
)
def test_table_refuses_outcomes_that_make_no_sense(booked, desk, changes, constraint):
    columns = "session_id, session_label, kind, actual_start, actual_end, at"
    values = {"kind": "'completed'", "session_label": "'Ada'", "actual_start": "now()", "actual_end": "now() + '1h'"}
    values |= dict(part.split(" = ") for part in changes.split(", "))
    values["actual_end"] = "now()" if values["actual_end"] == "actual_start" else values["actual_end"]
    row = f"NULL, {values['session_label']}, {values['kind']}, {values['actual_start']}, {values['actual_end']}, now()"

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO session_outcomes ({columns}) VALUES ({row})")


@pytest.mark.parametrize("kind", ["completed", "no_show"])
def test_trainer_assigned_afterwards_is_paid_and_another_one_instead_of_them(booked, paid_trainer, desk, kind):
    rate = {"completed": Decimal(20), "no_show": Decimal(8)}[kind]
    other = TrainerFactory(first_name="Mia", last_name="Sand", session_rate=Decimal(30), no_show_rate=Decimal(3))
    if kind == "completed":
        complete(booked, desk)
    else:
        completion.record_no_show(session=booked, trainer=None, actor=desk, now=LATER)

    for _twice in range(2):
        bookings.assign_trainer(session=booked, trainer=paid_trainer, actor=desk, now=LATER)
    assert paid_to() == {"Theo Rossi": rate}
    bookings.assign_trainer(session=booked, trainer=other, actor=desk, now=LATER)
    assert paid_to() == {"Theo Rossi": 0, "Mia Sand": {"completed": 30, "no_show": 3}[kind]}
    standing = SessionOutcome.objects.standing().get()
    times = (START + LATE, END + LATE) if kind == "completed" else (None, None)
    assert (standing.kind, standing.trainer, standing.actual_start, standing.actual_end) == (kind, other, *times)
    with pytest.raises(states.WrongState, match="Name who trained instead, or take back the completion first"):
        bookings.assign_trainer(session=booked, trainer=None, actor=desk, now=LATER)
    assert [(each, who) for each, who, *_rest in said()] == [
        (kind, ""),
        ("reopened", ""),
        (kind, "Theo Rossi"),
        ("reopened", "Theo Rossi"),
        (kind, "Mia Sand"),
    ]

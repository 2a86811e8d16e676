"""What is charged beside the price: extras, longer sessions, staying over; and taking the day's word back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import SessionExtra, SessionFee, StudioSession
from sessions_app.selectors.charges import charges_of
from sessions_app.selectors.terms import Step
from sessions_app.services import assignments, attendance, extras, facts, policies, prices, states
from studio.accounts.models import AuditEvent
from tests.factories import NOW, HoldFactory, RoomFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # to 12:00
TWELVE = TEN + timedelta(hours=2)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def priced():
    return RoomFactory(name="Studio P", hourly_rate=Decimal(60), setup_minutes=15, teardown_minutes=30)


@pytest.fixture
def session(priced, client_):
    return SessionFactory(title="Drums", room=priced, client=client_, starts_at=TEN)


@pytest.fixture
def running(session, desk):
    return attendance.start_session(session=session, actor=desk, now=TEN)


def completed(session, end, desk):
    return attendance.complete_session(
        session=session, actual_start=TEN, actual_end=end, actor=desk, now=max(end, TWELVE) + HOUR
    )


def test_an_extra_is_quantity_times_price(session, desk):
    extra = extras.add_extra(
        session=session,
        description="Tape",
        quantity=Decimal("1.5"),
        unit_price=Decimal("33.33"),
        actor=desk,
        now=NOW,
    )

    assert (extra.amount, extra.added_by, extra.added_by_label) == (Decimal("50.00"), desk, desk.label)
    assert charges_of(session).total_due == Decimal("170.00")
    assert AuditEvent.objects.get(verb="charge").changes == {"extras": [None, "Tape: 50.00 EUR"]}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"description": "  "}, "Description"),
        ({"description": "x" * 301}, "Description"),
        ({"description": "nul\x00"}, "characters that cannot be stored"),
        ({"quantity": Decimal(0)}, "A quantity lies between"),
        ({"quantity": Decimal(-1)}, "A price may not be negative"),
        ({"quantity": Decimal("0.001")}, "Quantity"),
        ({"unit_price": Decimal(-1)}, "A price may not be negative"),
        ({"unit_price": Decimal(99999999999)}, "Unit price"),
        ({"quantity": Decimal(99_999_999), "unit_price": Decimal(9_999_999_999)}, "Amount"),
        ({"unit_price": Decimal("NaN")}, "Unit price"),
    ],
)
def test_bad_extras_are_refused_with_a_sentence(session, desk, facts, told):
    given = {"description": "Tape", "quantity": Decimal(1), "unit_price": Decimal(1)} | facts

    with pytest.raises(extras.facts.BadFacts, match=told):
        extras.add_extra(session=session, actor=desk, now=NOW, **given)
    assert SessionExtra.objects.count() == 0


def test_an_extra_is_taken_back(session, desk):
    extra = extras.add_extra(
        session=session, description="Tape", quantity=Decimal(1), unit_price=Decimal(9), actor=desk, now=NOW
    )

    again = SessionExtra.objects.get(pk=extra.pk)
    for seen in (extra, again):
        extras.remove_extra(extra=seen, actor=desk, now=NOW)

    assert SessionExtra.objects.count() == 0
    assert AuditEvent.objects.get(verb="uncharge").changes == {"extras": ["Tape: 9.00 EUR", None]}


def test_nothing_is_charged_on_an_invoiced_session_or_a_hold(session, desk):
    one = {"description": "Tape", "quantity": Decimal(1), "unit_price": Decimal(1), "actor": desk, "now": NOW}
    extra = extras.add_extra(session=session, **one)
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=NOW)

    with pytest.raises(prices.AlreadyInvoiced):
        extras.add_extra(session=session, **one)
    with pytest.raises(prices.AlreadyInvoiced):
        extras.remove_extra(extra=extra, actor=desk, now=NOW)
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=None, status="expired")
    with pytest.raises(states.WrongState, match="This session is expired, so nothing is charged for it"):
        extras.add_extra(session=session, **one)
    assert list(SessionExtra.objects.all()) == [extra]


# Overage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("over", "amount"), [(16, "30.00"), (30, "30.00"), (31, "60.00"), (75, "90.00")], ids=str)
def test_overage_is_rounded_up_to_the_slot(session, desk, over, amount):
    done = completed(session, TWELVE + over * MINUTE, desk)

    extra = extras.charge_overage(session=done, actor=desk, now=TWELVE + 3 * HOUR)

    assert (extra.kind, extra.amount) == ("overage", Decimal(amount))
    assert charges_of(done).total_due == Decimal("120.00") + Decimal(amount)


@pytest.mark.parametrize("over", [-30, 0, 15])
def test_the_grace_is_free(session, desk, over):
    done = completed(session, TWELVE + over * MINUTE, desk)

    with pytest.raises(extras.NothingOver):
        extras.charge_overage(session=done, actor=desk, now=TWELVE + 3 * HOUR)


def test_overage_is_charged_once(session, desk):
    done = completed(session, TWELVE + HOUR, desk)
    extras.charge_overage(session=done, actor=desk, now=TWELVE + 3 * HOUR)

    with pytest.raises(extras.facts.BadFacts, match="charged already"):
        extras.charge_overage(session=done, actor=desk, now=TWELVE + 3 * HOUR)


# Extension ----------------------------------------------------------------------------------------


def test_extending_charges_the_added_hours_and_keeps_the_price(running, desk):
    extended = extras.extend_session(session=running, ends_at=TWELVE + HOUR, actor=desk, now=TWELVE - HOUR)

    assert (extended.ends_at, extended.blocked_to, extended.total) == (
        TWELVE + HOUR,
        TWELVE + 90 * MINUTE,
        Decimal("120.00"),
    )
    assert [(each.kind, each.description, each.amount) for each in extended.extras.all()] == [
        ("extension", "Extension 14:00-15:00", Decimal("60.00"))
    ]
    assert AuditEvent.objects.filter(verb="extend").count() == 1


def test_the_next_booking_is_named_with_the_latest_end(running, priced, desk):
    SessionFactory(title="Choir", room=priced, starts_at=TWELVE + 2 * HOUR)

    with pytest.raises(extras.RoomNeeded) as refusal:
        extras.extend_session(session=running, ends_at=TWELVE + 2 * HOUR, actor=desk, now=TEN + HOUR)

    assert refusal.value.latest == TWELVE + 90 * MINUTE
    assert str(refusal.value) == (
        "Choir needs Studio P from Tue 2 Jun 2026, 15:45 on. It can be extended until Tue 2 Jun 2026, 15:30."
    )
    running.refresh_from_db()
    assert (running.ends_at, running.extras.count()) == (TWELVE, 0)
    assert extras.extend_session(session=running, ends_at=refusal.value.latest, actor=desk, now=TEN + HOUR)


def test_with_somebody_waiting_it_cannot_be_extended_at_all(running, priced, desk):
    SessionFactory(title="Choir", room=priced, starts_at=TWELVE + 30 * MINUTE)

    with pytest.raises(extras.RoomNeeded, match=r"The session cannot be extended\."):
        extras.extend_session(session=running, ends_at=TWELVE + 15 * MINUTE, actor=desk, now=TEN + HOUR)


def test_somebody_who_works_elsewhere_afterwards_is_named(session, desk):
    ada = UserFactory(name="Ada Engineer")
    assignments.assign_member(session=session, member=ada, actor=desk, now=NOW)
    running = attendance.start_session(session=session, actor=desk, now=TEN)
    SessionFactory(title="Choir", starts_at=TWELVE, engineers=[ada])

    with pytest.raises(extras.slots.CrewMissing, match="Ada Engineer"):
        extras.extend_session(session=running, ends_at=TWELVE + HOUR, actor=desk, now=TEN + HOUR)
    running.refresh_from_db()
    assert running.ends_at == TWELVE


def test_somebody_whom_a_hold_needs_afterwards_is_named(session, desk):
    ada = UserFactory(name="Ada Engineer")
    assignments.assign_member(session=session, member=ada, actor=desk, now=NOW)
    attendance.start_session(session=session, actor=desk, now=TEN)
    HoldFactory(title="Choir", starts_at=TWELVE, expires_at=TWELVE, engineers=[ada])

    with pytest.raises(extras.slots.CrewMissing, match="Ada Engineer"):
        extras.extend_session(session=session, ends_at=TWELVE + HOUR, actor=desk, now=TEN + HOUR)


@pytest.mark.parametrize("end", [TWELVE, TEN, TEN + timedelta(days=4000)], ids=["same", "earlier", "years"])
def test_an_extension_ends_later_within_reason(running, desk, end):
    with pytest.raises(extras.NotLonger):
        extras.extend_session(session=running, ends_at=end, actor=desk, now=TEN + HOUR)


def test_only_what_is_in_progress_is_extended(session, desk):
    with pytest.raises(states.WrongState, match="Only a session in progress is extended"):
        extras.extend_session(session=session, ends_at=TWELVE + HOUR, actor=desk, now=TEN)


# The day ------------------------------------------------------------------------------------------


def test_check_in_is_written_once_with_a_name(session, desk):
    attendance.check_in(session=session, actor=desk, now=TEN + 12 * MINUTE)
    attendance.check_in(session=session, actor=None, now=TEN + HOUR)

    session.refresh_from_db()
    assert (session.checked_in_at, session.checked_in_by, session.checked_in_by_label) == (
        TEN + 12 * MINUTE,
        desk,
        desk.label,
    )
    assert AuditEvent.objects.filter(verb="check_in").count() == 1


def test_nobody_is_checked_in_a_day_early_or_missed_once_checked_in(session, desk):
    with pytest.raises(attendance.TooEarly, match="2 hours before the start at the earliest"):
        attendance.check_in(session=session, actor=desk, now=TEN - 2 * HOUR - MINUTE)
    attendance.check_in(session=session, actor=desk, now=TEN - 2 * HOUR)

    with pytest.raises(states.WrongState, match="Somebody was checked in"):
        attendance.mark_no_show(session=session, actor=desk, now=TEN + HOUR)


def undo(session, desk, at, reason="Wrong row"):
    return attendance.undo_attendance(session=session, reason=reason, actor=desk, now=at)


def test_a_mistaken_completion_is_taken_back_with_its_overage(session, desk):
    attendance.check_in(session=session, actor=desk, now=TEN)
    done = completed(session, TWELVE + HOUR, desk)
    extras.charge_overage(session=done, actor=desk, now=TWELVE + 3 * HOUR)

    undone = undo(done, desk, TWELVE + 4 * HOUR)

    assert (undone.status, undone.actual_start, undone.actual_end, undone.checked_in_at) == (
        "scheduled",
        None,
        None,
        None,
    )
    assert charges_of(undone).total_due == Decimal("120.00")
    event = AuditEvent.objects.get(verb="undo")
    assert (event.reason, event.changes["status"]) == ("Wrong row", ["completed", "scheduled"])


def test_a_mistaken_no_show_is_taken_back_with_its_fee(priced, client_, desk):
    steps = (Step("no_show", None, Decimal(100), None),)
    policies.create_policy(name="Terms", steps=steps, actor=None, now=NOW)
    session = SessionFactory(room=priced, client=client_, starts_at=TEN)
    missed = attendance.mark_no_show(session=session, actor=desk, now=TEN + HOUR)
    assert SessionFee.objects.count() == 1

    assert undo(missed, desk, TEN + 2 * HOUR).status == "scheduled"
    assert SessionFee.objects.count() == 0


def test_yesterdays_word_stands_and_a_reason_is_needed(session, desk):
    done = completed(session, TWELVE, desk)

    with pytest.raises(facts.NoReason):
        undo(done, desk, TWELVE + 2 * HOUR, reason=" ")
    with pytest.raises(attendance.NothingToUndo, match="Only what was written down today"):
        undo(done, desk, TWELVE + 24 * HOUR)
    with pytest.raises(attendance.NothingToUndo):
        undo(SessionFactory(starts_at=TEN), desk, TEN)
    StudioSession.objects.filter(pk=done.pk).update(invoiced_at=NOW)
    with pytest.raises(prices.AlreadyInvoiced):
        undo(done, desk, TWELVE + 2 * HOUR)

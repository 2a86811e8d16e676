"""What cancelling, moving and not coming cost: decided once, by the terms of the booking."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import BookingPolicy, FeeKind, SessionFee, StudioSession
from sessions_app.selectors.charges import charges_of
from sessions_app.selectors.terms import Step, Terms, fee_due, from_stored, to_stored
from sessions_app.services import attendance, bookings, facts, fees, policies, prices, reschedules
from studio.accounts.models import AuditEvent
from tests.factories import NOW, HoldFactory, RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db
START = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
STEPS = (
    Step("cancellation", 48, Decimal(50), None),
    Step("cancellation", 24, Decimal(100), None),
    Step("reschedule", 24, None, Decimal(40)),
    Step("no_show", None, Decimal(100), None),
)


@pytest.fixture
def policy():
    return policies.create_policy(name="House terms", steps=STEPS, actor=None, now=NOW)


@pytest.fixture
def session(policy, room, client_):
    return SessionFactory(room=room, client=client_, starts_at=START, total=Decimal("333.33"))


def cancel(session, at, desk, **given):
    return bookings.cancel_session(session=session, reason="Ill", actor=desk, now=at, **given)


@pytest.mark.parametrize(
    ("notice", "fee"),
    [
        (48 * HOUR, "0"),
        (48 * HOUR - MINUTE, "166.67"),
        (24 * HOUR, "166.67"),
        (24 * HOUR - MINUTE, "333.33"),
        (-HOUR, "333.33"),
    ],
)
def test_the_fee_follows_the_notice(session, notice, fee):
    assert fee_due(session, FeeKind.CANCELLATION, now=START - notice).amount == Decimal(fee)


def test_cancelling_writes_the_fee_that_was_shown(session, desk):
    at = START - 30 * HOUR
    shown = fee_due(session, FeeKind.CANCELLATION, now=at)

    cancelled = cancel(session, at, desk)

    fee = SessionFee.objects.get()
    assert (fee.session, fee.amount, fee.explanation, fee.decided_at) == (session, shown.amount, shown.explanation, at)
    assert fee.explanation == "House terms: less than 48 hours before the start, 50 % of 333.33 EUR."
    assert charges_of(cancelled).total_due == Decimal("166.67")


def test_cancelling_twice_decides_once(session, desk):
    cancel(session, START - 30 * HOUR, desk)
    cancel(session, START - HOUR, desk)

    assert [fee.amount for fee in SessionFee.objects.all()] == [Decimal("166.67")]


def test_a_change_shortly_after_booking_is_free(session):
    StudioSession.objects.filter(pk=session.pk).update(booked_at=START - 2 * HOUR)
    session.refresh_from_db()

    assert fee_due(session, FeeKind.CANCELLATION, now=START - HOUR - MINUTE).amount == 0
    assert fee_due(session, FeeKind.CANCELLATION, now=START - HOUR).amount == Decimal("333.33")


def test_the_terms_of_the_booking_hold_whatever_the_policy_says_later(session, policy):
    policy.tiers.all().delete()

    assert fee_due(session, FeeKind.CANCELLATION, now=START - HOUR).amount == Decimal("333.33")


def test_what_was_booked_before_there_were_terms_goes_by_the_present_ones(session, policy):
    StudioSession.objects.filter(pk=session.pk).update(terms=None)
    session.refresh_from_db()
    policy.tiers.filter(hours_before=24).delete()

    assert fee_due(session, FeeKind.CANCELLATION, now=START - HOUR).amount == Decimal("166.67")


def test_in_house_sessions_and_holds_are_free(policy, room, client_):
    in_house = SessionFactory(starts_at=START, total=Decimal(100))
    hold = HoldFactory(room=room, client=client_, starts_at=START)

    for each in (in_house, hold):
        assert fee_due(each, FeeKind.CANCELLATION, now=START - HOUR).amount == 0


def test_the_most_specific_policy_holds(policy, room, client_):
    step = (Step("cancellation", 24, None, Decimal(5)),)
    policies.create_policy(name="Live", room_kind="live", steps=(), actor=None, now=NOW)
    policies.create_policy(name="Recording", room_kind="recording", steps=step, actor=None, now=NOW)
    recording = SessionFactory(room=room, client=client_, starts_at=START)
    policies.create_policy(name="Dry hire", booking_type="dry_hire", steps=(), actor=None, now=NOW)
    dry = SessionFactory(room=room, client=client_, starts_at=START + 3 * HOUR, booking_type="dry_hire")

    assert [each.terms["name"] for each in (recording, dry)] == ["Recording", "Dry hire"]
    assert fee_due(recording, FeeKind.CANCELLATION, now=START - HOUR).amount == Decimal(5)


def test_rescheduling_late_costs_its_fee_each_time(session, desk):
    for hour in (1, 4):
        reschedules.reschedule_session(
            session=session,
            starts_at=START + hour * HOUR,
            ends_at=START + (hour + 2) * HOUR,
            room=session.room,
            actor=desk,
            now=START - 20 * HOUR,
        )

    assert list(SessionFee.objects.values_list("kind", "amount")) == [("reschedule", Decimal("40.00"))] * 2
    session.refresh_from_db()
    assert charges_of(session).total_due == Decimal("413.33")


@pytest.mark.parametrize(
    ("starts", "ends", "count"),
    [(0, 2, 0), (0, 3, 0), (0, 1, 1), (1, 2, 1)],
    ids=["room", "longer", "shorter", "later"],
)
def test_only_who_gives_time_back_pays_for_a_move(session, desk, starts, ends, count):
    reschedules.reschedule_session(
        session=session,
        starts_at=START + starts * HOUR,
        ends_at=START + ends * HOUR,
        room=RoomFactory(name="Studio B"),
        actor=desk,
        now=START - 20 * HOUR,
    )

    assert SessionFee.objects.count() == count


def test_a_refused_move_charges_nothing(session, room, desk):
    SessionFactory(room=room, starts_at=START + 24 * HOUR)

    with pytest.raises(bookings.slots.RoomTaken):
        reschedules.reschedule_session(
            session=session,
            starts_at=START + 24 * HOUR,
            ends_at=START + 26 * HOUR,
            room=room,
            actor=desk,
            now=START - HOUR,
        )
    assert SessionFee.objects.count() == 0


def test_a_no_show_owes_its_fee_instead_of_its_price(session, desk):
    missed = attendance.mark_no_show(session=session, actor=desk, now=START + HOUR)

    fee = SessionFee.objects.get()
    assert (fee.kind, fee.explanation) == ("no_show", "House terms: nobody came, 100 % of 333.33 EUR.")
    assert (charges_of(missed).price, charges_of(missed).total_due) == (0, Decimal("333.33"))


def test_a_fee_is_waived_with_a_reason_and_stays_on_record(session, desk):
    cancelled = cancel(session, START - HOUR, desk)
    fee = SessionFee.objects.get()

    with pytest.raises(facts.NoReason):
        fees.waive_fee(fee=fee, because="  ", actor=desk, now=START)
    fees.waive_fee(fee=fee, because="A first time", actor=desk, now=START)

    fee.refresh_from_db()
    assert (fee.waived_because, fee.waived_by, fee.waived_by_label) == ("A first time", desk, desk.label)
    assert charges_of(cancelled).total_due == 0
    assert AuditEvent.objects.get(verb="waive").reason == "A first time"
    with pytest.raises(fees.AlreadyWaived):
        fees.waive_fee(fee=fee, because="Again", actor=desk, now=START)


def test_a_fee_can_be_waived_in_the_same_act(session, desk):
    cancel(session, START - HOUR, desk, waive_because="Our boiler broke")

    assert SessionFee.objects.get().waived_because == "Our boiler broke"


def test_an_invoiced_session_takes_no_fee_and_lets_none_go(session, desk):
    cancel(session, START - HOUR, desk)
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=NOW)

    with pytest.raises(prices.AlreadyInvoiced):
        fees.waive_fee(fee=SessionFee.objects.get(), because="Late", actor=desk, now=START)


def test_an_invoiced_session_is_not_cancelled_and_its_fee_lost(session, desk):
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=NOW)

    with pytest.raises(prices.AlreadyInvoiced, match="until a credit note"):
        cancel(session, START - HOUR, desk)

    session.refresh_from_db()
    assert (session.status, SessionFee.objects.count()) == ("scheduled", 0)


def test_an_invoiced_session_is_no_no_show(session, desk):
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=NOW)

    with pytest.raises(prices.AlreadyInvoiced):
        attendance.mark_no_show(session=session, actor=desk, now=START + HOUR)

    session.refresh_from_db()
    assert (session.status, SessionFee.objects.count()) == ("scheduled", 0)


def test_terms_survive_being_stored():
    terms = Terms("House terms", timedelta(minutes=90), STEPS)

    assert from_stored(to_stored(terms)) == terms


def test_two_policies_for_the_same_bookings_are_refused(policy):
    with pytest.raises(policies.facts.BadFacts, match="There is a policy for this kind of room"):
        policies.create_policy(name="Another", steps=(), actor=None, now=NOW)
    assert BookingPolicy.objects.count() == 1

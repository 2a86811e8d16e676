"""Requests: they keep their slot, visibly for a while, and money finds its booking or goes back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import SessionNotice, SessionRequest, StudioSession, WaitlistOffer
from sessions_app.services import (
    absences,
    assignments,
    bookings,
    facts,
    holds,
    notice_texts,
    policies,
    requests,
    rooms,
    slots,
    states,
    sweeping,
    waitlist,
)
from sessions_app.services.requests import PaymentOutcome
from studio.accounts.models import AuditEvent, Notification
from studio.mail.models import EmailMessage
from studio.office.models import StudioProfile
from tests.factories import NOW, ClientFactory, HoldFactory, RoomFactory, SessionFactory, UserFactory
from tests.staff import account

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOON = timedelta(minutes=30)
MINA = requests.Visitor("Mina@Example.org ", name="Mina", email="mina@example.org")


def asked(room, *, day=0, awaits="payment", visitor=MINA, actor=None, now=NOW, **given):
    start = TEN + timedelta(days=day)
    return requests.request_session(
        title="Asked for",
        room=room,
        starts_at=start,
        ends_at=start + 2 * HOUR,
        awaits=awaits,
        visitor=visitor,
        actor=actor,
        now=now,
        **given,
    )


def status_of(request):
    return StudioSession.objects.get(pk=request.session_id).status


def test_an_unpaid_request_keeps_its_slot_for_thirty_minutes(room):
    made = asked(room)
    assert (made.session.hold_expires_at, made.visitor_email) == (NOW + SOON, "mina@example.org")

    with pytest.raises(slots.RoomTaken):
        SessionFactory(room=room, starts_at=TEN, now=NOW + timedelta(minutes=29))
    sweeping.sweep(now=NOW + SOON)

    assert status_of(made) == "expired"
    assert SessionFactory(room=room, starts_at=TEN, now=NOW + SOON).status == "scheduled"


def test_only_a_digest_tells_visitors_apart(room):
    made = asked(room)

    assert made.visitor_key == requests.Visitor("mina@example.org").key
    assert "mina" not in made.visitor_key.lower()
    assert requests.Visitor("other@example.org").key != made.visitor_key


def test_a_visitor_has_two_open_requests_at_most(room):
    first = asked(room)
    asked(room, day=1)

    with pytest.raises(requests.TooManyRequests):
        asked(room, day=2)
    asked(room, day=2, visitor=requests.Visitor("other@example.org"))
    requests.decline_request(session=first.session, reason="No engineer", actor=None, now=NOW)
    asked(room, day=3)

    assert SessionRequest.objects.count() == 4


def test_an_expired_request_no_longer_counts(room):
    asked(room)
    asked(room, day=1)

    assert status_of(asked(room, day=2, now=NOW + SOON)) == "requested"


def test_the_staff_write_down_as_many_as_they_like(room, desk, client_):
    for day in range(3):
        asked(room, day=day, awaits="approval", visitor=None, actor=desk, client=client_)

    assert SessionRequest.objects.filter(visitor_key="").count() == 3


def test_a_request_for_approval_tells_the_staff(room):
    owner = account("owner")

    made = asked(room, awaits="approval")

    assert made.session.hold_expires_at == TEN  # 48 hours, but never after the start
    assert Notification.objects.get(user=owner).text.startswith("Asked for is asked for: Studio A")


def test_how_long_a_request_waits_for_money_is_the_studio_s(room):
    StudioProfile.objects.update(request_minutes=90)

    at_once, later = asked(room).session, asked(room, day=1, awaits="approval", expires_at=NOW + HOUR).session

    assert at_once.hold_expires_at == NOW + timedelta(minutes=90)
    assert requests.ask_payment(session=later, actor=None, now=NOW).session.hold_expires_at == NOW + timedelta(
        minutes=90
    )


def test_approve_request_books_it(room, desk):
    made = asked(room, awaits="approval")

    session = requests.approve_request(session=made.session, actor=desk, now=NOW + HOUR)

    assert (session.status, session.hold_expires_at) == ("scheduled", None)


def test_approve_request_is_for_open_requests(room, desk):
    late = asked(room, awaits="approval", expires_at=NOW + HOUR)
    hold = HoldFactory(starts_at=TEN)

    for session in (late.session, hold):
        with pytest.raises(states.WrongState):
            requests.approve_request(session=session, actor=desk, now=NOW + HOUR)


def test_decline_request_frees_the_slot_with_a_reason_and_twice_is_once(room, desk):
    made = asked(room, awaits="approval")

    for reason in ("No engineer", "Another reason"):
        declined = requests.decline_request(session=made.session, reason=reason, actor=desk, now=NOW)

    assert (declined.status, declined.cancellation_reason) == ("cancelled", "No engineer")
    SessionFactory(room=room, starts_at=TEN)


def test_ask_payment_gives_time_to_pay(room, desk):
    made = asked(room, awaits="approval", expires_at=NOW + HOUR)

    waiting = requests.ask_payment(session=made.session, actor=desk, now=NOW + timedelta(minutes=50))

    made.session.refresh_from_db()
    assert (waiting.awaits, made.session.hold_expires_at) == ("payment", NOW + timedelta(minutes=80))


def pay(request, now):
    return requests.accept_payment(session=request.session, actor=None, now=now)


def double(room):
    rooms.change_room(room=room, hourly_rate=Decimal(120), actor=None, now=NOW)
    policies.create_policy(name="New terms", steps=(), actor=None, now=NOW)


@pytest.mark.parametrize("visitor", [MINA, None], ids=["visitor", "client"])
def test_what_is_to_be_paid_is_agreed_before_it_is_paid(visitor):
    room, given = RoomFactory(hourly_rate=Decimal(60)), {} if visitor else {"client": ClientFactory()}
    made = asked(room, visitor=visitor, **given)
    kept = StudioSession.objects.get(pk=made.session_id)
    assert (kept.total, kept.terms["name"], kept.price_lines.get().amount) == (120, "", 120)
    double(room)

    assert pay(made, NOW + timedelta(minutes=29)) == PaymentOutcome.CONFIRMED

    booked = StudioSession.objects.get(pk=made.session_id)
    assert (booked.total, booked.deposit_amount, booked.terms) == (120, kept.deposit_amount, kept.terms)
    assert (booked.total_source, booked.booked_at) == ("rules", NOW + timedelta(minutes=29))


def test_asking_for_payment_agrees_on_the_price_of_that_moment(desk):
    room = RoomFactory(hourly_rate=Decimal(60))
    made = asked(room, awaits="approval")
    assert StudioSession.objects.get(pk=made.session_id).total is None
    double(room)

    requests.ask_payment(session=made.session, actor=desk, now=NOW)

    kept = StudioSession.objects.get(pk=made.session_id)
    assert (kept.total, kept.terms["name"]) == (240, "New terms")
    told = AuditEvent.objects.get(object_id=str(kept.pk), verb="ask_payment").changes
    assert told["total"] == [None, "240.00"]


def test_work_in_the_house_s_own_name_is_asked_for_without_a_price():
    made = asked(RoomFactory(hourly_rate=Decimal(60)), visitor=None)

    assert made.session.total is None


def test_a_payment_in_time_books_and_a_second_one_is_told_apart(room):
    made = asked(room)

    outcomes = [pay(made, NOW + timedelta(minutes=29)), pay(made, NOW + timedelta(minutes=29))]

    assert outcomes == [PaymentOutcome.CONFIRMED, PaymentOutcome.ALREADY]
    assert status_of(made) == "scheduled"


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "not yet swept"])
def test_late_money_books_a_slot_that_is_still_free(room, swept):
    made = asked(room)
    if swept:
        sweeping.sweep(now=NOW + HOUR)

    assert pay(made, NOW + HOUR) == PaymentOutcome.CONFIRMED
    assert status_of(made) == "scheduled"


def test_late_money_for_a_slot_that_is_gone_goes_back(room):
    made = asked(room)
    SessionFactory(room=room, starts_at=TEN + HOUR, now=NOW + HOUR)

    assert pay(made, NOW + HOUR) == PaymentOutcome.REFUND
    assert status_of(made) == "expired"


def test_money_for_a_declined_request_or_a_past_session_goes_back(room, desk):
    made, missed = asked(room), asked(room, day=1)
    requests.decline_request(session=made.session, reason="Closed", actor=desk, now=NOW)

    assert pay(made, NOW) == PaymentOutcome.REFUND
    assert pay(missed, TEN + timedelta(days=2)) == PaymentOutcome.REFUND


def test_money_for_a_hold_that_waits_behind_another_goes_back(room):
    HoldFactory(room=room, starts_at=TEN, expires_at=TEN)
    second = HoldFactory(room=room, starts_at=TEN, expires_at=TEN)

    assert requests.accept_payment(session=second, actor=None, now=NOW) == PaymentOutcome.REFUND
    second.refresh_from_db()
    assert second.status == "hold"


def test_a_request_for_what_starts_at_once_has_no_time(room):
    with pytest.raises(holds.HoldNeedsFuture):
        asked(room, now=TEN)


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"message": "x" * 5001}, "5,000 characters"),
        ({"awaits": "nothing"}, "Awaits"),
        ({"visitor": requests.Visitor("m", email="not an address")}, "E-mail"),
        ({"visitor": requests.Visitor("m", name="N" * 256)}, "Name"),
    ],
    ids=["long message", "unknown", "address", "long name"],
)
def test_bad_facts_are_refused_with_their_name(room, bad, named):
    with pytest.raises(facts.BadFacts, match=named):
        asked(room, **bad)
    assert StudioSession.objects.count() == 0


def test_a_request_for_a_taken_slot_is_refused(room):
    SessionFactory(room=room, starts_at=TEN)

    with pytest.raises(slots.RoomTaken):
        asked(room)
    assert SessionRequest.objects.count() == 0


def test_cancelling_a_request_is_cancelling_its_session(room, desk):
    made = asked(room)

    bookings.cancel_session(session=made.session, reason="", actor=desk, now=NOW)

    assert status_of(made) == "cancelled"


def test_late_money_for_a_session_whose_engineer_is_away_by_now_goes_back(room):
    ada, made = UserFactory(name="Ada"), asked(room)
    assignments.assign_member(session=made.session, member=ada, actor=None, now=NOW)
    sweeping.sweep(now=NOW + HOUR)
    absences.add_absence(person=ada, starts_at=TEN, ends_at=TEN + HOUR, actor=None, now=NOW + HOUR)

    assert pay(made, NOW + HOUR) == PaymentOutcome.REFUND
    assert status_of(made) == "expired"


def test_late_money_for_an_offer_of_the_waitlist_settles_the_wish(room):
    week = timedelta(days=7)
    booked = SessionFactory(room=room, starts_at=TEN + week)
    wish = waitlist.add_entry(
        client=ClientFactory(),
        title="Waits",
        wanted_from=TEN + week,
        wanted_to=TEN + week + 2 * HOUR,
        length_minutes=120,
        actor=None,
        now=NOW,
    )
    bookings.cancel_session(session=booked, reason="", actor=None, now=NOW)
    offer = WaitlistOffer.objects.get()
    late = NOW + timedelta(hours=13)
    sweeping.sweep(now=late)

    assert requests.accept_payment(session=offer.session, actor=None, now=late) == PaymentOutcome.CONFIRMED
    wish.refresh_from_db()
    offer.refresh_from_db()
    assert (wish.state, offer.state) == ("booked", "accepted")


@pytest.mark.parametrize(("now", "outcome"), [(NOW + HOUR, "confirmed"), (TEN + 3 * HOUR, "refund")])
def test_late_money_for_what_is_in_no_room_finds_its_end(now, outcome):
    made = asked(None, visitor=None, kind="remote")

    assert pay(made, now) == outcome
    assert status_of(made) == {"confirmed": "scheduled", "refund": "cancelled"}[outcome]


def test_a_request_whose_money_goes_back_lets_its_slot_go(room):
    ada, made = UserFactory(name="Ada"), asked(room)
    assignments.assign_member(session=made.session, member=ada, actor=None, now=NOW)
    type(ada).objects.filter(pk=ada.pk).update(is_active=False)

    assert pay(made, NOW) == PaymentOutcome.REFUND
    assert status_of(made) == "cancelled"
    SessionFactory(room=room, starts_at=TEN)
    assert pay(made, NOW) == PaymentOutcome.REFUND


def told(request):
    notices = SessionNotice.objects.filter(session=request.session_id).order_by("pk")
    return [(notice.kind, notice.outcome) for notice in notices]


def test_the_client_is_asked_to_pay_once_in_the_studio_s_words(desk):
    made = asked(RoomFactory(hourly_rate=Decimal(60)), awaits="approval")
    notice_texts.settle_words(
        kind="payment_asked", is_enabled=True, subject="Pay {when}", opening="Please pay.", actor=desk, now=NOW
    )

    for _time in range(2):
        requests.ask_payment(session=made.session, actor=desk, now=NOW)

    assert told(made) == [("request_received", "written"), ("payment_asked", "written")]
    mail = EmailMessage.objects.get(kind="session_payment_asked")
    assert (mail.recipient, mail.subject) == ("mina@example.org", "Pay Tue 2 Jun 2026, 12:00-14:00")
    assert "Please pay." in mail.text
    assert "To pay: " in mail.text
    assert "Kept until: " in mail.text


def test_the_client_hears_once_that_a_request_has_expired(room):
    made = asked(room)
    for hours in (1, 2):
        sweeping.sweep(now=NOW + hours * HOUR)

    assert told(made) == [("request_received", "written"), ("request_expired", "written")]
    assert "could not keep this time" in EmailMessage.objects.get(kind="session_request_expired").text

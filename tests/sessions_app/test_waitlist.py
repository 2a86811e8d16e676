"""The waitlist: a freed slot is offered to the first whom it still fits, once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import StudioSession, WaitlistEntry, WaitlistOffer
from sessions_app.selectors.availability import check_slot
from sessions_app.services import bookings, challenges, facts, requests, states, sweeping, waitlist
from studio.accounts.models import Notification
from studio.mail.models import EmailMessage
from studio.office.models import StudioProfile
from tests.factories import NOW, ClientFactory, HoldFactory, RoomFactory, SessionFactory
from tests.jobs import run_jobs
from tests.staff import account

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 9, 10, 0, tzinfo=UTC)  # a Tuesday, noon in Paris
HOUR = timedelta(hours=1)


@pytest.fixture
def booked(room):
    return SessionFactory(title="In the way", room=room, starts_at=TEN)


def wish(title, *, client=None, now=NOW, **given):
    facts_of_it = {
        "wanted_from": TEN - 2 * HOUR,
        "wanted_to": TEN + 6 * HOUR,
        "length_minutes": 120,
        **given,
    }
    return waitlist.add_entry(client=client or ClientFactory(), title=title, actor=None, now=now, **facts_of_it)


def cancel(session, now=NOW):
    bookings.cancel_session(session=session, reason="", actor=None, now=now)


def offers():
    """Return the entries with their offers' states, in the order in which they were made."""
    return [(offer.entry.title, offer.state) for offer in WaitlistOffer.objects.order_by("pk")]


def fill_around(room):
    """Leave nothing else free on that day."""
    SessionFactory(room=room, starts_at=TEN - 3 * HOUR, ends_at=TEN)
    SessionFactory(room=room, starts_at=TEN + 2 * HOUR, ends_at=TEN + 12 * HOUR)


@pytest.mark.parametrize("freed_by", ["cancel", "move", "release", "expiry"])
def test_a_freed_slot_is_held_for_the_longest_waiting(room, freed_by):
    owner = account("owner")
    fill_around(room)
    expiring = {"starts_at": TEN, "ends_at": TEN + 2 * HOUR, "room": room, "expires_at": NOW + HOUR}
    is_hold = freed_by in {"release", "expiry"}
    held = HoldFactory(**expiring) if is_hold else SessionFactory(room=room, starts_at=TEN)
    first, _second = wish("First", room=room), wish("Second", room=room)
    later = TEN + timedelta(days=1)

    now = NOW + HOUR
    match freed_by:
        case "cancel":
            cancel(held, now)
        case "move":
            bookings.move_session(session=held, starts_at=later, ends_at=later + HOUR, actor=None, now=now)
        case "release":
            now = NOW
            challenges.release_hold(session=held, actor=None, now=now)
        case "expiry":
            sweeping.sweep(now=now)

    offer = WaitlistOffer.objects.get()
    hold = offer.session
    assert (offer.entry, hold.status, hold.hold_rank, hold.client_id) == (first, "hold", 1, first.client_id)
    assert (hold.starts_at, hold.ends_at, hold.hold_expires_at) == (TEN, TEN + 2 * HOUR, now + 12 * HOUR)
    assert Notification.objects.filter(user=owner, text__startswith="A slot is held for").count() == 1


@pytest.mark.parametrize(
    "unfit",
    [
        {"length_minutes": 180},
        {"wanted_from": TEN + HOUR},
        {"wanted_from": TEN - 5 * HOUR, "wanted_to": TEN + HOUR},
        {"room_kind": "mixing"},
    ],
    ids=["too long", "window after", "window before", "other kind"],
)
def test_whom_it_does_not_fit_is_passed_over(room, booked, unfit):
    fill_around(room)
    RoomFactory(name="Mix", kind="mixing")
    wish("Unfit", **unfit)
    wish("Fit")

    cancel(booked)

    assert offers() == [("Fit", "open")]


def test_a_group_that_is_too_large_is_passed_over(booked):
    RoomFactory(name="Hall", capacity=20)
    wish("Band of nine", group_size=9)
    wish("Solo")

    cancel(booked)

    assert offers() == [("Solo", "open")]


def test_somebody_who_has_a_session_meanwhile_is_passed_over(room, booked):
    fill_around(room)
    busy = ClientFactory()
    SessionFactory(client=busy, starts_at=TEN)
    wish("Busy", client=busy)
    wish("Idle")

    cancel(booked)

    assert offers() == [("Idle", "open")]


def test_a_declined_offer_goes_to_the_next_and_not_back(room, booked):
    fill_around(room)
    wish("First")
    wish("Second")
    cancel(booked)

    for _entry in range(2):
        waitlist.decline_offer(offer=WaitlistOffer.objects.get(state="open"), actor=None, now=NOW)

    assert offers() == [("First", "declined"), ("Second", "declined")]
    assert not StudioSession.objects.filter(starts_at=TEN, status="hold").exists()
    assert WaitlistEntry.objects.waiting(NOW).count() == 2


def test_an_expired_offer_goes_to_the_next(room, booked):
    fill_around(room)
    wish("First")
    wish("Second")
    cancel(booked)

    sweeping.sweep(now=NOW + 12 * HOUR)

    assert offers() == [("First", "expired"), ("Second", "open")]


def test_an_accepted_offer_books_and_closes_the_entry(room, booked):
    entry = wish("First")
    cancel(booked)

    session = waitlist.accept_offer(offer=WaitlistOffer.objects.get(), actor=None, now=NOW)

    entry.refresh_from_db()
    assert (session.status, entry.state, offers()) == ("scheduled", "booked", [("First", "accepted")])
    with pytest.raises(states.WrongState):
        waitlist.accept_offer(offer=WaitlistOffer.objects.get(), actor=None, now=NOW)
    with pytest.raises(waitlist.AlreadySettled):
        waitlist.withdraw_entry(entry=entry, actor=None, now=NOW)


def test_one_entry_gets_one_of_two_slots(room, booked):
    other = SessionFactory(room=RoomFactory(name="Studio B"), starts_at=TEN)
    wish("Either")

    cancel(booked)
    cancel(other)

    assert offers() == [("Either", "open")]


def test_a_long_slot_serves_several(room):
    SessionFactory(room=room, starts_at=TEN - 3 * HOUR, ends_at=TEN)
    SessionFactory(room=room, starts_at=TEN + 4 * HOUR, ends_at=TEN + 12 * HOUR)
    long = SessionFactory(room=room, starts_at=TEN, ends_at=TEN + 4 * HOUR)
    wish("First")
    wish("Second")

    cancel(long)

    held = StudioSession.objects.filter(status="hold").order_by("starts_at")
    assert [(hold.title, hold.starts_at) for hold in held] == [("First", TEN), ("Second", TEN + 2 * HOUR)]


def test_after_the_cut_off_it_asks_and_holds_nothing(room, booked):
    owner = account("owner")
    wish("First")
    wish("Second")

    cancel(booked, TEN - 23 * HOUR)

    assert offers() == []
    told = Notification.objects.get(user=owner)
    assert (told.text.startswith("A slot is free that"), "waitlistentry" in told.link) == (True, True)


def test_cut_off_and_length_of_an_offer_are_the_studio_s(room, booked):
    StudioProfile.objects.update(waitlist_cut_off_hours=2, waitlist_offer_hours=1)
    wish("First")

    cancel(booked, TEN - 3 * HOUR)

    assert WaitlistOffer.objects.get().session.hold_expires_at == TEN - 2 * HOUR


def test_an_offer_says_that_it_comes_from_the_waitlist(booked):
    wish("First", client=ClientFactory(email="first@client.example"))

    cancel(booked)

    mail = EmailMessage.objects.get(recipient="first@client.example")
    assert (mail.kind, "you are on our waitlist" in mail.text) == ("session_waitlist_offer", True)


def test_who_pays_late_for_an_offer_keeps_no_second_one_and_is_told_so(room, booked):
    other = SessionFactory(room=RoomFactory(name="Studio B"), starts_at=TEN)
    entry = wish("Either", client=ClientFactory(email="either@client.example"))
    cancel(booked)
    late = WaitlistOffer.objects.get().session
    sweeping.sweep(now=NOW + 12 * HOUR)
    cancel(other, NOW + 12 * HOUR)
    assert offers() == [("Either", "expired"), ("Either", "open")]
    wish("Next", room=other.room)

    assert requests.accept_payment(session=late, actor=None, now=NOW + 13 * HOUR) == requests.PaymentOutcome.CONFIRMED
    run_jobs()

    entry.refresh_from_db()
    assert entry.state == "booked"
    assert offers()[:2] == [("Either", "accepted"), ("Either", "declined")]
    held = StudioSession.objects.filter(client=entry.client_id).order_by("pk")
    assert [session.status for session in held] == ["scheduled", "cancelled"]
    mails = {mail.kind: mail.text for mail in EmailMessage.objects.filter(recipient="either@client.example")}
    assert mails.keys() == {"session_waitlist_offer", "session_confirmation", "session_cancellation"}
    assert "Another time from the waitlist is booked." in mails["session_cancellation"]
    again = requests.accept_payment(session=held[1], actor=None, now=NOW + 13 * HOUR)
    assert again == requests.PaymentOutcome.REFUND


def test_a_withdrawn_entry_gives_its_offer_to_the_next(room, booked):
    fill_around(room)
    first = wish("First")
    wish("Second")
    cancel(booked)

    for _twice in range(2):
        waitlist.withdraw_entry(entry=first, actor=None, now=NOW)

    assert offers() == [("First", "declined"), ("Second", "open")]
    first.refresh_from_db()
    assert first.state == "withdrawn"


@pytest.mark.parametrize(
    "bad",
    [
        {"wanted_to": NOW, "wanted_from": NOW - 9 * HOUR},
        {"length_minutes": 9 * 60},
        {"group_size": 99},
    ],
    ids=["past", "longer than its window", "no such room"],
)
def test_a_wish_that_nothing_can_fulfil_is_refused(room, bad):
    with pytest.raises(waitlist.ImpossibleWish):
        wish("Bad", **bad)


@pytest.mark.parametrize(
    "bad",
    [{"length_minutes": 0}, {"group_size": 0}, {"room_kind": "cellar"}, {"kind": "party"}],
    ids=["no length", "nobody", "room kind", "kind"],
)
def test_bad_facts_are_refused(room, bad):
    with pytest.raises((facts.BadFacts, waitlist.ImpossibleWish)):
        wish("Bad", **bad)
    assert WaitlistEntry.objects.count() == 0


def test_a_room_and_a_kind_of_room_are_not_both_asked(room):
    with pytest.raises(facts.BadFacts):
        wish("Bad", room=room, room_kind=room.kind)


def test_raw_sql_cannot_offer_twice(room, booked):
    entry = wish("First")
    cancel(booked)
    other = SessionFactory(starts_at=TEN)

    with (
        pytest.raises(IntegrityError, match="waitlist_offers_one_that_counts"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("INSERT INTO waitlist_offers (entry_id, session_id) VALUES (%s, %s)", [entry.pk, other.pk])


def test_a_wish_that_does_not_fit_keeps_nobody_from_a_slot_that_is_out_of_time(room):
    asked = {"room": room, "starts_at": TEN, "ends_at": TEN + 2 * HOUR, "now": NOW + HOUR}
    HoldFactory(room=room, starts_at=TEN, ends_at=TEN + 2 * HOUR, expires_at=NOW + HOUR)
    wish("Longer than what is free", room=room, wanted_to=TEN + HOUR / 2, length_minutes=150)
    fill_around(room)

    assert not check_slot(**asked).free  # nobody has looked whether the wish fits
    assert bookings.book_session(title="Walk-in", actor=None, **asked).status == "scheduled"

"""Booking, moving and cancelling by the service."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from sessions_app.models import Project, StudioSession
from sessions_app.services import bookings, facts, project_links, rooms, slots, states
from studio.tenancy.context import inside
from tests.factories import NOW, ClientFactory, HoldFactory, ProjectFactory, RoomFactory, SessionFactory
from tests.trails import trail

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # 12:00 in Paris
HOUR = timedelta(hours=1)


def test_book_session_without_project_leaves_it_empty(room, client_, desk):
    session = bookings.book_session(
        title="Vocals", starts_at=TEN, ends_at=TEN + HOUR, client=client_, room=room, actor=desk, now=NOW
    )

    kept = StudioSession.objects.get(pk=session.pk)
    assert (kept.project, kept.project_label, kept.status, kept.client, kept.currency) == (
        None,
        "",
        "scheduled",
        client_,
        "EUR",
    )
    assert trail(session) == [("book", "Dana Desk <desk@example.org>", "")]


def test_book_session_with_project_links_it(room, desk):
    project = ProjectFactory(name="Night Train")

    session = SessionFactory(room=room, client=project.client, project=project)

    kept = StudioSession.objects.select_related("project").get(pk=session.pk)
    assert (kept.project, kept.project_label) == (project, "Night Train")


def test_book_session_in_house_may_work_for_any_project():
    project = ProjectFactory()

    session = SessionFactory(client=None, project=project)

    assert session.project == project


def test_book_session_refuses_the_project_of_another_client(client_):
    project = ProjectFactory()

    with pytest.raises(project_links.ProjectOfAnotherClient, match="This project belongs to another client"):
        SessionFactory(client=client_, project=project)

    assert StudioSession.objects.count() == 0


def test_book_session_refuses_an_unknown_project():
    gone = ProjectFactory()
    Project.objects.filter(pk=gone.pk).delete()

    with pytest.raises(project_links.UnknownProject, match="does not exist"):
        SessionFactory(project=gone)


def test_project_of_another_studio_can_never_be_linked(other_studio):
    with inside(other_studio):
        theirs = ProjectFactory(name="Theirs")

    with pytest.raises(project_links.UnknownProject):
        SessionFactory(project=theirs)

    # Keys are counted per studio: the same number may well name another project here.
    mine = ProjectFactory(name="Mine")
    Project.objects.filter(pk=mine.pk).update(id=theirs.pk)
    with pytest.raises(project_links.UnknownProject):
        SessionFactory(project=theirs)
    assert StudioSession.objects.count() == 0


def test_book_session_stores_setup_and_teardown_as_instants():
    room = RoomFactory(setup_minutes=15, teardown_minutes=30)

    session = SessionFactory(room=room, starts_at=TEN)

    assert (session.blocked_from, session.blocked_to) == (
        TEN - timedelta(minutes=15),
        TEN + 2 * HOUR + timedelta(minutes=30),
    )


def test_new_buffers_leave_booked_sessions_as_they_are(room, desk):
    session = SessionFactory(room=room, starts_at=TEN)

    rooms.change_room(room=room, setup_minutes=60, actor=desk, now=NOW)

    session.refresh_from_db()
    assert session.blocked_from == TEN


def test_book_session_refuses_a_taken_room_with_alternatives(room, client_):
    spare = RoomFactory(name="Studio B")
    taken = SessionFactory(room=room, client=client_, title="Drums", starts_at=TEN)

    with pytest.raises(slots.RoomTaken, match="Studio A is taken at that time") as refusal:
        SessionFactory(room=room, starts_at=TEN + HOUR)

    error = refusal.value
    assert [reason.sessions for reason in error.reasons] == [(taken,)]
    assert "Mina" not in str(error)
    assert error.reasons[0].staff_sentence.endswith("Drums, Mina Morel (Tue 2 Jun 2026, 12:00-14:00)")
    assert [(slot.room, slot.starts_at) for slot in error.alternatives] == [
        (room, TEN + 2 * HOUR),
        (room, TEN - 2 * HOUR),
        (room, TEN + 4 * HOUR),
        (spare, TEN + HOUR),
    ]


def test_every_alternative_can_be_booked(room):
    RoomFactory(name="Studio B")
    SessionFactory(room=room, starts_at=TEN)
    with pytest.raises(slots.RoomTaken) as refusal:
        SessionFactory(room=room, starts_at=TEN)

    for slot in refusal.value.alternatives:
        session = SessionFactory(room=slot.room, starts_at=slot.starts_at, ends_at=slot.ends_at)
        bookings.cancel_session(session=session, reason="trial", actor=None, now=NOW)


def test_constraint_that_speaks_last_is_told_with_alternatives(room, monkeypatch):
    # Somebody who took no lock: the question says free, the table says no.
    SessionFactory(room=room, starts_at=TEN)
    monkeypatch.setattr(slots, "require_free", lambda answer: None)

    with pytest.raises(slots.RoomTaken, match="Somebody has just taken this time") as refusal:
        SessionFactory(room=room, starts_at=TEN)

    assert refusal.value.alternatives[0].starts_at == TEN - 2 * HOUR
    assert StudioSession.objects.count() == 1


def test_book_session_elsewhere_needs_no_opening_hours():
    night = datetime(2026, 6, 2, 1, 0, tzinfo=UTC)

    session = SessionFactory(room=None, kind="location", location="Old church", starts_at=night)

    assert (session.room, session.blocked_from, session.blocked_to) == (None, night, night + 2 * HOUR)


def test_book_session_touching_another_is_allowed(room):
    SessionFactory(room=room, starts_at=TEN)

    SessionFactory(room=room, starts_at=TEN + 2 * HOUR)
    SessionFactory(room=room, starts_at=TEN - 2 * HOUR)

    assert StudioSession.objects.count() == 3


def test_move_session_takes_the_new_slot_and_frees_the_old(room, desk):
    other_room = RoomFactory(setup_minutes=30)
    session = SessionFactory(room=room, starts_at=TEN)

    moved = bookings.move_session(
        session=session,
        starts_at=TEN + HOUR,
        ends_at=TEN + 2 * HOUR,
        room=other_room,
        reason="Piano",
        actor=desk,
        now=NOW,
    )

    kept = StudioSession.objects.select_related("room").get(pk=session.pk)
    assert (kept.room, kept.starts_at, kept.ends_at, kept.blocked_from) == (
        other_room,
        TEN + HOUR,
        TEN + 2 * HOUR,
        TEN + timedelta(minutes=30),
    )
    assert moved == kept
    assert trail(session)[-1] == ("move", "Dana Desk <desk@example.org>", "Piano")
    SessionFactory(room=room, starts_at=TEN)


def test_move_session_that_was_loaded_before_another_move_stays_in_its_room(room, desk):
    session, other_room = SessionFactory(room=room, starts_at=TEN), RoomFactory()
    loaded_before = StudioSession.objects.select_related("room").get(pk=session.pk)
    bookings.move_session(session=session, starts_at=TEN, ends_at=TEN + HOUR, room=other_room, actor=desk, now=NOW)

    moved = bookings.move_session(
        session=loaded_before, starts_at=TEN + HOUR, ends_at=TEN + 2 * HOUR, actor=desk, now=NOW
    )

    assert (moved.room, moved.starts_at) == (other_room, TEN + HOUR)


def test_move_session_onto_itself_partly_is_allowed(room, desk):
    session = SessionFactory(room=room, starts_at=TEN)

    moved = bookings.move_session(session=session, starts_at=TEN + HOUR, ends_at=TEN + 3 * HOUR, actor=desk, now=NOW)

    assert (moved.room, moved.starts_at) == (room, TEN + HOUR)


def test_move_session_onto_another_is_refused_and_changes_nothing(room, desk):
    SessionFactory(room=room, starts_at=TEN)
    session = SessionFactory(room=room, starts_at=TEN + 4 * HOUR)

    with pytest.raises(slots.RoomTaken):
        bookings.move_session(session=session, starts_at=TEN, ends_at=TEN + HOUR, actor=desk, now=NOW)

    session.refresh_from_db()
    assert session.starts_at == TEN + 4 * HOUR


def test_move_session_out_of_the_house(room, desk):
    session = SessionFactory(room=room, starts_at=TEN)

    away = {"starts_at": TEN, "ends_at": TEN + HOUR, "room": None, "actor": desk, "now": NOW}

    with pytest.raises(slots.SlotRefused, match="in the studio needs a room"):
        bookings.move_session(session=session, **away)
    moved = bookings.move_session(session=session, kind="remote", **away)

    assert (moved.room, moved.kind, trail(session)[-1][0]) == (None, "remote", "move")


def test_book_session_in_the_studio_needs_a_room(desk):
    with pytest.raises(slots.SlotRefused, match="in the studio needs a room"):
        bookings.book_session(title="Nowhere", starts_at=TEN, ends_at=TEN + HOUR, actor=desk, now=NOW)

    assert StudioSession.objects.count() == 0


@pytest.mark.parametrize("status", ["in_progress", "completed", "cancelled", "no_show", "expired"])
def test_move_session_refuses_one_that_has_begun_or_is_over(room, desk, status):
    session = SessionFactory(room=room, starts_at=TEN)
    StudioSession.objects.filter(pk=session.pk).update(status=status)

    with pytest.raises(states.WrongState, match="cannot be moved"):
        bookings.move_session(session=session, starts_at=TEN, ends_at=TEN + HOUR, actor=desk, now=NOW)


def test_move_session_refuses_an_invoiced_one(room, desk):
    session = SessionFactory(room=room, starts_at=TEN)
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=NOW)

    with pytest.raises(states.WrongState, match="invoiced"):
        bookings.move_session(session=session, starts_at=TEN, ends_at=TEN + HOUR, actor=desk, now=NOW)


def test_kept_overlap_counts_as_taken_and_is_settled_by_a_move(room, desk):
    kept = SessionFactory(room=room, starts_at=TEN)
    StudioSession.objects.filter(pk=kept.pk).update(overlap_kept=True)
    with pytest.raises(slots.RoomTaken):
        SessionFactory(room=room, starts_at=TEN)
    assert list(StudioSession.objects.to_settle()) == [kept]

    bookings.move_session(session=kept, starts_at=TEN + 4 * HOUR, ends_at=TEN + 5 * HOUR, actor=desk, now=NOW)

    assert list(StudioSession.objects.to_settle()) == []
    SessionFactory(room=room, starts_at=TEN)


def test_kept_overlap_is_settled_by_cancelling_it(room, desk):
    kept = SessionFactory(room=room, starts_at=TEN)
    StudioSession.objects.filter(pk=kept.pk).update(overlap_kept=True)

    bookings.cancel_session(session=kept, reason="", actor=desk, now=NOW)

    assert list(StudioSession.objects.to_settle()) == []


def test_cancel_session_frees_the_slot_and_says_who(room, desk):
    session = SessionFactory(room=room, starts_at=TEN)

    bookings.cancel_session(session=session, reason="Singer ill", actor=desk, now=NOW)

    kept = StudioSession.objects.get(pk=session.pk)
    assert (kept.status, kept.cancellation_reason, kept.cancelled_at, kept.cancelled_by, kept.cancelled_by_label) == (
        "cancelled",
        "Singer ill",
        NOW,
        desk,
        "Dana Desk <desk@example.org>",
    )
    assert trail(session)[-1] == ("cancel", "Dana Desk <desk@example.org>", "Singer ill")
    SessionFactory(room=room, starts_at=TEN)


def test_cancel_session_twice_is_once(room, desk):
    session = SessionFactory(room=room)
    bookings.cancel_session(session=session, reason="first", actor=desk, now=NOW)

    again = bookings.cancel_session(session=session, reason="second", actor=None, now=NOW + HOUR)

    assert (again.cancellation_reason, again.cancelled_at) == ("first", NOW)
    assert [verb for verb, _actor, _reason in trail(session)] == ["book", "cancel"]


def test_account_that_cancelled_can_be_deleted(room, desk):
    session = SessionFactory(room=room)
    bookings.cancel_session(session=session, reason="", actor=desk, now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users WHERE id = %s", [desk.pk])

    session.refresh_from_db()
    assert (session.cancelled_by, session.cancelled_by_label) == (None, "Dana Desk <desk@example.org>")


def test_amounts_are_kept_as_agreed(room):
    session = SessionFactory(room=room, total=Decimal("120.00"), deposit_amount=Decimal("36.00"))

    session.refresh_from_db()
    assert (session.total, session.deposit_amount, session.deposit_paid, session.payment_status) == (
        Decimal("120.00"),
        Decimal("36.00"),
        False,
        "unpaid",
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "Title: This field cannot be blank."),
        ({"title": "x" * 256}, "Title: Ensure this value has at most 255 characters"),
        ({"kind": "party"}, "Kind: Value 'party' is not a valid choice."),
        ({"booking_type": "nightly"}, "Booking type: Value 'nightly' is not a valid choice."),
        ({"total": Decimal("1.005")}, "Total: Ensure that there are no more than 2 decimal places."),
        ({"total": Decimal(10) ** 10}, "Total: Ensure that there are no more than"),
        ({"deposit_amount": Decimal("-0.01")}, "A deposit may not be negative."),
    ],
)
def test_book_session_refuses_facts_that_do_not_fit(room, wrong, sentence):
    with pytest.raises(facts.BadFacts, match=sentence):
        SessionFactory(room=room, **wrong)

    assert StudioSession.objects.count() == 0


@pytest.mark.parametrize("wrong", [{"title": ""}, {"title": "x" * 256}, {"kind": "party"}])
def test_place_hold_refuses_facts_that_do_not_fit(room, wrong):
    with pytest.raises(facts.BadFacts):
        HoldFactory(room=room, **wrong)

    assert StudioSession.objects.count() == 0


def test_cancel_session_refuses_a_reason_that_is_too_long(room, desk):
    session = SessionFactory(room=room)

    with pytest.raises(facts.BadFacts, match="Cancellation reason: Ensure this value has at most 500 characters"):
        bookings.cancel_session(session=session, reason="x" * 501, actor=desk, now=NOW)

    session.refresh_from_db()
    assert session.status == "scheduled"


def test_currency_is_the_client_s():
    client = ClientFactory(currency="CHF")

    assert SessionFactory(client=client).currency == "CHF"


def test_what_a_studio_books_another_does_not_see(room, other_studio):
    SessionFactory(room=room)

    with inside(other_studio):
        assert StudioSession.objects.count() == 0
    assert StudioSession.objects.count() == 1

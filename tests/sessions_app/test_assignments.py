"""A session has its room, its people and its equipment together, or it is not booked at all."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import AssignmentStatus, Equipment, SessionAssignment, SessionStatus, StudioSession
from sessions_app.selectors.answers import ReasonKind
from sessions_app.selectors.availability import check_slot, free_slots
from sessions_app.selectors.crew import Crew, crew_of
from sessions_app.services import assignments, bookings, facts, holds, slots, states
from studio.accounts.models import AuditEvent
from tests.factories import (
    NOW,
    EquipmentFactory,
    HoldFactory,
    MusicianFactory,
    RoomFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KINDS = ["engineer", "talent", "equipment"]
LISTS = {"engineer": "engineers", "talent": "talents", "equipment": "equipment"}


@pytest.fixture
def nora():
    return UserFactory(name="Nora Berg", email="nora@example.org")


@pytest.fixture
def microphone():
    return EquipmentFactory(name="U 87", serial_number="SN1", daily_rate=Decimal(25))


@pytest.fixture
def singer():
    return MusicianFactory(name="Ada Alt", hourly_rate=Decimal("40.00"))


@pytest.fixture
def members(nora, singer, microphone):
    return {"engineer": nora, "talent": singer, "equipment": microphone}


def book(start=TEN, length=2, **facts):
    facts.setdefault("room", RoomFactory())
    return bookings.book_session(
        **{"title": "Vocals", "actor": None, "now": NOW} | facts, starts_at=start, ends_at=start + length * HOUR
    )


def names_on(session):
    return sorted(session.assignments.values_list("label", flat=True))


# Booking ------------------------------------------------------------------------------------------


def test_a_booking_takes_its_crew_along_with_labels_and_rates(desk, nora, singer, microphone):
    session = book(engineers=[nora], talents=[singer], equipment=[microphone], actor=desk)

    rows = SessionAssignment.objects.filter(session=session).order_by("kind")
    assert list(rows.values_list("kind", "label", "status", "rate", "starts_at", "occupying")) == [
        ("engineer", "Nora Berg <nora@example.org>", "assigned", None, TEN, True),
        ("equipment", "U 87 (SN1)", "assigned", Decimal(25), TEN, True),
        ("talent", "Ada Alt", "assigned", Decimal(40), TEN, True),
    ]
    told = AuditEvent.objects.get(verb="book").changes
    assert {kind: told[kind][1] for kind in KINDS} == {
        "engineer": ["Nora Berg <nora@example.org>"],
        "talent": ["Ada Alt"],
        "equipment": ["U 87 (SN1)"],
    }


@pytest.mark.parametrize("kind", KINDS)
def test_one_missing_and_nothing_is_saved_and_it_is_named(members, kind, client_):
    member = members[kind]
    book(title="First", client=client_, **{LISTS[kind]: [member]})

    with pytest.raises(slots.CrewMissing) as refused:
        book(start=TEN + HOUR, **{LISTS[each]: [members[each]] for each in KINDS})

    name = {"engineer": "Nora Berg", "talent": "Ada Alt", "equipment": "U 87 (SN1)"}[kind]
    (reason,) = refused.value.reasons
    assert str(refused.value) == f"{name} cannot be had at that time."
    assert reason.staff_sentence == (
        f"{name} is in another session at that time. First, Mina Morel (Tue 2 Jun 2026, 12:00-14:00)"
    )
    assert reason.kind == (ReasonKind.EQUIPMENT_OUT if kind == "equipment" else ReasonKind.NOBODY_TO_WORK)
    assert (StudioSession.objects.count(), SessionAssignment.objects.count()) == (1, 1)


def test_everybody_who_is_missing_is_named_at_once(members):
    crew = {LISTS[each]: [members[each]] for each in KINDS}
    book(**crew)

    with pytest.raises(slots.CrewMissing) as refused:
        book(**crew)
    assert [reason.kind for reason in refused.value.reasons] == [
        ReasonKind.NOBODY_TO_WORK,
        ReasonKind.NOBODY_TO_WORK,
        ReasonKind.EQUIPMENT_OUT,
    ]


def test_every_alternative_to_a_missing_crew_can_be_booked(room, members):
    crew = {LISTS[each]: [members[each]] for each in KINDS}
    book(**crew)
    RoomFactory(name="Free at that hour, which does not help")

    with pytest.raises(slots.CrewMissing) as refused:
        book(room=room, **crew)

    offered = refused.value.alternatives
    assert [(slot.room, slot.starts_at) for slot in offered] == [
        (room, TEN - 2 * HOUR),
        (room, TEN + 2 * HOUR),
        (room, TEN + 4 * HOUR),
    ]
    for slot in offered[1:]:
        book(room=slot.room, start=slot.starts_at, title=str(slot.starts_at), **crew).delete()


def test_free_slots_leave_out_when_the_crew_is_elsewhere(room, nora):
    book(engineers=[nora])
    day = TEN.date()
    with_nora = free_slots(room=room, day=day, length=2 * HOUR, now=NOW, crew=Crew(engineers=(nora,)))
    without = free_slots(room=room, day=day, length=2 * HOUR, now=NOW)

    lost = sorted({slot.starts_at for slot in without} - {slot.starts_at for slot in with_nora})
    assert lost == [TEN + minutes * timedelta(minutes=30) for minutes in range(-3, 4)]


def test_a_location_session_needs_its_crew_as_well(nora):
    book(engineers=[nora])

    with pytest.raises(slots.CrewMissing):
        book(room=None, engineers=[nora])


def test_an_account_that_is_closed_cannot_be_booked(nora):
    nora.is_active = False
    nora.save()

    with pytest.raises(slots.CrewMissing) as refused:
        book(engineers=[nora])
    assert refused.value.reasons[0].staff_sentence == "Nora Berg does not work here any more."


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"status": "out_of_service"}, "U 87 (SN1) is out of service."),
        ({"status": "rented"}, "U 87 (SN1) is rented out."),
        ({"is_active": False}, "U 87 (SN1) is not in the house any more."),
    ],
)
def test_equipment_that_is_no_use_cannot_be_booked(microphone, facts, why):
    Equipment.objects.filter(pk=microphone.pk).update(**facts)
    microphone.refresh_from_db()

    with pytest.raises(slots.CrewMissing) as refused:
        book(equipment=[microphone])
    assert refused.value.reasons[0].staff_sentence == why


def test_the_same_one_named_twice_is_there_once(nora):
    assert book(engineers=[nora, nora]).assignments.count() == 1


# Moves, holds, ends -------------------------------------------------------------------------------


def test_a_move_takes_the_crew_along(nora):
    session = book(engineers=[nora])
    bookings.move_session(session=session, starts_at=TEN + HOUR, ends_at=TEN + 3 * HOUR, actor=None, now=NOW)

    assert list(session.assignments.values_list("starts_at", "ends_at")) == [(TEN + HOUR, TEN + 3 * HOUR)]


def test_a_move_to_where_the_crew_is_elsewhere_is_refused_and_named(room, nora):
    book(engineers=[nora])
    session = book(start=TEN + 4 * HOUR, room=room, engineers=[nora])

    asked = {"room": room, "starts_at": TEN + HOUR, "ends_at": TEN + 3 * HOUR, "now": NOW}
    answer = check_slot(**asked, moving=session)
    with pytest.raises(slots.CrewMissing, match="Nora Berg"):
        bookings.move_session(session=session, actor=None, **asked)
    assert (answer.free, [reason.kind for reason in answer.reasons]) == (False, [ReasonKind.NOBODY_TO_WORK])
    session.refresh_from_db()
    assert session.starts_at == TEN + 4 * HOUR


def test_a_cancelled_session_frees_its_crew(nora):
    session = book(engineers=[nora])
    bookings.cancel_session(session=session, reason="ill", actor=None, now=NOW)

    assert names_on(book(engineers=[nora])) == names_on(session) != []


def test_a_hold_that_ran_out_frees_its_crew_for_whoever_books_next(nora):
    hold = HoldFactory(engineers=[nora], expires_at=NOW + HOUR)
    book(engineers=[nora], now=NOW + 2 * HOUR)

    hold.refresh_from_db()
    assert (hold.status, hold.assignments.get().occupying) == (SessionStatus.EXPIRED, False)


def test_a_second_hold_with_the_same_crew_waits_behind_the_first(room, nora):
    first = HoldFactory(room=room, engineers=[nora])
    second = HoldFactory(room=room, engineers=[nora])
    assert (first.hold_rank, second.hold_rank) == (1, 2)

    with pytest.raises(slots.RoomTaken):
        holds.confirm_hold(session=second, actor=None, now=NOW)
    bookings.cancel_session(session=first, reason="no", actor=None, now=NOW)
    confirmed = holds.confirm_hold(session=second, actor=None, now=NOW)
    assert confirmed.assignments.get().occupying is True


def test_a_hold_waits_for_a_hold_elsewhere_that_has_its_engineer(room, nora):
    HoldFactory(engineers=[nora])

    assert HoldFactory(room=room, engineers=[nora]).hold_rank == 2


def test_a_hold_does_not_wait_for_a_booking_elsewhere_that_has_its_engineer(room, nora):
    book(engineers=[nora])

    with pytest.raises(slots.CrewMissing, match="Nora Berg"):
        HoldFactory(room=room, engineers=[nora])


def test_a_hold_is_not_confirmed_while_its_engineer_is_elsewhere(room, nora):
    elsewhere = HoldFactory(engineers=[nora])
    waiting = HoldFactory(room=room, engineers=[nora])
    holds.confirm_hold(session=elsewhere, actor=None, now=NOW)

    with pytest.raises(slots.CrewMissing, match="Nora Berg"):
        holds.confirm_hold(session=waiting, actor=None, now=NOW)


# One at a time ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_member_is_put_on_and_taken_off_with_a_line_in_the_trail(desk, members, kind):
    session = book()
    row = assignments.assign_member(
        session=session, member=members[kind], role="lead", rate=Decimal("55.50"), actor=desk, now=NOW
    )
    assert (row.role, row.rate, getattr(row, kind)) == ("lead", Decimal("55.50"), members[kind])
    assignments.unassign_member(assignment=row, actor=desk, now=NOW, reason="not needed")
    assignments.unassign_member(assignment=row, actor=desk, now=NOW)

    told = AuditEvent.objects.filter(verb__in=["assign", "unassign"]).order_by("pk")
    assert [(each.object_id, each.verb, each.changes, each.reason) for each in told] == [
        (str(session.pk), "assign", {kind: [None, row.label]}, ""),
        (str(session.pk), "unassign", {kind: [row.label, None]}, "not needed"),
    ]


def test_who_is_elsewhere_is_not_put_on(nora):
    book(engineers=[nora])
    session = book()

    with pytest.raises(slots.CrewMissing, match=r"^Nora Berg cannot be had at that time\.$"):
        assignments.assign_member(session=session, member=nora, actor=None, now=NOW)
    assert names_on(session) == []


def test_twice_on_one_session_is_refused(nora):
    session = book(engineers=[nora])

    with pytest.raises(assignments.AlreadyAssigned, match=r"^Nora Berg is on this session already\.$"):
        assignments.assign_member(session=session, member=nora, actor=None, now=NOW)


def test_who_declines_is_free_and_can_be_asked_again_only_while_free(nora):
    session = book(engineers=[nora])
    row = session.assignments.get()
    decline = {"assignment": row, "status": AssignmentStatus.DECLINED, "actor": None, "now": NOW}
    assignments.change_assignment(**decline)
    assert crew_of(session) == Crew()
    other = book(engineers=[nora])

    with pytest.raises(slots.CrewMissing):
        assignments.change_assignment(assignment=row, status=AssignmentStatus.CONFIRMED, actor=None, now=NOW)
    with pytest.raises(slots.CrewMissing):
        assignments.assign_member(session=session, member=nora, actor=None, now=NOW)
    bookings.cancel_session(session=other, reason="no", actor=None, now=NOW)
    again = assignments.assign_member(session=session, member=nora, actor=None, now=NOW)
    assert (again.pk, again.status) == (row.pk, AssignmentStatus.ASSIGNED)


def test_what_was_agreed_is_changed_and_told(desk, singer):
    session = book(talents=[singer])
    row = session.assignments.get()
    assignments.change_assignment(assignment=row, role="harmonies", rate=None, actor=desk, now=NOW)
    assignments.change_assignment(assignment=row, role="harmonies", actor=desk, now=NOW)

    row.refresh_from_db()
    assert (row.role, row.rate) == ("harmonies", None)
    assert AuditEvent.objects.get(verb="change", object_type="sessions_app.studiosession").changes == {
        "Ada Alt: role": ["", "harmonies"],
        "Ada Alt: rate": ["40.00", None],
    }


@pytest.mark.parametrize(
    "given",
    [{"rate": Decimal(-1)}, {"rate": Decimal("1e15")}, {"role": "x" * 101}, {"role": "a\x00b"}, {"notes": "n" * 501}],
    ids=["negative", "huge", "long", "NUL", "long notes"],
)
def test_nonsense_is_refused_and_nothing_is_saved(nora, given):
    session = book()

    with pytest.raises(facts.BadFacts):
        assignments.assign_member(session=session, member=nora, actor=None, now=NOW, **given)
    assert names_on(session) == []


@pytest.mark.parametrize("ended", ["cancelled", "invoiced"])
def test_a_session_that_is_over_with_keeps_its_crew(nora, ended):
    session = book(engineers=[nora])
    facts = {"status": "cancelled"} if ended == "cancelled" else {"invoiced_at": NOW}
    StudioSession.objects.filter(pk=session.pk).update(**facts)

    with pytest.raises(states.WrongState):
        assignments.assign_member(session=session, member=UserFactory(), actor=None, now=NOW)
    with pytest.raises(states.WrongState):
        assignments.unassign_member(assignment=session.assignments.get(), actor=None, now=NOW)
    assert names_on(session) == ["Nora Berg <nora@example.org>"]


def test_who_worked_is_corrected_after_the_session(nora):
    session = SessionFactory()
    StudioSession.objects.filter(pk=session.pk).update(status=SessionStatus.COMPLETED)
    later = session.ends_at + 24 * HOUR

    assert assignments.assign_member(session=session, member=nora, actor=None, now=later).occupying is True


def test_an_assignment_that_is_gone_says_so(nora):
    session = book(engineers=[nora])
    row = session.assignments.get()
    assignments.unassign_member(assignment=row, actor=None, now=NOW)

    with pytest.raises(assignments.NotAssigned):
        assignments.change_assignment(assignment=row, role="x", actor=None, now=NOW)


# Counting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", [1, 3])
def test_asking_for_a_crew_costs_the_same_for_one_and_for_many(room, django_assert_num_queries, each):
    crew = Crew(
        tuple(UserFactory() for _number in range(each)),
        tuple(MusicianFactory() for _number in range(each)),
        tuple(EquipmentFactory() for _number in range(each)),
    )
    asked = {"room": room, "starts_at": TEN, "ends_at": TEN + HOUR, "now": NOW, "crew": crew}

    with django_assert_num_queries(6):
        assert check_slot(**asked).free
    book(engineers=crew.engineers, talents=crew.talents, equipment=crew.equipment)
    with django_assert_num_queries(6):
        refused = check_slot(**asked)
        assert len(refused.reasons) == 3 * each
    with django_assert_num_queries(11):
        assert refused.alternatives

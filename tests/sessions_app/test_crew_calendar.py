"""The calendar by engineer and by equipment, and giving a session from one to another."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions_app.models import Absence, EquipmentService, SessionAssignment
from sessions_app.selectors.calendar import NOBODY, BandKind, Lane
from sessions_app.selectors.crew_calendar import MOST_SHOWN, crew_calendar
from sessions_app.services import assignments, bookings, rosters, slots
from studio.accounts.models import AuditEvent
from tests.factories import NOW, ClientFactory, EquipmentFactory, RoomFactory, SessionFactory
from tests.staff import account

PARIS = ZoneInfo("Europe/Paris")
TUESDAY = date(2026, 6, 2)
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # 12:00 in Paris
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def nora():
    return account("engineer", "nora@studio.example")


@pytest.fixture
def omar():
    return account("engineer", "omar@studio.example")


@pytest.fixture
def drums(nora, room):
    return SessionFactory(title="Drums", room=room, starts_at=TEN, engineers=[nora])


def drawn(lane=Lane.ENGINEERS, days=1, **asked):
    return crew_calendar(lane=lane, first=TUESDAY, last=TUESDAY + timedelta(days=days), zone=PARIS, now=NOW, **asked)


def hand_over(session, gone, coming, **places):
    here = {"room": session.room, "starts_at": session.starts_at, "ends_at": session.ends_at}
    given = {"seen_at": session.updated_at, "actor": None, "now": NOW}
    return rosters.hand_over(session=session, gone=gone, coming=coming, **{**here, **places, **given})


def on(session):
    return set(SessionAssignment.objects.filter(session=session).values_list("engineer", flat=True))


# Drawing --------------------------------------------------------------------------------------------


def test_a_session_stands_with_each_of_its_engineers(drums, nora, omar, room):
    both = SessionFactory(title="Strings", starts_at=TEN + 3 * HOUR, room=room, engineers=[nora, omar])
    nobodys = SessionFactory(title="Podcast", starts_at=TEN + 6 * HOUR, room=room)

    found = drawn()

    assert [(each.session, each.keys) for each in found.sessions] == [
        (drums, (str(nora.pk),)),
        (both, (str(nora.pk), str(omar.pk))),
        (nobodys, (NOBODY,)),
    ]
    assert [each.key for each in found.resources] == [str(nora.pk), str(omar.pk), NOBODY]


def test_who_declined_has_the_session_no_more(drums, nora):
    (assignment,) = drums.assignments.all()
    assignments.change_assignment(assignment=assignment, status="declined", actor=None, now=NOW)

    assert [each.keys for each in drawn().sessions] == [(NOBODY,)]


def test_somebody_who_left_is_shown_while_sessions_name_them(drums, nora):
    nora.is_active = False
    nora.save(update_fields=["is_active"])

    assert [(each.key, each.is_off) for each in drawn().resources] == [(str(nora.pk), True), (NOBODY, False)]


def test_absences_and_maintenance_are_shaded(nora, omar):
    Absence.objects.create(
        user=nora, label="Nora", kind="leave", starts_at=TEN - 48 * HOUR, ends_at=TEN + HOUR, is_whole_days=False
    )
    microphone = EquipmentFactory()
    EquipmentService.objects.create(equipment=microphone, kind="repair", starts_at=TEN + HOUR)

    (leave,) = [band for band in drawn(says_why=True).bands if band.kind == BandKind.AWAY]
    (away,) = [band for band in drawn().bands if band.kind == BandKind.AWAY]
    (repair,) = [band for band in drawn(Lane.EQUIPMENT).bands if band.kind == BandKind.AWAY]

    assert (leave.keys, leave.title, f"{leave.wall.starts:%d %H}", f"{leave.wall.ends:%d %H}") == (
        (str(nora.pk),),
        "leave",
        "02 00",
        "02 13",
    )
    assert (away.keys, away.title) == (leave.keys, "Away")
    assert (repair.title, f"{repair.wall.starts:%d %H}", f"{repair.wall.ends:%d %H}") == ("repair", "02 13", "03 00")


def test_equipment_shows_a_short_register_whole_and_of_a_long_one_what_is_used_first(room):
    first, second = EquipmentFactory(name="A 1"), EquipmentFactory(name="Z 2")
    session = SessionFactory(room=room, starts_at=TEN, equipment=[second])
    SessionFactory(room=room, starts_at=TEN + 3 * HOUR)

    found = drawn(Lane.EQUIPMENT)
    assert [each.key for each in found.resources] == [str(first.pk), str(second.pk)]
    assert [each.session for each in found.sessions] == [session]

    for number in range(MOST_SHOWN):
        EquipmentFactory(name=f"B {number:02}")
    shown = [each.name for each in drawn(Lane.EQUIPMENT).resources]
    assert shown == ["A 1", *(f"B {number:02}" for number in range(MOST_SHOWN - 2)), "Z 2"]


def test_filters_keep_rooms_of_a_kind_and_sessions_of_a_status(drums, room):
    mixing = SessionFactory(room=RoomFactory(kind="mixing"), starts_at=TEN)

    assert [each.session for each in drawn(kind="mixing").sessions] == [mixing]
    assert drawn(statuses=["hold"]).sessions == []


@pytest.mark.parametrize("lane", [Lane.ENGINEERS, Lane.EQUIPMENT])
@pytest.mark.parametrize("count", [1, 3])
def test_many_sessions_ask_as_much_as_one(nora, lane, count, django_assert_num_queries, no_lazy_loading):
    for number in range(count):
        gear = EquipmentFactory(name=f"Desk {number}")
        times = {"starts_at": TEN + number * 2 * HOUR, "client": ClientFactory()}
        SessionFactory(room=RoomFactory(), engineers=[nora], equipment=[gear], **times)

    with django_assert_num_queries(7 if lane == Lane.ENGINEERS else 6):  # what they train, besides
        found = drawn(lane)
        assert [str(each.session.client) for each in found.sessions] != []

    assert len(found.sessions) == count


# Handing over -----------------------------------------------------------------------------------------


def test_hand_over_puts_another_on_with_the_same_role(drums, nora, omar):
    drums.assignments.update(role="assistant")

    hand_over(drums, nora, omar)

    (assignment,) = SessionAssignment.objects.filter(session=drums)
    assert (assignment.engineer, assignment.role) == (omar, "assistant")
    verbs = AuditEvent.objects.filter(object_id=str(drums.pk)).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["book", "unassign", "assign"]


def test_hand_over_to_nobody_and_from_nobody(drums, nora, omar):
    hand_over(drums, nora, None)
    assert on(drums) == set()
    hand_over(drums, None, omar)
    assert on(drums) == {omar.pk}


def test_hand_over_at_another_time_moves_as_well(drums, nora, omar, room):
    SessionFactory(starts_at=TEN + 4 * HOUR, room=RoomFactory(), engineers=[nora])

    moved = hand_over(drums, nora, omar, starts_at=TEN + 4 * HOUR, ends_at=TEN + 6 * HOUR)

    assert (moved.starts_at, on(drums)) == (TEN + 4 * HOUR, {omar.pk})


def test_hand_over_to_somebody_who_is_busy_changes_nothing(drums, nora, omar):
    SessionFactory(title="Mix", starts_at=TEN + HOUR, room=RoomFactory(), engineers=[omar])

    with pytest.raises(slots.CrewMissing) as refused:
        hand_over(drums, nora, omar)

    assert omar.get_full_name() in str(refused.value)
    assert on(drums) == {nora.pk}


def test_hand_over_of_a_taken_time_changes_nothing(drums, nora, omar, room):
    SessionFactory(title="Mix", starts_at=TEN + 4 * HOUR, room=room)

    with pytest.raises(slots.RoomTaken):
        hand_over(drums, nora, omar, starts_at=TEN + 4 * HOUR, ends_at=TEN + 6 * HOUR)

    drums.refresh_from_db()
    assert (drums.starts_at, on(drums)) == (TEN, {nora.pk})


def test_hand_over_of_a_stale_page_changes_nothing(drums, nora, omar):
    seen = drums.updated_at
    bookings.move_session(session=drums, starts_at=TEN + HOUR, ends_at=TEN + 3 * HOUR, actor=None, now=NOW)

    drums.updated_at = seen
    with pytest.raises(bookings.ChangedSince):
        hand_over(drums, nora, omar)
    drums.refresh_from_db()
    hand_over(drums, nora, omar)
    with pytest.raises(bookings.ChangedSince) as refused:
        hand_over(drums, nora, None)

    assert "is not on this session any more" in str(refused.value)
    assert on(drums) == {omar.pk}

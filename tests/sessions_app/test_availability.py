"""Free, or why not: the same answer for the page and for the save."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions_app.models import StudioSession
from sessions_app.selectors import availability
from sessions_app.selectors.availability import check_slot, free_slots
from sessions_app.services import bookings, opening_hours, rooms, slots
from studio.errors import DomainError
from studio.office.models import StudioProfile
from tests.factories import NOW, HoldFactory, RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # 12:00 in Paris
HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)
TUESDAY = date(2026, 6, 2)


def kinds(answer):
    """Return the kinds of reasons of an answer."""
    return [reason.kind.value for reason in answer.reasons]


def test_free_slot_has_no_reasons(room):
    answer = check_slot(room=room, starts_at=TEN, ends_at=TEN + HOUR, now=NOW)

    assert (answer.free, answer.reasons, answer.alternatives) == (True, (), ())


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (NOW - HOUR, HOUR, ["past", "closed"]),
        (TEN, timedelta(0), ["no_length"]),
        (TEN, -HOUR, ["no_length"]),
        (TEN, timedelta(minutes=29), ["too_short"]),
        (TEN, HALF, []),
        (datetime(2026, 6, 2, 6, 59, tzinfo=UTC), HOUR, ["closed"]),
        (datetime(2026, 6, 2, 7, 0, tzinfo=UTC), HOUR, []),
        (datetime(2026, 6, 2, 21, 0, tzinfo=UTC), HOUR, []),
        (datetime(2026, 6, 2, 21, 1, tzinfo=UTC), HOUR, ["closed"]),
        (datetime.min.replace(tzinfo=UTC), HOUR, ["past"]),
        (datetime.max.replace(tzinfo=UTC) - HOUR, HOUR, ["too_far"]),
        (TEN, datetime.max.replace(tzinfo=UTC) - TEN, ["too_long"]),
        (TEN, timedelta(days=366, minutes=1), ["too_long"]),
        (TEN, timedelta(days=366), ["closed"]),
    ],
    ids=[
        "past",
        "empty",
        "reversed",
        "short",
        "shortest",
        "before opening",
        "at opening",
        "to closing",
        "after closing",
        "first instant",
        "last instant",
        "to the last instant",
        "longer than a year",
        "a year",
    ],
)
def test_reasons_of_the_house(room, start, length, expected):
    answer = check_slot(room=room, starts_at=start, ends_at=start + length, now=NOW)

    assert kinds(answer) == expected


def test_hold_and_move_refuse_thousands_of_years_at_once(room, desk):
    session, end_of_time = SessionFactory(room=room, starts_at=TEN), datetime.max.replace(tzinfo=UTC)

    with pytest.raises(slots.SlotRefused, match="A session lasts 366 days at most"):
        bookings.move_session(session=session, starts_at=TEN, ends_at=end_of_time, actor=desk, now=NOW)
    with pytest.raises(slots.SlotRefused, match="A session lasts 366 days at most"):
        HoldFactory(room=room, starts_at=TEN, ends_at=end_of_time)


@pytest.mark.parametrize("facts", [{"is_active": False}, {"is_available_for_booking": False}])
def test_room_that_is_off_is_refused_and_others_are_offered(room, facts, desk):
    spare = RoomFactory(name="Studio B")
    rooms.change_room(room=room, actor=desk, now=NOW, **facts)
    room.refresh_from_db()

    answer = check_slot(room=room, starts_at=TEN, ends_at=TEN + HOUR, now=NOW)

    assert kinds(answer) == ["room_off"]
    assert [(slot.room, slot.starts_at) for slot in answer.alternatives] == [(spare, TEN)]


@pytest.mark.parametrize(("gap", "expected"), [(HALF, ["buffer"]), (HOUR, [])], ids=["half an hour", "an hour"])
def test_buffer_is_told_apart_from_taken(gap, expected):
    room = RoomFactory(teardown_minutes=60, setup_minutes=30)
    SessionFactory(room=room, starts_at=TEN)

    answer = check_slot(room=room, starts_at=TEN + 2 * HOUR + gap, ends_at=TEN + 4 * HOUR, now=NOW)

    assert kinds(answer) == expected


def test_alternatives_lie_apart_before_and_after_and_overlap_only_where_little_is_free(room):
    SessionFactory(room=room, starts_at=TEN)
    asked = {"room": room, "starts_at": TEN, "ends_at": TEN + 2 * HOUR, "now": NOW}

    apart = check_slot(**asked).alternatives
    assert [slot.starts_at for slot in apart] == [TEN - 2 * HOUR, TEN + 2 * HOUR, TEN + 4 * HOUR]

    SessionFactory(room=room, starts_at=TEN - 3 * HOUR, ends_at=TEN)
    SessionFactory(room=room, starts_at=TEN + 5 * HOUR, ends_at=TEN + 12 * HOUR)
    opening_hours.add_closure(
        starts_on=date(2026, 6, 3), ends_on=date(2026, 6, 20), reason="Works", actor=None, now=NOW
    )
    near = check_slot(**asked).alternatives
    assert [slot.starts_at for slot in near] == [TEN + 2 * HOUR, TEN + 2.5 * HOUR, TEN + 3 * HOUR]


def test_closure_is_named(room, desk):
    opening_hours.add_closure(starts_on=TUESDAY, ends_on=TUESDAY, reason="Works", actor=desk, now=NOW)

    answer = check_slot(room=room, starts_at=TEN, ends_at=TEN + HOUR, now=NOW)

    assert [reason.sentence for reason in answer.reasons] == ["The studio is closed: Works."]
    assert [slot.starts_at for slot in answer.alternatives] == [
        datetime(2026, 6, 3, 7, 0, tzinfo=UTC),
        datetime(2026, 6, 3, 8, 0, tzinfo=UTC),
        datetime(2026, 6, 3, 9, 0, tzinfo=UTC),
    ]


def test_session_over_midnight_fits_where_the_nights_meet(room, desk):
    start = datetime(2026, 6, 2, 20, 0, tzinfo=UTC)
    assert kinds(check_slot(room=room, starts_at=start, ends_at=start + 6 * HOUR, now=NOW)) == ["closed"]

    opening_hours.change_opening_hours(
        weekday=1, stretches=[opening_hours.Stretch(540, 1560)], effective_from=TUESDAY, actor=desk, now=NOW
    )

    assert check_slot(room=room, starts_at=start, ends_at=start + 4 * HOUR, now=NOW).free
    assert kinds(check_slot(room=room, starts_at=start, ends_at=start + 5 * HOUR, now=NOW)) == ["closed"]


def test_blocker_needs_neither_hours_nor_buffers_but_a_free_room(desk):
    room = RoomFactory(setup_minutes=60)
    night = datetime(2026, 6, 3, 1, 0, tzinfo=UTC)
    blocker = SessionFactory(room=room, kind="blocker", starts_at=night, title="Floor")

    assert blocker.blocked_from == night
    with pytest.raises(slots.RoomTaken):
        SessionFactory(room=room, kind="blocker", starts_at=night)


def test_work_elsewhere_may_only_not_be_past():
    assert check_slot(room=None, starts_at=TEN, ends_at=TEN + HOUR, now=NOW, kind="remote").free
    assert kinds(check_slot(room=None, starts_at=NOW - HOUR, ends_at=NOW, now=NOW, kind="remote")) == ["past"]
    assert kinds(check_slot(room=None, starts_at=TEN, ends_at=TEN + HOUR, now=NOW)) == ["needs_room"]


def test_overdue_hold_is_not_in_the_way(room):
    HoldFactory(room=room, starts_at=TEN, expires_at=NOW + HOUR)

    assert not check_slot(room=room, starts_at=TEN, ends_at=TEN + HOUR, now=NOW).free
    assert check_slot(room=room, starts_at=TEN, ends_at=TEN + HOUR, now=NOW + HOUR).free


def test_free_slots_of_an_empty_day_are_thirty(room):
    found = free_slots(room=room, day=TUESDAY, length=HALF, now=NOW)

    assert len(found) == 30
    assert (found[0].starts_at, found[-1].ends_at) == (
        datetime(2026, 6, 2, 7, 0, tzinfo=UTC),
        datetime(2026, 6, 2, 22, 0, tzinfo=UTC),
    )


def test_free_slots_begin_at_the_real_opening_minute(room, desk):
    opening_hours.change_opening_hours(
        weekday=1, stretches=[opening_hours.Stretch(615, 720)], effective_from=TUESDAY, actor=desk, now=NOW
    )

    found = free_slots(room=room, day=TUESDAY, length=HALF, now=NOW)

    assert [f"{slot.starts_at.astimezone(PARIS):%H:%M}" for slot in found] == ["10:15", "10:45", "11:15"]


def test_slots_offered_are_exactly_the_ones_that_can_be_booked(desk):
    room = RoomFactory(setup_minutes=15, teardown_minutes=30)
    SessionFactory(room=room, starts_at=TEN)
    HoldFactory(room=room, starts_at=TEN + 5 * HOUR, expires_at=TEN)
    kept = SessionFactory(room=room, starts_at=TEN + 9 * HOUR)
    StudioSession.objects.filter(pk=kept.pk).update(overlap_kept=True)
    now = datetime(2026, 6, 2, 8, 10, tzinfo=UTC)
    offered = [slot.starts_at for slot in free_slots(room=room, day=TUESDAY, length=HOUR, now=now)]

    bookable = []
    opening = datetime(2026, 6, 2, 7, 0, tzinfo=UTC)
    for step in range(30):
        start = opening + step * HALF
        try:
            made = SessionFactory(room=room, starts_at=start, ends_at=start + HOUR, now=now)
        except DomainError:
            continue
        bookable.append(start)
        bookings.cancel_session(session=made, reason="", actor=desk, now=now)

    assert offered == bookable
    assert len(offered) == 5


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 3, 29), 46), (date(2026, 3, 30), 48), (date(2026, 10, 25), 50)],
    ids=["23 hours", "24 hours", "25 hours"],
)
def test_slots_of_a_day_of_clock_change(room, desk, day, expected):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for weekday in range(7):
        opening_hours.change_opening_hours(
            weekday=weekday,
            stretches=[opening_hours.Stretch(0, 1440)],
            effective_from=date(2026, 1, 1),
            actor=desk,
            now=now,
        )

    found = free_slots(room=room, day=day, length=HALF, now=now)

    assert len(found) == len({slot.starts_at for slot in found}) == expected


def test_slot_length_is_the_studio_s_setting(room):
    StudioProfile.objects.update(slot_minutes=60)

    assert len(free_slots(room=room, day=TUESDAY, length=HOUR, now=NOW)) == 15
    assert kinds(check_slot(room=room, starts_at=TEN, ends_at=TEN + HALF, now=NOW)) == ["too_short"]


@pytest.mark.parametrize("item_count", [1, 3])
def test_query_counts(room, item_count, django_assert_num_queries):
    for hours in range(item_count):
        SessionFactory(room=room, starts_at=TEN + 2 * hours * HOUR)
        RoomFactory()

    with django_assert_num_queries(2):
        free_slots(room=room, day=TUESDAY, length=HOUR, now=NOW)
    with django_assert_num_queries(2):
        check_slot(room=room, starts_at=TEN - HOUR, ends_at=TEN, now=NOW)
    with django_assert_num_queries(2):
        answer = check_slot(room=room, starts_at=TEN, ends_at=TEN + HOUR, now=NOW)
    with django_assert_num_queries(3):
        assert [str(slot.room) for slot in answer.alternatives]


def test_other_rooms_of_the_same_kind_come_first(room):
    RoomFactory(name="A mixing room", kind="mixing")
    same = RoomFactory(name="Z recording room")
    SessionFactory(room=room, starts_at=TEN)

    answer = check_slot(room=room, starts_at=TEN, ends_at=TEN + HOUR, now=NOW)

    assert next(slot.room for slot in answer.alternatives if slot.room != room) == same


def test_room_busy_for_days_offers_only_others(room):
    spare = RoomFactory()
    SessionFactory(room=room, kind="blocker", starts_at=TEN - timedelta(days=1), ends_at=TEN + timedelta(days=9))

    answer = check_slot(room=room, starts_at=TEN, ends_at=TEN + HOUR, now=NOW)

    assert [slot.room for slot in answer.alternatives] == [spare]


def test_slot_in_no_room_has_no_alternatives():
    slot = availability.slot_in(None, TEN, TEN + HOUR)
    house = availability.load_house(NOW, TUESDAY)

    assert availability.alternatives(slot, "remote", house) == ()
    assert availability.nearest_slots(slot, "remote", house) == []

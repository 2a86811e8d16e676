"""What is shown as free can be booked, and nothing else can: on random timetables, on days when the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_app.models import Equipment, Room
from sessions_app.selectors.availability import check_slot, free_slots, load_house
from sessions_app.selectors.crew import Crew
from sessions_app.selectors.free_times import Question, StretchKind, free_times
from sessions_app.services import bookings, opening_hours
from sessions_app.services.notices import Tell
from studio.errors import DomainError
from studio.office.models import StudioProfile
from tests.factories import HoldFactory, RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)  # 08:00 in Paris
TUESDAY = date(2026, 6, 2)
# An ordinary day, an hour less, an hour more, half an hour less, the end of Ramadan, no midnight.
DAYS = [
    ("Europe/Paris", date(2026, 6, 2)),
    ("Europe/Paris", date(2027, 3, 28)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Casablanca", date(2027, 3, 14)),
    ("America/Asuncion", date(2026, 10, 4)),
    ("Pacific/Apia", date(2026, 9, 27)),
]


def ask(room, day=TUESDAY, length=HOUR, **facts):
    (asked,) = free_times(Question(day, 1, [room], length, **facts), now=NOW).days
    return asked.rooms[0].stretches


def shown(found, zone="Europe/Paris"):
    home = ZoneInfo(zone)
    return [
        (s.kind.value, f"{s.starts_at.astimezone(home):%H:%M}", f"{s.ends_at.astimezone(home):%H:%M}") for s in found
    ]


def test_a_day_is_told_in_stretches_each_with_its_reason(client_):
    room = RoomFactory(name="Studio A", setup_minutes=30, teardown_minutes=15)
    SessionFactory(title="Vocals", client=client_, room=room, starts_at=datetime(2026, 6, 2, 10, 0, tzinfo=UTC))

    found = ask(room, length=3 * HOUR)

    assert shown(found) == [
        ("short", "09:00", "11:30"),
        ("buffer", "11:30", "12:00"),
        ("taken", "12:00", "14:00"),
        ("buffer", "14:00", "14:30"),
        ("free", "14:30", "00:00"),
    ]
    assert [reason.staff_sentence for reason in found[2].reasons] == [
        "Studio A is taken at that time. Vocals, Mina Morel (Tue 2 Jun 2026, 12:00-14:00)"
    ]


def test_a_closed_day_and_a_room_that_is_off_say_so(room, desk):
    opening_hours.add_closure(starts_on=TUESDAY, ends_on=TUESDAY, reason="Works", actor=desk, now=NOW)

    (closed,) = ask(room)

    assert (closed.kind, closed.reasons[0].sentence) == (StretchKind.CLOSED, "The studio is closed: Works.")
    Room.objects.update(is_available_for_booking=False)
    room.refresh_from_db()
    assert {stretch.kind for stretch in ask(room, day=date(2026, 6, 3))} == {StretchKind.OFF}


def test_what_is_past_and_what_clients_ask_for_too_late(room):
    StudioProfile.objects.update(request_notice_hours=4)
    today = date(2026, 6, 1)
    now = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)

    (asked,) = free_times(Question(today, 1, [room], HOUR), now=now).days
    (clients,) = free_times(Question(today, 1, [room], HOUR, is_clients=True), now=now).days

    assert shown(asked.rooms[0].stretches) == [("past", "09:00", "12:00"), ("free", "12:00", "00:00")]
    assert shown(clients.rooms[0].stretches) == [
        ("past", "09:00", "12:00"),
        ("notice", "12:00", "16:00"),
        ("free", "16:00", "00:00"),
    ]


def test_equipment_that_is_elsewhere_is_a_reason(room):
    microphone = Equipment.objects.create(name="Ribbon", category="microphone")
    SessionFactory(
        title="Elsewhere",
        room=RoomFactory(name="Studio B"),
        starts_at=datetime(2026, 6, 2, 10, 0, tzinfo=UTC),
        equipment=[microphone],
    )

    found = ask(room, crew=Crew(equipment=(microphone,)))

    assert shown(found) == [("free", "09:00", "12:00"), ("crew", "12:00", "14:00"), ("free", "14:00", "00:00")]


def test_what_runs_past_midnight_is_long_enough_where_the_nights_meet(room, desk):
    for weekday in (1, 2):
        opening_hours.change_opening_hours(
            weekday=weekday,
            stretches=[opening_hours.Stretch(18 * 60, 26 * 60)],
            effective_from=TUESDAY,
            actor=desk,
            now=NOW,
        )

    tuesday, wednesday = free_times(Question(TUESDAY, 2, [room], 3 * HOUR), now=NOW).days

    assert shown(tuesday.rooms[0].stretches)[-1] == ("free", "18:00", "00:00")
    assert shown(wednesday.rooms[0].stretches)[0] == ("short", "00:00", "02:00")
    assert bookable(room, datetime(2026, 6, 2, 21, 0, tzinfo=UTC), 3 * HOUR)


@pytest.mark.parametrize(("rooms", "days"), [(1, 1), (4, 7)])
def test_a_week_of_all_rooms_costs_as_many_queries_as_a_day_of_one(rooms, days, django_assert_num_queries):
    houses = [RoomFactory() for _number in range(rooms)]
    for room in houses:
        SessionFactory(room=room, starts_at=datetime(2026, 6, 2, 10, 0, tzinfo=UTC))

    with django_assert_num_queries(2):
        found = free_times(Question(TUESDAY, days, houses, HOUR), now=NOW).days

    assert [len(day.rooms) for day in found] == [rooms] * days


# Shown is bookable ----------------------------------------------------------------------------------------


def bookable(room, start, length):
    """Whether the booking goes through when it is alone; it is taken back."""
    try:
        with transaction.atomic():
            bookings.book_session(
                title="Alone",
                room=room,
                starts_at=start,
                ends_at=start + length,
                actor=None,
                now=NOW,
                tell=Tell.TOGETHER,
            )
            transaction.set_rollback(True)
    except DomainError:
        return False
    return True


@pytest.mark.parametrize(("zone", "day"), DAYS, ids=str)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_shown_is_what_can_be_booked(client_, zone, day, data):
    with transaction.atomic():
        StudioProfile.objects.update(time_zone=zone)
        buffers = st.sampled_from([0, 15, 45])
        room = RoomFactory(name="Random", setup_minutes=data.draw(buffers), teardown_minutes=data.draw(buffers))
        house = load_house(NOW, day)
        midnight = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for start, length, is_hold in data.draw(
            st.lists(st.tuples(st.integers(0, 95), st.sampled_from([30, 45, 60, 150]), st.booleans()), max_size=6)
        ):
            begins = midnight + start * 15 * MINUTE
            made = {"room": room, "starts_at": begins, "ends_at": begins + length * MINUTE, "client": client_}
            try:
                with transaction.atomic():
                    if is_hold:
                        HoldFactory(**made, expires_at=begins - MINUTE, now=NOW)
                    else:
                        SessionFactory(**made, now=NOW)
            except DomainError:
                continue
        length = data.draw(st.sampled_from([30, 60, 90, 240])) * MINUTE

        found = ask(room, day=day, length=length)
        grid = [found[0].starts_at + step * 15 * MINUTE for step in range(100)]
        grid = [at for at in grid if at < found[-1].ends_at]
        free = {
            at
            for at in grid
            for stretch in found
            if not stretch.reasons and stretch.starts_at <= at and at + length <= stretch.ends_at
        }
        # Past the end of the day a stretch goes on; what is shown of it ends there.
        open_end = {at for at in grid if at + length > found[-1].ends_at}
        can = {at for at in grid if check_slot(room=room, starts_at=at, ends_at=at + length, now=NOW).free}
        assert free - open_end == can - open_end
        assert all(bookable(room, at, length) for at in sorted(free)[:3])
        assert not any(bookable(room, at, length) for at in sorted(set(grid) - can)[:3])

        offered = {slot.starts_at for slot in free_slots(room=room, day=day, length=length, now=NOW)}
        starts = {
            period.starts_at + step * house.step
            for period in house.calendar.periods(day)
            for step in range(int((period.ends_at - period.starts_at) / house.step))
        }
        assert offered <= starts
        tried = sorted(starts)[:: max(len(starts) // 8, 1)]
        assert [at in offered for at in tried] == [bookable(room, at, length) for at in tried]
        transaction.set_rollback(True)

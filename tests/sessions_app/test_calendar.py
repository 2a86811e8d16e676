"""What the calendar draws: wall times, rooms, buffers and closed hours, with the same queries for any number."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions_app.models import Room, StudioSession
from sessions_app.selectors.calendar import ELSEWHERE, BandKind, found_sessions, room_calendar, stretch
from sessions_app.services import bookings
from studio.office.models import Closure, OpeningHours
from tests.factories import NOW, ClientFactory, HoldFactory, ProjectFactory, RoomFactory, SessionFactory

PARIS = ZoneInfo("Europe/Paris")
MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


def drawn(first=TUESDAY, days=1, zone=PARIS, **asked):
    return room_calendar(first=first, last=first + timedelta(days=days), zone=zone, now=NOW, **asked)


def bands(found, kind):
    return [(f"{band.wall.starts:%d %H:%M}", f"{band.wall.ends:%d %H:%M}") for band in found.bands if band.kind == kind]


def at(text, zone=PARIS, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def test_sessions_stand_at_the_wall_times_of_the_studio(room):
    session = SessionFactory(room=room, starts_at=at("2026-06-02T12:00"))

    (placed,) = drawn().sessions

    assert (placed.session, placed.keys) == (session, (str(room.pk),))
    assert (placed.wall.starts.isoformat(), placed.wall.ends.isoformat()) == (
        "2026-06-02T12:00:00",
        "2026-06-02T14:00:00",
    )


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "shown"),
    [
        ("Europe/Paris", "2026-10-25T00:15+00:00", "2026-10-25T02:30+00:00", ("02:15", "03:30")),
        ("Europe/Paris", "2026-10-25T00:45+00:00", "2026-10-25T01:15+00:00", ("02:45", "03:15")),
        ("Europe/Paris", "2026-03-29T00:00+00:00", "2026-03-29T02:00+00:00", ("01:00", "04:00")),
        ("Australia/Lord_Howe", "2026-04-04T14:45+00:00", "2026-04-04T15:15+00:00", ("01:45", "02:15")),
        ("Pacific/Apia", "2026-06-02T22:00+00:00", "2026-06-02T23:00+00:00", ("11:00", "12:00")),
    ],
    ids=["over both hours", "ends before it starts", "over the gap", "half an hour back", "far ahead"],
)
def test_a_stretch_never_ends_before_it_starts(zone, starts, ends, shown):
    found = stretch(datetime.fromisoformat(starts), datetime.fromisoformat(ends), ZoneInfo(zone))

    assert (f"{found.starts:%H:%M}", f"{found.ends:%H:%M}") == shown
    assert found.starts < found.ends


def test_rooms_stand_by_name_and_work_elsewhere_last(room):
    attic = RoomFactory(name="Attic")
    RoomFactory(name="Cellar")
    Room.objects.filter(name="Cellar").update(is_active=False)
    Room.objects.filter(pk=attic.pk).update(is_available_for_booking=False)

    assert [(each.key, each.is_off) for each in drawn().resources] == [(str(attic.pk), True), (str(room.pk), False)]
    SessionFactory(room=None)
    assert [each.key for each in drawn().resources][2:] == [ELSEWHERE]


def test_gone_and_overdue_sessions_are_not_drawn(room):
    HoldFactory(room=room, expires_at=NOW + timedelta(minutes=1))
    cancelled = SessionFactory(room=room, starts_at=at("2026-06-02T20:00"))
    bookings.cancel_session(session=cancelled, reason="", actor=None, now=NOW)

    assert len(drawn().sessions) == 1
    later = room_calendar(first=TUESDAY, last=TUESDAY + timedelta(days=1), zone=PARIS, now=NOW + HOUR)
    assert later.sessions == []


def test_filters_keep_rooms_of_a_kind_and_sessions_of_a_status(room):
    mixing = RoomFactory(name="Mix", kind="mixing")
    hold = HoldFactory(room=mixing)
    booked = SessionFactory(room=room)
    elsewhere = SessionFactory(room=None)

    assert [each.session for each in drawn().sessions] == [hold, booked, elsewhere]
    assert [each.session for each in drawn(kind="mixing").sessions] == [hold]
    assert [each.name for each in drawn(kind="mixing").resources] == ["Mix"]
    assert [each.session for each in drawn(statuses=["scheduled"]).sessions] == [booked, elsewhere]


def test_both_of_an_overlapping_pair_are_marked_also_where_one_is_filtered_out(room):
    first, kept = SessionFactory(room=room), SessionFactory(room=room, starts_at=at("2026-06-02T20:00"))
    times = {name: getattr(first, name) + HOUR for name in ("starts_at", "ends_at", "blocked_from", "blocked_to")}
    StudioSession.objects.filter(pk=kept.pk).update(overlap_kept=True, status="completed", **times)

    assert [each.is_overlapped for each in drawn().sessions] == [True, False]
    assert [each.is_overlapped for each in drawn(statuses=["scheduled"]).sessions] == [True]


def test_buffers_stand_around_their_session():
    room = RoomFactory(setup_minutes=30, teardown_minutes=15)
    SessionFactory(room=room, starts_at=at("2026-06-02T12:00"))

    found = drawn()

    assert bands(found, BandKind.SETUP) == [("02 11:30", "02 12:00")]
    assert bands(found, BandKind.TEARDOWN) == [("02 14:00", "02 14:15")]


def test_closed_hours_and_closures_are_grey_for_every_room(room):
    Closure.objects.create(starts_on="2026-06-03", ends_on="2026-06-03", reason="Holiday")

    found = drawn(days=2)

    assert bands(found, BandKind.CLOSED) == [("02 00:00", "02 09:00"), ("03 00:00", "04 00:00")]
    assert [(band.title, band.keys) for band in found.bands] == [
        ("closed", (str(room.pk),)),
        ("Holiday", (str(room.pk),)),
    ]


def test_the_hours_shown_are_those_of_the_house_and_of_its_sessions(room):
    assert (drawn().first_hour, drawn().last_hour) == (9, 24)
    OpeningHours.objects.update(opens=10 * 60, closes=17 * 60 + 30)
    assert (drawn().first_hour, drawn().last_hour) == (9, 18)
    early = SessionFactory(room=None, starts_at=at("2026-06-02T07:30"), ends_at=at("2026-06-02T19:10"))
    assert (drawn().first_hour, drawn().last_hour) == (7, 20)
    bookings.cancel_session(session=early, reason="", actor=None, now=NOW)
    SessionFactory(room=None, starts_at=at("2026-06-02T23:00"), ends_at=at("2026-06-03T00:30"))
    assert (drawn().first_hour, drawn().last_hour) == (0, 24)


@pytest.mark.parametrize("count", [3, 300])
def test_three_hundred_sessions_ask_as_much_as_three(count, django_assert_num_queries, no_lazy_loading):
    rooms = [RoomFactory(setup_minutes=15) for _number in range(5)]
    client = ClientFactory()
    first = SessionFactory(room=rooms[0], client=client, starts_at=at("2026-06-01T09:00"))
    rows = []
    for number in range(1, count):
        starts_at = at("2026-06-01T09:00") + timedelta(days=number % 7, hours=number // 35 + 2)
        made = StudioSession(
            title=f"Session {number}",
            client=client,
            room=rooms[number // 7 % 5],
            starts_at=starts_at,
            ends_at=starts_at + HOUR,
            blocked_from=starts_at - timedelta(minutes=15),
            blocked_to=starts_at + HOUR,
            overlap_kept=True,
        )
        rows.append(made)
    StudioSession.objects.bulk_create(rows)

    with django_assert_num_queries(4):
        found = drawn(first=MONDAY, days=7)
        assert {str(each.session.client) for each in found.sessions} == {str(client)}

    shown = [each.session.pk for each in found.sessions]
    assert (len(shown), first.pk in shown) == (count, True)


def test_sessions_are_found_by_title_client_and_project_the_next_one_first():
    mina = ClientFactory(name="Mina Morel", artist_name="Velours")
    album = ProjectFactory(client=mina, name="Blue album")
    late = SessionFactory(title="Vocals", client=mina, starts_at=NOW + timedelta(days=9, hours=3))
    soon = SessionFactory(title="Drums", project=album, client=mina, starts_at=NOW + timedelta(days=1, hours=3))
    SessionFactory(title="Podcast")

    assert found_sessions(term="velours", now=NOW) == [soon, late]
    assert found_sessions(term="blue", now=NOW) == [soon]
    assert found_sessions(term="vocal", now=NOW) == [late]
    assert found_sessions(term="morel", now=NOW + timedelta(days=5)) == [late, soon]
    assert found_sessions(term="%", now=NOW) == []

"""The rules of a zone change under sessions that are booked already: nothing moves but what a person moves."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions_app.models import StudioSession
from sessions_app.selectors.agreed_hours import off_the_hour, to_settle
from sessions_app.selectors.recurrence import parse_rule
from sessions_app.selectors.series import drifted
from sessions_app.services import agreed_hours, bookings, series, series_edits, slots
from studio.accounts.models import AuditEvent
from studio.mail.models import EmailMessage
from studio.office.models import StudioProfile
from tests.factories import NOW, ClientFactory, RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db

JULY = datetime(2026, 7, 7, 10, tzinfo=UTC)  # 12:00 in Paris
HOUR = timedelta(hours=1)


def paris():
    return ZoneInfo("Europe/Paris")


def rows():
    """Every column of every session that says when it is."""
    return list(
        StudioSession.objects.order_by("pk").values_list(
            "pk", "starts_at", "ends_at", "blocked_from", "blocked_to", "updated_at"
        )
    )


def walls(drifts):
    return [
        (f"{d.session.starts_at.astimezone(paris()):%d %H:%M}", f"{d.expected.astimezone(paris()):%d %H:%M}")
        for d in drifts
    ]


def test_new_rules_move_nothing_and_what_they_would_change_is_listed(room, no_more_summer_time):
    SessionFactory(title="Winter", room=room, starts_at=datetime(2026, 12, 1, 11, tzinfo=UTC))
    SessionFactory(title="Summer", room=room, starts_at=JULY)
    made = series.book_series(
        title="Rehearsal",
        rule=parse_rule("FREQ=WEEKLY;COUNT=3"),
        starts_on=date(2026, 10, 13),
        start_time=time(15),
        length_minutes=60,
        room=room,
        actor=None,
        now=NOW,
    )
    before = rows()
    assert (to_settle(zone=paris(), now=NOW), drifted(NOW)) == ([], [])

    no_more_summer_time()

    assert rows() == before
    assert walls(to_settle(zone=paris(), now=NOW)) == [("07 11:00", "07 12:00")]
    assert walls(drifted(NOW)) == [("13 14:00", "13 15:00"), ("20 14:00", "20 15:00")]
    assert len(off_the_hour(zone=paris(), now=NOW)) == 3

    series_edits.move_series(series=made, left_alone=[date(2026, 10, 20)], actor=None, now=NOW)
    assert drifted(NOW) == []
    assert walls(to_settle(zone=paris(), now=NOW)) == [("07 11:00", "07 12:00")]


def test_a_session_is_moved_to_its_hour_and_its_client_told(room, desk, no_more_summer_time):
    mina = ClientFactory(email="mina@example.org")
    booked = SessionFactory(room=room, client=mina, starts_at=JULY)
    no_more_summer_time()

    moved = agreed_hours.move_to_agreed_hour(session=booked, actor=desk, now=NOW)

    assert (moved.starts_at, moved.ends_at) == (JULY + HOUR, JULY + 3 * HOUR)
    assert to_settle(zone=paris(), now=NOW) == []
    assert not moved.fees.exists()
    assert EmailMessage.objects.filter(recipient="mina@example.org").count() == 2
    assert AuditEvent.objects.latest("pk").actor_label == desk.label


def test_a_session_is_left_where_it_is(room, desk, no_more_summer_time):
    booked = SessionFactory(room=room, starts_at=JULY)
    no_more_summer_time()

    kept = agreed_hours.keep_instant(session=booked, actor=desk, now=NOW)

    assert (kept.starts_at, kept.agreed_offset) == (JULY, 60)
    assert to_settle(zone=paris(), now=NOW) == []
    for settle in (agreed_hours.keep_instant, agreed_hours.move_to_agreed_hour):
        with pytest.raises(agreed_hours.AtItsHour):
            settle(session=kept, actor=desk, now=NOW)


def test_an_hour_that_the_new_rules_skip_moves_forward_by_the_gap(room, rules_become):
    SessionFactory(room=room, starts_at=JULY)

    rules_become("CET-1CEST,J188/12,J300/3")  # at noon of that very day

    assert walls(to_settle(zone=paris(), now=NOW)) == [("07 11:00", "07 13:00")]


def test_another_zone_of_the_studio_is_a_change_of_its_clock(room):
    SessionFactory(room=room, starts_at=JULY)

    StudioProfile.objects.update(time_zone="Europe/London")

    [drift] = to_settle(zone=ZoneInfo("Europe/London"), now=NOW)
    assert (drift.session.starts_at, drift.expected) == (JULY, JULY + HOUR)


def test_what_is_over_cancelled_invoiced_or_of_unknown_hour_is_not_asked_about(no_more_summer_time):
    made = [SessionFactory(starts_at=JULY + day * timedelta(days=1)) for day in range(5)]
    bookings.cancel_session(session=made[0], reason="", actor=None, now=NOW)
    StudioSession.objects.filter(pk=made[1].pk).update(invoiced_at=NOW)
    StudioSession.objects.filter(pk=made[2].pk).update(agreed_offset=None)
    no_more_summer_time()

    assert [drift.session for drift in to_settle(zone=paris(), now=NOW)] == made[3:]
    assert [drift.session for drift in to_settle(zone=paris(), now=made[3].starts_at)] == made[4:]


def test_a_slot_that_is_taken_at_the_agreed_hour_stays_in_the_list(room, no_more_summer_time):
    booked = SessionFactory(room=room, starts_at=JULY)
    no_more_summer_time()
    SessionFactory(room=room, starts_at=JULY + 2 * HOUR)

    with pytest.raises(slots.RoomTaken):
        agreed_hours.move_to_agreed_hour(session=booked, actor=None, now=NOW)

    assert [drift.session for drift in to_settle(zone=paris(), now=NOW)] == [booked]


def test_the_same_hour_in_another_room_is_agreed_anew(room, no_more_summer_time):
    booked = SessionFactory(room=room, starts_at=JULY)
    no_more_summer_time()

    bookings.move_session(
        session=booked,
        starts_at=booked.starts_at,
        ends_at=booked.ends_at,
        room=RoomFactory(),
        actor=None,
        now=NOW,
    )

    assert to_settle(zone=paris(), now=NOW) == []

"""Editing a series: all, or one and those after it; what is past, invoiced or edited by itself stays."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_app.models import SessionAssignment, SessionSeries, StudioSession
from sessions_app.selectors.recurrence import parse_rule
from sessions_app.selectors.series import drifted, rule_in_words
from sessions_app.services import bookings, project_links, series, series_edits, sessions
from studio.mail.models import EmailMessage
from studio.office.models import StudioProfile
from tests.factories import (
    NOW,
    ClientFactory,
    HoldFactory,
    ProjectFactory,
    RoomFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
TUESDAY = date(2026, 6, 2)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


def weekly(room, **given):
    what = {
        "title": "Rehearsal",
        "rule": parse_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=4"),
        "starts_on": TUESDAY,
        "start_time": time(15),
        "length_minutes": 120,
        "actor": None,
        "now": NOW,
    }
    return series.book_series(room=room, **{**what, **given})


@pytest.fixture
def made(room):
    return weekly(room)


def of(made):
    return list(made.sessions.select_related("room").order_by("occurs_on"))


def shown(*parts):
    """Return day and hour of every session, in order."""
    return [f"{s.starts_at:%d %H}" for part in parts for s in of(part)]


def move(made, **given):
    return series_edits.move_series(series=made, actor=None, now=given.pop("now", NOW), **given)


def change(made, **given):
    return series_edits.change_series(series=made, actor=None, now=given.pop("now", NOW), **given)


def test_all_move_to_another_hour_and_day(made):
    moved = move(made, start_time=time(17), days_later=1, length_minutes=60)

    assert shown(moved) == ["03 15", "10 15", "17 15", "24 15"]
    assert {s.ends_at - s.starts_at for s in of(moved)} == {timedelta(hours=1)}
    assert {s.own_time for s in of(moved)} == {False}
    assert rule_in_words(moved) == "Every week on Wednesday, 4 times"


def test_all_move_to_another_room(made):
    other = RoomFactory(name="Studio B")

    moved = move(made, room=other)

    assert {s.room for s in of(moved)} == {other}


def test_this_and_the_following_become_a_series_of_their_own(made):
    second = move(made, since=of(made)[2], start_time=time(17))

    made.refresh_from_db()
    assert second.origin == made
    assert (shown(made), shown(second)) == (["02 13", "09 13"], ["16 15", "23 15"])
    assert (made.rule, second.rule) == (
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260609",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260623",
    )


def test_following_the_first_is_all(made):
    moved = move(made, since=of(made)[0], start_time=time(17))

    assert (moved, SessionSeries.objects.count()) == (made, 1)


def test_a_daily_series_moves_by_a_day_through_itself(room):
    made = weekly(room, rule=parse_rule("FREQ=DAILY;COUNT=5"))

    assert shown(move(made, days_later=1)) == ["03 13", "04 13", "05 13", "06 13", "07 13"]
    assert shown(move(made, days_later=-2, now=NOW - 7 * DAY)) == ["01 13", "02 13", "03 13", "04 13", "05 13"]


def test_a_series_moves_also_where_no_order_keeps_its_sessions_apart(room):
    engineer = UserFactory(name="Ada")
    made = weekly(room, rule=parse_rule("FREQ=DAILY;COUNT=3"), engineers=[engineer])
    start = of(made)[1].starts_at + timedelta(hours=3)
    bookings.move_session(session=of(made)[0], starts_at=start, ends_at=start + timedelta(hours=2), actor=None, now=NOW)

    move(made, start_time=time(18), over_edits=True)

    assert shown(made) == ["02 16", "03 16", "04 16"]
    assert {s.overlap_kept for s in of(made)} == {False}


def test_a_move_settles_what_was_kept_overlapping_also_of_the_crew(room):
    made = weekly(room, engineers=[UserFactory(name="Ada")])
    SessionAssignment.objects.update(overlap_kept=True)

    move(made, start_time=time(18), left_alone=[of(made)[3].occurs_on])

    kept = SessionAssignment.objects.order_by("session__occurs_on").values_list("overlap_kept", flat=True)
    assert list(kept) == [False, False, False, True]


@pytest.mark.parametrize("edit", ["extend", "move", "cancel"])
def test_rooms_and_crew_are_locked_before_the_series(room, edit):
    made = weekly(room, engineers=[UserFactory(name="Ada")])

    with CaptureQueriesContext(connection) as queries:
        if edit == "extend":
            series.extend_series(series=made, until=date(2026, 6, 30), actor=None, now=NOW)
        elif edit == "move":
            move(made, start_time=time(17))
        else:
            series_edits.cancel_series(series=made, reason="", actor=None, now=NOW)

    locks = {"pg_advisory_xact_lock(": "slot", 'FOR UPDATE OF "session_series"': "series"}
    taken = [name for query in queries for text, name in locks.items() if text in query["sql"]]
    assert (taken[0], "series" in taken) == ("slot", True)


def test_one_date_that_cannot_be_had_and_none_moves(made, room):
    SessionFactory(room=room, starts_at=datetime(2026, 6, 16, 15, tzinfo=UTC))

    with pytest.raises(series.DateRefused, match="16 Jun 2026, 15:00-17:00"):
        move(made, start_time=time(17))

    assert shown(made) == ["02 13", "09 13", "16 13", "23 13"]


def test_a_date_is_left_where_it_is(made, room):
    SessionFactory(room=room, starts_at=datetime(2026, 6, 16, 15, tzinfo=UTC))

    moved = move(made, start_time=time(17), left_alone=[date(2026, 6, 16)])

    assert shown(moved) == ["02 15", "09 15", "16 13", "23 15"]
    assert [s.own_time for s in of(moved)] == [False, False, True, False]


def test_past_begun_completed_cancelled_and_invoiced_sessions_never_change(made):
    past, invoiced, cancelled, open_one = of(made)
    StudioSession.objects.filter(pk=invoiced.pk).update(invoiced_at=NOW)
    bookings.cancel_session(session=cancelled, reason="", actor=None, now=NOW)
    later = past.starts_at + timedelta(minutes=1)

    move(made, start_time=time(17), now=later)
    change(made, title="Full band", now=later)

    assert shown(made) == ["02 13", "09 13", "16 13", "23 15"]
    assert [s.title for s in of(made)] == ["Rehearsal", "Rehearsal", "Rehearsal", "Full band"]
    assert open_one.pk == of(made)[-1].pk


def test_nothing_left_to_change_says_so(made):
    late = NOW + 60 * DAY

    for edit in (
        lambda: move(made, start_time=time(17), now=late),
        lambda: change(made, title="New", now=late),
        lambda: series_edits.cancel_series(series=made, reason="", actor=None, now=late),
    ):
        with pytest.raises(series_edits.NothingToChange):
            edit()


def test_what_was_edited_by_itself_survives_unless_asked(made, room):
    _first, second, third, _fourth = of(made)
    other = RoomFactory(name="Studio B")
    start = second.starts_at + 3 * timedelta(hours=1)
    bookings.move_session(
        session=second, starts_at=start, ends_at=start + timedelta(hours=1), room=other, actor=None, now=NOW
    )
    sessions.change_session(session=third, title="Guest night", actor=None, now=NOW)

    move(made, start_time=time(17))
    change(made, title="Full band")

    assert shown(made) == ["02 15", "09 16", "16 15", "23 15"]
    assert [s.room.name for s in of(made)] == ["Studio A", "Studio B", "Studio A", "Studio A"]
    assert [s.title for s in of(made)] == ["Full band", "Full band", "Guest night", "Full band"]

    move(made, start_time=time(18), room=room, over_edits=True)
    change(made, title="Concert", over_edits=True)
    assert shown(made) == ["02 16", "09 16", "16 16", "23 16"]
    assert {(s.room, s.title, s.own_time) for s in of(made)} == {(room, "Concert", False)}


def test_change_series_gives_all_a_project_and_takes_it_away(room):
    project = ProjectFactory(name="Album")
    made = weekly(room, client=project.client)

    change(made, project=project)
    assert {s.project_label for s in of(made)} == {"Album"}
    change(made, project=None)

    assert {s.project_id for s in of(made)} == {None}
    with pytest.raises(project_links.ProjectOfAnotherClient):
        change(made, project=ProjectFactory())


def test_cancel_following_keeps_what_is_before(made):
    gone = series_edits.cancel_series(series=made, since=of(made)[2], reason="Tour", actor=None, now=NOW)

    assert [s.status for s in of(made)] == ["scheduled", "scheduled", "cancelled", "cancelled"]
    assert {session.cancellation_reason for session in gone} == {"Tour"}


def test_a_cancelled_date_does_not_come_back(made):
    bookings.cancel_session(session=of(made)[1], reason="", actor=None, now=NOW)

    move(made, start_time=time(17))
    series.extend_series(series=made, until=date(2026, 6, 30), actor=None, now=NOW)

    assert [s.status for s in of(made)] == ["scheduled", "cancelled", "scheduled", "scheduled", "scheduled"]


def test_each_edit_sends_one_mail(room):
    made = weekly(room, client=ClientFactory(email="mina@example.org"))
    mails = EmailMessage.objects.filter(recipient="mina@example.org")
    assert mails.count() == 1

    move(made, start_time=time(17))
    assert mails.count() == 2
    series_edits.cancel_series(series=made, reason="Tour", actor=None, now=NOW)

    assert mails.count() == 3


def test_holds_that_wait_for_a_slot_of_the_series_move_up(made, room):
    first = of(made)[0]
    StudioSession.objects.filter(pk=first.pk).update(status="hold", hold_rank=1, hold_expires_at=first.starts_at)
    waiting = HoldFactory(room=room, starts_at=first.starts_at, expires_at=first.starts_at)
    StudioSession.objects.filter(pk=first.pk).update(status="scheduled", hold_rank=None, hold_expires_at=None)

    move(made, start_time=time(20))

    waiting.refresh_from_db()
    assert (waiting.status, waiting.hold_rank) == ("hold", 1)


def test_a_session_of_another_series_is_refused(made):
    stranger = of(weekly(RoomFactory()))[1]

    with pytest.raises(series_edits.NotInSeries):
        move(made, since=stranger, start_time=time(17))
    with pytest.raises(series_edits.NotInSeries):
        series_edits.split_series(session=SessionFactory(), actor=None, now=NOW)


def test_a_change_of_zone_moves_nothing_and_lists_what_no_longer_fits(made):
    before = shown(made)
    own = of(made)[1]
    start = own.starts_at + timedelta(hours=1)
    bookings.move_session(session=own, starts_at=start, ends_at=start + timedelta(hours=1), actor=None, now=NOW)
    assert drifted(NOW) == []

    StudioProfile.objects.update(time_zone="Europe/London")

    found = drifted(NOW)
    assert [(d.session.occurs_on.day, d.session.starts_at.hour, d.expected.hour) for d in found] == [
        (2, 13, 14),
        (16, 13, 14),
        (23, 13, 14),
    ]
    assert shown(made)[0] == before[0]


def test_what_drifted_is_moved_or_kept_by_whoever_confirms_it(made):
    StudioProfile.objects.update(time_zone="Europe/London")

    move(made, left_alone=[date(2026, 6, 16)])

    assert drifted(NOW) == []
    made.refresh_from_db()
    assert (shown(made), made.time_zone) == (["02 14", "09 14", "16 13", "23 14"], "Europe/London")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rule=st.sampled_from(
        [
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=9",
            "FREQ=DAILY;INTERVAL=3;COUNT=7",
            "FREQ=MONTHLY;BYDAY=-1FR;COUNT=6",
        ]
    ),
    cuts=st.lists(st.integers(0, 8), max_size=4),
)
def test_parts_of_a_split_series_are_together_what_it_was(rule, cuts):
    SessionSeries.objects.all().delete()
    StudioSession.objects.all().delete()
    made = weekly(None, rule=parse_rule(rule), kind="remote")
    whole = [session.occurs_on for session in of(made)]

    for cut in cuts:
        session = StudioSession.objects.get(occurs_on=whole[min(cut, len(whole) - 1)])
        series_edits.split_series(session=session, actor=None, now=NOW)

    parts = SessionSeries.objects.order_by("starts_on")
    assert [day for part in parts for day in parse_rule(part.rule).dates(part.starts_on)] == whole
    for part in parts:
        assert [s.occurs_on for s in of(part)] == parse_rule(part.rule).dates(part.starts_on)

"""Booking a series: every date or none, on the wall clock of the studio."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions_app.models import NoticeKind, SessionSeries, StudioSession
from sessions_app.selectors.many_slots import Wanted
from sessions_app.selectors.recurrence import BadRule, parse_rule
from sessions_app.selectors.series import preview, rule_in_words
from sessions_app.services import facts, notices, project_links, requests, series
from studio.accounts.models import AuditEvent
from studio.clock import instant_moved_forward, is_skipped
from studio.mail.models import EmailMessage
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile
from tests.factories import NOW, ClientFactory, ProjectFactory, RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db
TUESDAY = date(2026, 6, 2)
WEEK = timedelta(days=7)
WEEKLY = parse_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=4")
ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Asuncion",
    "Pacific/Apia",
)


def booked(room=None, **given):
    what = {
        "title": "Rehearsal",
        "rule": WEEKLY,
        "starts_on": TUESDAY,
        "start_time": time(15),
        "length_minutes": 120,
        "actor": None,
        "now": NOW,
    }
    return series.book_series(room=room, **{**what, **given})


def starts(made):
    return [session.starts_at for session in made.sessions.order_by("occurs_on")]


def live_in(zone):
    StudioProfile.objects.update(time_zone=zone)


def test_book_series_books_every_date(room, desk, client_):
    made = booked(room, client=client_, actor=desk, notes="Bring the red amplifier")

    sessions = list(made.sessions.order_by("occurs_on"))
    assert [session.occurs_on for session in sessions] == [TUESDAY + number * WEEK for number in range(4)]
    assert {(s.title, s.room, s.client, s.notes, s.status, s.own_time) for s in sessions} == {
        ("Rehearsal", room, client_, "Bring the red amplifier", "scheduled", False)
    }
    assert starts(made)[0] == datetime(2026, 6, 2, 13, tzinfo=UTC)
    assert rule_in_words(made) == "Every week on Tuesday, 4 times"
    assert AuditEvent.objects.filter(verb="book", object_type="sessions_app.studiosession").count() == 4


def test_one_mail_tells_of_all_dates(room):
    booked(room, client=ClientFactory(email="mina@example.org"))

    assert EmailMessage.objects.filter(recipient="mina@example.org").count() == 1


def test_a_weekly_rule_without_a_day_means_the_day_it_starts(room):
    made = booked(room, rule=parse_rule("FREQ=WEEKLY;COUNT=2"))

    assert made.rule == "FREQ=WEEKLY;BYDAY=TU;COUNT=2"


def test_one_taken_date_and_nothing_is_booked(room):
    SessionFactory(room=room, starts_at=datetime(2026, 6, 16, 14, tzinfo=UTC))

    with pytest.raises(series.DateRefused, match=r"16 Jun 2026, 13:00-15:00: Studio A is taken") as refused:
        booked(room)

    assert refused.value.occurs_on == date(2026, 6, 16)
    assert refused.value.alternatives
    assert (StudioSession.objects.count(), SessionSeries.objects.count()) == (1, 0)


def test_dates_are_skipped_or_put_elsewhere(room):
    SessionFactory(room=room, starts_at=datetime(2026, 6, 16, 14, tzinfo=UTC))
    other = RoomFactory(name="Studio B")
    elsewhere = datetime(2026, 6, 16, 13, tzinfo=UTC)
    later = datetime(2026, 6, 23, 16, tzinfo=UTC)
    picks = {
        date(2026, 6, 16): Wanted(other, elsewhere, elsewhere + timedelta(hours=2)),
        date(2026, 6, 23): Wanted(room, later, later + timedelta(hours=2)),
    }

    made = booked(room, skipped=[date(2026, 6, 9), date(1999, 1, 1)], picks=picks)

    found = [(s.occurs_on.day, s.room, s.starts_at.hour, s.own_time) for s in made.sessions.order_by("occurs_on")]
    assert found == [(2, room, 13, False), (16, other, 13, False), (23, room, 16, True)]
    assert made.skipped_on == [date(2026, 6, 9)]


def test_preview_says_for_each_date_what_the_save_will_say(room, django_assert_max_num_queries):
    SessionFactory(title="Strings", room=room, starts_at=datetime(2026, 6, 16, 14, tzinfo=UTC))
    RoomFactory(name="Studio B")
    rule = parse_rule("FREQ=DAILY;COUNT=200")
    plan, dates = series.plan_series(
        title="Daily",
        rule=rule,
        starts_on=TUESDAY,
        start_time=time(15),
        length_minutes=120,
        room=room,
        client=None,
        project=None,
    )

    zone = current_profile().zone
    with django_assert_max_num_queries(6):
        lines = preview(series=plan, dates=dates, zone=zone, now=NOW)

    refused = [line for line in lines if not line.answer.free]
    assert (len(lines), [line.occurs_on for line in refused]) == (200, [date(2026, 6, 16)])
    assert "Strings" in refused[0].answer.reasons[0].staff_sentence
    assert [(slot.room.name, f"{slot.starts_at:%H:%M}") for slot in refused[0].answer.alternatives] == [
        ("Studio A", "12:00"),
        ("Studio A", "10:00"),
        ("Studio A", "16:00"),
        ("Studio B", "13:00"),
    ]


def test_two_dates_of_one_series_may_not_overlap(room):
    with pytest.raises(series.DateRefused, match="overlap"):
        booked(room, rule=parse_rule("FREQ=DAILY;COUNT=3"), kind="blocker", length_minutes=25 * 60)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"rule": parse_rule("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260101")}, BadRule),
        ({"skipped": [TUESDAY + n * WEEK for n in range(4)]}, BadRule),
        ({"length_minutes": 0}, facts.BadFacts),
        ({"length_minutes": 8 * 24 * 60}, facts.BadFacts),
        ({"length_minutes": -30}, facts.BadFacts),
        ({"title": ""}, facts.BadFacts),
        ({"title": "x" * 256}, facts.BadFacts),
        ({"kind": "party"}, facts.BadFacts),
        ({"starts_on": date(2020, 6, 2)}, series.DateRefused),
    ],
    ids=["until before", "all skipped", "no length", "too long", "negative", "no title", "long title", "kind", "past"],
)
def test_bad_series_are_refused_whole(room, bad, error):
    with pytest.raises(error):
        booked(room, **bad)
    assert (StudioSession.objects.count(), SessionSeries.objects.count()) == (0, 0)


def test_a_project_of_another_client_is_refused(room, client_):
    with pytest.raises(project_links.ProjectOfAnotherClient):
        booked(room, client=client_, project=ProjectFactory())


def test_extend_series_adds_dates_and_brings_no_old_one_back(room):
    made = booked(room, skipped=[date(2026, 6, 9)])
    StudioSession.objects.filter(occurs_on=date(2026, 6, 16)).update(status="cancelled")
    StudioSession.objects.filter(occurs_on=TUESDAY).delete()

    longer = series.extend_series(series=made, until=date(2026, 7, 7), actor=None, now=NOW)

    days = [session.occurs_on.isoformat() for session in longer.sessions.order_by("occurs_on")]
    assert days == ["2026-06-16", "2026-06-23", "2026-06-30", "2026-07-07"]
    assert longer.rule.endswith("UNTIL=20260707")
    with pytest.raises(BadRule):
        series.extend_series(series=made, until=date(2026, 7, 8), actor=None, now=NOW)


def test_raw_sql_books_no_date_of_a_series_twice(room):
    made = booked(room)
    first, second = made.sessions.order_by("occurs_on")[:2]

    for change, name in [
        ("occurs_on = (SELECT occurs_on FROM sessions WHERE id = %s)", "sessions_once_in_series"),
        ("occurs_on = CASE WHEN id = %s THEN now()::date END", "sessions_of_series_dated"),
    ]:
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE sessions SET {change} WHERE id = %s", [first.pk, second.pk])


def test_a_deleted_series_leaves_its_sessions(room):
    made = booked(room)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM session_series WHERE id = %s", [made.pk])

    assert StudioSession.objects.filter(series=None, occurs_on__isnull=False).count() == 4


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(ZONES),
    start=st.dates(date(2026, 6, 2), date(2035, 12, 31)),
    at=st.times().map(lambda value: value.replace(minute=value.minute // 15 * 15, second=0, microsecond=0)),
    length=st.integers(15, 600),
)
def test_every_occurrence_has_the_wall_time_of_the_rule_over_changes_of_the_clocks(room, zone, start, at, length):
    live_in(zone)
    plan = SessionSeries(room=room, start_time=at, length_minutes=length, starts_on=start, kind="studio")
    house = current_profile().zone

    for day in parse_rule("FREQ=WEEKLY;COUNT=60").dates(start):
        starts_at, ends_at = plan.instants(day, house)
        wall = datetime.combine(day, at)
        assert ends_at - starts_at == timedelta(minutes=length)
        shown = starts_at.astimezone(house).replace(tzinfo=None)
        if is_skipped(wall, house):
            gap = shown - wall
            assert timedelta() < gap <= timedelta(days=1)
            assert starts_at == instant_moved_forward(wall, house)
        else:
            assert shown == wall
            assert starts_at == wall.replace(tzinfo=house, fold=0).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "start", "at", "expected"),
    [
        ("Europe/Paris", date(2027, 3, 21), time(2, 30), ["01:30", "01:30", "00:30"]),
        ("Europe/Paris", date(2026, 10, 18), time(2, 30), ["00:30", "00:30", "01:30"]),
        ("America/New_York", date(2027, 3, 7), time(2, 30), ["07:30", "07:30", "06:30"]),
        ("Australia/Lord_Howe", date(2026, 9, 27), time(2, 15), ["15:45", "15:45", "15:15"]),
        ("America/Asuncion", date(2026, 9, 27), time(0, 0), ["03:00", "03:00", "03:00"]),
    ],
    ids=["Paris forward", "Paris back", "New York forward", "Lord Howe half an hour", "Asuncion stays"],
)
def test_a_blocker_every_week_keeps_its_hour_over_the_change(room, zone, start, at, expected):
    live_in(zone)

    rule = parse_rule("FREQ=WEEKLY;COUNT=3")
    made = booked(room, rule=rule, starts_on=start, start_time=at, kind="blocker", length_minutes=45)

    assert [f"{starts_at:%H:%M}" for starts_at in starts(made)] == expected
    assert {s.ends_at - s.starts_at for s in made.sessions.all()} == {timedelta(minutes=45)}


def test_nobody_is_told_of_the_sessions_of_somebody_else(room):
    asked = [
        requests.request_session(
            title="Asked for",
            room=room,
            starts_at=NOW + timedelta(days=day, hours=4),
            ends_at=NOW + timedelta(days=day, hours=6),
            awaits="approval",
            visitor=requests.Visitor(email, email=email),
            actor=None,
            now=NOW,
            tell=notices.Tell.NOBODY,
        ).session
        for day, email in enumerate(["one@example.org", "two@example.org"], start=4)
    ]

    series.tell_clients(sessions=asked, kind=NoticeKind.CONFIRMATION, now=NOW)

    assert EmailMessage.objects.count() == 0

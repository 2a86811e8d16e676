"""The number of a session's version: it grows with whatever a calendar shows, and never falls."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sessions_app.models import StudioSession
from sessions_app.services import bookings, sessions
from tests.factories import NOW, SessionFactory

pytestmark = pytest.mark.django_db


def version_of(session):
    return StudioSession.objects.values_list("sequence", flat=True).get(pk=session.pk)


def test_a_new_session_is_version_0_with_a_key_of_its_own(desk):
    one, other = SessionFactory(), SessionFactory()

    assert (one.sequence, other.sequence) == (0, 0)
    assert one.calendar_uid != other.calendar_uid


def test_move_rename_and_cancel_count_and_other_facts_do_not(desk, room):
    session = SessionFactory(room=room)
    seen = []

    bookings.move_session(
        session=session, starts_at=session.ends_at, ends_at=session.ends_at.replace(hour=20), actor=desk, now=NOW
    )
    seen.append(version_of(session))
    sessions.change_session(session=session, total=100, actor=desk, now=NOW)
    seen.append(version_of(session))
    sessions.change_session(session=session, title="Mix", actor=desk, now=NOW)
    seen.append(version_of(session))
    bookings.cancel_session(session=session, reason="Flood", actor=desk, now=NOW)
    seen.append(version_of(session))

    assert seen == [1, 1, 2, 3]


def test_neither_raw_sql_nor_a_stale_row_lets_it_fall(desk):
    stale = SessionFactory()
    StudioSession.objects.filter(pk=stale.pk).update(title="By hand")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sessions SET sequence = 0 WHERE id = %s", [stale.pk])
    assert version_of(stale) == 1

    stale.save()

    assert version_of(stale) == 2


def test_raw_sql_that_a_calendar_shows_is_dated_and_other_facts_are_not(desk):
    session = SessionFactory()

    def time_after(change):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE sessions SET {change} WHERE id = {session.pk}")
        return StudioSession.objects.values_list("updated_at", flat=True).get(pk=session.pk)

    assert time_after("total = 5") == session.updated_at
    assert session.updated_at < time_after("title = 'By hand'") < time_after("title = 'By hand again'")
    ahead = timezone.now() + timedelta(days=1)
    StudioSession.objects.filter(pk=session.pk).update(updated_at=ahead)
    assert time_after("title = 'By a clock that runs late'") == ahead


def test_raw_sql_gets_a_key_as_well(room):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sessions (title, starts_at, ends_at, blocked_from, blocked_to)"
            " SELECT 'Raw ' || n, at, at + '1 hour', at, at + '1 hour'"
            " FROM generate_series(1, 2) n, (VALUES (timestamptz '2090-01-01 10:00Z')) v(at)"
        )

    keys = set(StudioSession.objects.filter(title__startswith="Raw").values_list("calendar_uid", flat=True))
    assert (len(keys), None in keys) == (2, False)

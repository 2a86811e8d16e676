"""The days of sessions: whatever happens to sessions, their sums are what the sessions come to."""

import random
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from billing.selectors import books_days
from sessions_app.models import Room, SessionDay, StudioSession
from sessions_app.selectors.session_days import use_by_month
from sessions_app.services import session_days
from studio.clock import local_day
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile
from studio.tenancy.context import as_owner
from tests.factories import RoomFactory

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 31, 12, tzinfo=UTC)
YEARS = (date(2025, 1, 1), date(2027, 12, 31))


def plain():
    """(month, room, status) -> sessions and their length, by a loop over all of them."""
    zone, found = current_profile().zone, {}
    for each in StudioSession.objects.exclude(kind="blocker"):
        key = (local_day(each.starts_at, zone).replace(day=1), each.room_id, each.status)
        count, length = found.get(key, (0, timedelta()))
        found[key] = (count + 1, length + each.ends_at - each.starts_at)
    return found


def summed():
    return {(use.month, use.room, use.status): (use.sessions, use.length) for use in use_by_month(*YEARS)}


def times(chance):
    starts = START + timedelta(minutes=30 * chance.randrange(-2000, 2000))
    ends = starts + timedelta(minutes=chance.choice((30, 45, 600)))
    return {"starts_at": starts, "ends_at": ends, "blocked_from": starts, "blocked_to": ends}


def test_after_random_bookings_moves_cancellations_and_deletions_the_days_are_the_plain_sums(studio):
    chance, rooms = random.Random(15), [*(RoomFactory() for _room in range(3)), None]
    done = Counter()
    for _step in range(150):
        act = chance.choice(("book", "book", "several", "move", "cancel", "block", "note", "delete", "fold"))
        some = list(StudioSession.objects.order_by("?")[:3])
        if act in {"book", "several"}:
            given = [times(chance) for _each in range(5 if act == "several" else 1)]
            kind = {"overlap_kept": True, "title": "x"}
            StudioSession.objects.bulk_create(
                StudioSession(room=(room := chance.choice(rooms)), kind="studio" if room else "remote", **each, **kind)
                for each in given
            )
        elif act == "move":
            keys = [each.pk for each in some]
            StudioSession.objects.filter(pk__in=keys).update(room=chance.choice(rooms), **times(chance))
        elif act == "cancel":
            StudioSession.objects.filter(pk__in=[each.pk for each in some]).update(status="cancelled")
        elif act == "block":
            kind = chance.choice(("blocker", "studio"))
            StudioSession.objects.filter(pk__in=[each.pk for each in some if each.room_id]).update(kind=kind)
        elif act == "note":
            StudioSession.objects.update(notes="Bring the cello")
        elif act == "delete":
            StudioSession.objects.filter(pk__in=[each.pk for each in some[:1]]).delete()
        else:
            session_days.fold_session_days()
        done[act] += 1
        assert summed() == plain(), (act, done)
    assert len(done) == 8
    session_days.fold_session_days()
    assert SessionDay.objects.count() == len(set(SessionDay.objects.values_list("room", "starts_on", "status")))
    assert summed() == plain()
    session_days.rebuild_session_days()
    assert summed() == plain()


def test_another_zone_is_other_days_and_a_failed_booking_leaves_none(studio):
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)  # in July in Paris
    given = {"starts_at": late, "ends_at": late + timedelta(hours=1), "blocked_from": late}
    session = {"title": "x", "kind": "remote", "blocked_to": late + timedelta(hours=1), **given}
    StudioSession.objects.create(**session)
    assert [use.month for use in use_by_month(*YEARS)] == [date(2026, 7, 1)]
    StudioProfile.objects.update(time_zone="UTC")
    assert [use.month for use in use_by_month(*YEARS)] == [date(2026, 6, 1)]
    with pytest.raises(DatabaseError), transaction.atomic():
        StudioSession.objects.create(**{**session, "ends_at": late})
    assert [use.sessions for use in use_by_month(*YEARS)] == [1]
    assert [finding for check in books_days.CHECKS for finding in check.findings()] == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {} SELECT * FROM {} LIMIT 0",
        "UPDATE {} SET updated_at = now()",
        "DELETE FROM {}",
    ],
)
@pytest.mark.parametrize("table", ["session_days", "ledger_days"])
def test_nobody_writes_days_by_hand(studio, table, statement):
    refused = pytest.raises(DatabaseError, match="are written by the tables that they add up")
    for whose in (as_owner(connection.schema_name), nullcontext()):
        with whose, refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(table, table))


def test_days_go_with_their_room(studio):
    room = RoomFactory()
    starts = {"starts_at": START, "ends_at": START + timedelta(hours=1), "blocked_from": START}
    made = StudioSession.objects.create(room=room, title="x", blocked_to=START + timedelta(hours=1), **starts)
    made.delete()
    assert SessionDay.objects.count() == 2
    Room.objects.filter(pk=room.pk).delete()
    assert SessionDay.objects.count() == 0

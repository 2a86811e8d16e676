"""What the table of sessions refuses whoever writes: raw SQL, as the studio's own role."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import StudioSession
from studio.db import constraint_name, sqlstate
from studio.tenancy.context import as_owner
from tests.factories import ClientFactory, ProjectFactory, RoomFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)
NOTHING = timedelta(0)


def insert(room=None, start=TEN, end=None, before=NOTHING, after=NOTHING, **columns):
    """Insert one row with the columns given and return its id."""
    end = end or start + HOUR
    row = {
        "title": "Raw",
        "room_id": room.pk if room else None,
        "starts_at": start,
        "ends_at": end,
        "blocked_from": start - before,
        "blocked_to": end + after,
        **columns,
    }
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO sessions ({names}) VALUES ({marks}) RETURNING id", list(row.values()))
        return cursor.fetchone()[0]


def committed(write):
    """Run a write in a savepoint, and what a commit would check at its end."""
    with transaction.atomic(), connection.cursor() as cursor:
        write(cursor)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused_by(**columns):
    """Return the name of the constraint that refuses a row."""
    with pytest.raises(IntegrityError) as refusal:
        committed(lambda cursor: insert(**columns))
    return constraint_name(refusal.value)


def test_row_takes_the_defaults_other_programs_rely_on():
    pk = insert()

    row = StudioSession.objects.get(pk=pk)
    assert (row.status, row.payment_status, row.deposit_paid, row.overlap_kept, row.kind, row.booking_type) == (
        "scheduled",
        "unpaid",
        False,
        False,
        "studio",
        "hourly",
    )
    assert row.created_at is not None
    assert row.updated_at is not None


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"end": TEN - HOUR, "blocked_from": TEN - HOUR, "blocked_to": TEN}, "sessions_ends_after_start"),
        ({"blocked_from": TEN + HALF}, "sessions_blocked_around_times"),
        ({"blocked_to": TEN + HALF}, "sessions_blocked_around_times"),
        ({"status": "conflict"}, "sessions_status_known"),
        ({"kind": "party"}, "sessions_kind_known"),
        ({"booking_type": "weekly"}, "sessions_booking_type_known"),
        ({"payment_status": "late"}, "sessions_payment_known"),
        ({"total": -1}, "sessions_total_not_negative"),
        ({"deposit_amount": -1}, "sessions_deposit_not_negative"),
        ({"currency": "euro"[:3]}, "sessions_currency_code"),
        ({"status": "hold", "hold_expires_at": TEN}, "sessions_hold_is_ranked"),
        ({"status": "hold", "hold_rank": 1}, "sessions_provisional_expires"),
        ({"status": "requested"}, "sessions_provisional_expires"),
        ({"actual_end": TEN}, "sessions_actual_end_after_start"),
        ({"actual_start": TEN, "actual_end": TEN}, "sessions_actual_end_after_start"),
    ],
)
def test_nonsense_is_refused(columns, constraint):
    assert refused_by(**columns) == constraint


def test_blocked_times_are_required():
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        insert(blocked_from=None)

    assert sqlstate(refusal.value) == "23502"


def test_overlap_in_one_room_is_refused(room):
    insert(room)

    assert refused_by(room=room, start=TEN + HALF) == "sessions_room_free_before"


def test_overlap_in_another_room_or_in_none_is_allowed(room):
    insert(room)

    insert(RoomFactory())
    insert(None)
    insert(None)

    assert StudioSession.objects.count() == 4


def test_edges_may_touch(room):
    insert(room)

    insert(room, start=TEN + HOUR)
    insert(room, start=TEN - HOUR)

    assert StudioSession.objects.count() == 3


@pytest.mark.parametrize("status", ["requested", "scheduled", "in_progress", "completed", "no_show"])
def test_occupying_statuses_block(room, status):
    insert(room, status=status, hold_expires_at=TEN)

    assert refused_by(room=room) == "sessions_room_free_before"


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "cancelled"},
        {"status": "expired"},
        {"status": "hold", "hold_rank": 2, "hold_expires_at": TEN},
        {"overlap_kept": True},
    ],
    ids=["cancelled", "expired", "second hold", "kept overlap"],
)
def test_others_do_not_block(room, columns):
    insert(room, **columns)

    insert(room)

    assert StudioSession.objects.count() == 2


def test_first_hold_blocks(room):
    insert(room, status="hold", hold_rank=1, hold_expires_at=TEN)

    assert refused_by(room=room) == "sessions_room_free_before"


@pytest.mark.parametrize(
    ("teardown", "setup", "gap", "allowed"),
    [
        (HALF, HOUR, HOUR, True),
        (HALF, HOUR, HOUR - timedelta(minutes=1), False),
        (HOUR, HALF, HOUR, True),
        (HOUR, HALF, HOUR - timedelta(minutes=1), False),
        (HALF, HALF, HALF, True),
        (NOTHING, NOTHING, NOTHING, True),
    ],
    ids=["setup longer", "setup missed", "teardown longer", "teardown missed", "equal, not the sum", "none"],
)
@pytest.mark.parametrize("later_first", [False, True], ids=["in order", "later one first"])
def test_gap_is_the_longer_of_teardown_and_setup(room, teardown, setup, gap, allowed, later_first):
    # An hour of teardown of one and half an hour of setup of the next share the same hour.
    earlier = {"room": room, "start": TEN, "after": teardown}
    later = {"room": room, "start": TEN + HOUR + gap, "before": setup}
    first, second = (later, earlier) if later_first else (earlier, later)
    insert(**first)

    if allowed:
        insert(**second)
        assert StudioSession.objects.count() == 2
    else:
        assert refused_by(**second) in {"sessions_room_free_before", "sessions_room_free_after"}


def test_move_onto_another_by_update_is_refused(room):
    insert(room)
    pk = insert(room, start=TEN + 2 * HOUR)

    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sessions SET starts_at = %s, ends_at = %s, blocked_from = %s, blocked_to = %s WHERE id = %s",
            [TEN, TEN + HOUR, TEN, TEN + HOUR, pk],
        )

    assert constraint_name(refusal.value) == "sessions_room_free_before"


def test_cancelled_one_coming_back_is_refused(room):
    pk = insert(room, status="cancelled")
    insert(room)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE sessions SET status = 'scheduled' WHERE id = %s", [pk])


def test_project_of_another_client_is_refused(client_):
    project = ProjectFactory()

    assert refused_by(client_id=client_.pk, project_id=project.pk) == "sessions_project_of_client"


def test_project_of_the_client_or_without_client_is_allowed():
    project = ProjectFactory()

    insert(client_id=project.client_id, project_id=project.pk)
    insert(client_id=None, project_id=project.pk)
    insert(client_id=ClientFactory().pk, project_id=None)

    assert StudioSession.objects.filter(project=project).count() == 2


def test_raw_delete_of_a_project_empties_the_link_alone(room):
    project = ProjectFactory()
    pk = insert(room, client_id=project.client_id, project_id=project.pk, project_label=project.name)
    before = StudioSession.objects.filter(pk=pk).values().get()

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects WHERE id = %s", [project.pk])

    assert StudioSession.objects.filter(pk=pk).values().get() == {**before, "project_id": None}


@pytest.mark.parametrize("table", ["clients", "rooms"])
def test_raw_delete_of_a_client_or_room_with_sessions_is_refused(room, client_, table):
    insert(room, client_id=client_.pk)
    pk = client_.pk if table == "clients" else room.pk

    with pytest.raises(IntegrityError) as refusal:
        committed(lambda cursor: cursor.execute(f"DELETE FROM {table} WHERE id = %s", [pk]))

    assert sqlstate(refusal.value) == "23503"


def test_unknown_project_is_a_key_violation():
    with pytest.raises(IntegrityError) as refusal:
        committed(lambda cursor: insert(project_id=999_999))

    assert sqlstate(refusal.value) == "23503"


UNSERVED_KEYS = """
    SELECT c.conname FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
    ORDER BY c.conname
"""


def unserved_keys():
    """The foreign keys of this studio that no index begins with: a delete of what they point to reads whole tables."""
    with connection.cursor() as cursor:
        cursor.execute(UNSERVED_KEYS)
        return [name for (name,) in cursor.fetchall()]


def test_every_foreign_key_is_served_by_an_index(studio):
    assert unserved_keys() == []

    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP INDEX sessions_cancelled_by")
    (unserved,) = unserved_keys()
    assert unserved.startswith("sessions_cancelled_by_id_")

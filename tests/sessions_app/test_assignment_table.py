"""Nobody and nothing is in two sessions at a time: the table refuses it, by the ORM and by plain SQL."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import (
    AssignmentKind,
    AssignmentStatus,
    SessionAssignment,
    SessionStatus,
    StudioSession,
)
from tests.factories import EquipmentFactory, HoldFactory, MusicianFactory, RoomFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db

EXCLUSION, FOREIGN_KEY, CHECK, UNIQUE = "23P01", "23503", "23514", "23505"
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KINDS = ["engineer", "talent", "equipment"]


def resource(kind):
    if kind == "engineer":
        return UserFactory()
    if kind == "talent":
        return MusicianFactory()
    return EquipmentFactory(name="U 87")


def assign(session, kind, who, **facts):
    """Write the row as a careless program would: nothing is asked first."""
    times = {"starts_at": session.starts_at, "ends_at": session.ends_at, "occupying": session.occupying}
    return SessionAssignment.objects.create(
        session=session, kind=kind, label=str(who), **{kind: who}, **{**times, **facts}
    )


def sqlstate_of(refused):
    return refused.value.__cause__.sqlstate


def run(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def at(hours, **facts):
    return SessionFactory(starts_at=TEN + hours * HOUR, **facts)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_one_cannot_be_in_two_rooms_at_once(kind):
    who, here, there = resource(kind), at(0), at(1)
    assign(here, kind, who)

    with pytest.raises(IntegrityError, match=f"session_assignments_{kind}_free") as refused:
        assign(there, kind, who)
    assert sqlstate_of(refused) == EXCLUSION


@pytest.mark.parametrize("kind", KINDS)
def test_one_after_the_other_is_allowed(kind):
    who, first, second = resource(kind), at(0), at(2)
    assign(first, kind, who)
    assign(second, kind, who)

    assert SessionAssignment.objects.count() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_two_of_a_kind_may_work_side_by_side(kind):
    session = at(0)
    assign(session, kind, resource(kind))
    assign(session, kind, resource(kind))

    assert session.assignments.count() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_move_by_plain_sql_takes_the_assignment_along(kind):
    who, session = resource(kind), at(0)
    moved = assign(session, kind, who)

    run(
        "UPDATE sessions SET starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day',"
        " blocked_from = blocked_from + interval '1 day', blocked_to = blocked_to + interval '1 day' WHERE id = %s",
        session.pk,
    )

    moved.refresh_from_db()
    assert (moved.starts_at, moved.ends_at) == (TEN + 24 * HOUR, TEN + 26 * HOUR)


@pytest.mark.parametrize("kind", KINDS)
def test_a_move_by_plain_sql_onto_another_session_of_the_same_one_is_refused(kind):
    who, first, second = resource(kind), at(0), at(2)
    assign(first, kind, who)
    assign(second, kind, who)

    with pytest.raises(IntegrityError, match=f"session_assignments_{kind}_free") as refused, transaction.atomic():
        run("UPDATE sessions SET starts_at = starts_at - interval '1 hour',"
            " blocked_from = blocked_from - interval '1 hour' WHERE id = %s", second.pk)  # fmt: skip
    assert sqlstate_of(refused) == EXCLUSION


def test_cancelling_by_plain_sql_frees_everybody_and_reviving_asks_again():
    who, first, second = UserFactory(), at(0), at(1)
    assign(first, "engineer", who)
    run("UPDATE sessions SET status = 'cancelled' WHERE id = %s", first.pk)
    assign(second, "engineer", who)

    assert list(SessionAssignment.objects.order_by("pk").values_list("occupying", flat=True)) == [False, True]
    with pytest.raises(IntegrityError, match="session_assignments_engineer_free"), transaction.atomic():
        run("UPDATE sessions SET status = 'scheduled' WHERE id = %s", first.pk)


@pytest.mark.parametrize("status", SessionStatus)
def test_an_assignment_takes_its_time_exactly_when_the_session_takes_its_slot(status):
    session = HoldFactory()
    row = assign(session, "engineer", UserFactory())
    StudioSession.objects.filter(pk=session.pk).update(status=status)

    row.refresh_from_db()
    session.refresh_from_db()
    free = {SessionStatus.CANCELLED, SessionStatus.EXPIRED}
    assert (row.occupying, session.occupying, session.takes_its_slot) == (status not in free,) * 3


def test_who_waits_with_a_second_hold_is_free_until_it_moves_up():
    room, who = RoomFactory(), UserFactory()
    assign(HoldFactory(room=room), "engineer", who)
    waiting = HoldFactory(room=room)
    row = assign(waiting, "engineer", who)

    assert (waiting.hold_rank, row.occupying) == (2, False)


def test_who_has_declined_is_free():
    who, first, second = UserFactory(), at(0), at(1)
    assign(first, "engineer", who, status=AssignmentStatus.DECLINED)
    assign(second, "engineer", who)

    with pytest.raises(IntegrityError, match="session_assignments_engineer_free"):
        SessionAssignment.objects.filter(session=first).update(status=AssignmentStatus.ASSIGNED)


def test_a_kept_overlap_does_not_stop_the_next():
    who, first, second = UserFactory(), at(0), at(1)
    assign(first, "engineer", who)
    assign(second, "engineer", who, overlap_kept=True)

    assert SessionAssignment.objects.taking().count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [("starts_at", TEN - HOUR), ("ends_at", TEN + HOUR), ("occupying", False)],
)
def test_times_other_than_the_sessions_are_refused(field, value):
    with pytest.raises(IntegrityError, match="session_assignments_times_of_session") as refused:
        assign(at(0), "engineer", UserFactory(), **{field: value})
    assert sqlstate_of(refused) == FOREIGN_KEY


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"kind": "trainer"}, "session_assignments_kind_known"),
        ({"kind": AssignmentKind.TALENT}, "session_assignments_kind_known"),
        ({"kind": AssignmentKind.EQUIPMENT, "engineer": None}, "session_assignments_kind_known"),
        ({"status": "perhaps"}, "session_assignments_status_known"),
        ({"label": ""}, "session_assignments_named"),
        ({"rate": Decimal(-1)}, "session_assignments_rate_not_negative"),
    ],
    ids=["unknown kind", "engineer as talent", "no equipment", "unknown status", "nameless", "negative rate"],
)
def test_nonsense_is_refused(facts, constraint):
    row = assign(at(0), "engineer", UserFactory())

    with pytest.raises(IntegrityError, match=constraint) as refused:
        SessionAssignment.objects.filter(pk=row.pk).update(**facts)
    assert sqlstate_of(refused) == CHECK


def test_one_row_names_one():
    row = assign(at(0), "engineer", UserFactory())

    with pytest.raises(IntegrityError, match="session_assignments_kind_known"):
        SessionAssignment.objects.filter(pk=row.pk).update(talent=MusicianFactory())


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_one_twice_on_a_session_is_refused_also_where_it_takes_no_time(kind):
    who, session = resource(kind), at(0)
    run("UPDATE sessions SET status = 'cancelled' WHERE id = %s", session.pk)
    session.refresh_from_db()
    assign(session, kind, who)

    with pytest.raises(IntegrityError, match=f"session_assignments_{kind}_once") as refused:
        assign(session, kind, who)
    assert sqlstate_of(refused) == UNIQUE


@pytest.mark.parametrize(("kind", "table"), [("engineer", "users"), ("talent", "musicians")])
def test_who_is_deleted_leaves_the_assignment_and_the_name(kind, table):
    who = resource(kind)
    row = assign(at(0), kind, who)

    run(f"DELETE FROM {table} WHERE id = %s", who.pk)

    row.refresh_from_db()
    assert (getattr(row, kind), row.label, row.kind) == (None, str(who), kind)


def test_equipment_that_was_used_cannot_be_deleted():
    item = resource("equipment")
    assign(at(0), "equipment", item)

    with pytest.raises(IntegrityError, match="session_assignments_equipment_id"), transaction.atomic():
        run("SET CONSTRAINTS ALL IMMEDIATE; DELETE FROM equipment WHERE id = %s", item.pk)


def test_an_assignment_goes_with_its_session():
    session = at(0)
    assign(session, "engineer", UserFactory())

    run("DELETE FROM sessions WHERE id = %s", session.pk)

    assert not SessionAssignment.objects.exists()

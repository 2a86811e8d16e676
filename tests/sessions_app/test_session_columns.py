"""The columns that S0 and S1 name, read from the live catalogue; and the indexes at work."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import Client, Musician, StudioSession
from sessions_app.selectors import timetable
from sessions_app.selectors.projects import sessions_of_project
from studio.clock import local_midnight
from studio.tenancy.context import as_owner, current_schema
from tests.factories import ProjectFactory, SessionFactory

pytestmark = pytest.mark.django_db
START = datetime(2020, 1, 1, tzinfo=UTC)

COLUMN = """
    SELECT format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = %s::regclass AND a.attname = %s
"""
MANY = """
    INSERT INTO projects (name, client_id) SELECT 'Bulk ' || n, %s FROM generate_series(1, 100) n;
    INSERT INTO sessions (title, project_id, client_id, starts_at, ends_at, blocked_from, blocked_to)
    SELECT 'Bulk ' || n, (SELECT min(id) FROM projects) + n %% 100, %s, t.at, t.at + interval '1 hour',
           t.at, t.at + interval '1 hour'
    FROM generate_series(0, 9999) n, LATERAL (SELECT %s::timestamptz + n * interval '1 hour' AS at) t
"""


def column(table, name):
    """Return (type, nullable, default) of a column."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMN, [table, name])
        return cursor.fetchone()


@pytest.mark.parametrize(
    ("table", "name", "expected"),
    [
        ("sessions", "project_id", ("bigint", True, None)),
        ("sessions", "deposit_amount", ("numeric(12,2)", True, None)),
        ("sessions", "deposit_paid", ("boolean", False, "false")),
        ("sessions", "payment_status", ("character varying(50)", False, "'unpaid'::character varying")),
        ("sessions", "stripe_checkout_session_id", ("character varying(255)", False, "''::character varying")),
        ("sessions", "stripe_payment_intent_id", ("character varying(255)", False, "''::character varying")),
        ("musicians", "talent_type", ("character varying(50)", False, "'musician'::character varying")),
        ("sessions", "starts_at", ("timestamp with time zone", False, None)),
        ("sessions", "blocked_from", ("timestamp with time zone", False, None)),
        ("sessions", "client_id", ("bigint", True, None)),
        ("sessions", "room_id", ("bigint", True, None)),
    ],
)
def test_column_is_as_other_programs_expect(table, name, expected):
    assert column(table, name) == expected


def test_project_key_sets_null():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT confdeltype, confrelid::regclass::text FROM pg_constraint"
            " WHERE conrelid = 'sessions'::regclass AND contype = 'f' AND array_length(conkey, 1) = 1"
            " AND conkey[1] = (SELECT attnum FROM pg_attribute"
            "   WHERE attrelid = 'sessions'::regclass AND attname = 'project_id')"
        )
        assert cursor.fetchall() == [("n", "projects")]


def test_deposit_is_exact():
    session = SessionFactory()
    session.deposit_amount = "33.33"
    session.save(update_fields=["deposit_amount"])

    assert str(StudioSession.objects.get(pk=session.pk).deposit_amount) == "33.33"


def test_talent_type_defaults_to_musician():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO musicians (name) VALUES ('Ada') RETURNING talent_type")
        assert cursor.fetchone() == ("musician",)


def test_unknown_talent_type_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="musicians_talent_type_known"), transaction.atomic():
        Musician.objects.create(name="Ada", talent_type="dancer")


def bulk_of_sessions():
    """Write 10,000 sessions of 100 projects, an hour each, and let the planner know."""
    client = ProjectFactory().client
    with connection.cursor() as cursor:
        cursor.execute(MANY, [client.pk, client.pk, START])
    let_the_planner_know("sessions")


def let_the_planner_know(table):
    """Count the rows anew, which only a table's owner may."""
    with as_owner(current_schema()), connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")


def plan(queryset):
    """Return PostgreSQL's plan of a query."""
    return queryset.explain(format="text")


def test_sessions_of_a_project_are_found_by_the_index():
    bulk_of_sessions()
    project = StudioSession.objects.order_by("pk")[5000].project

    assert "sessions_of_project" in plan(sessions_of_project(project))


def test_without_the_index_the_plan_reads_the_table():
    bulk_of_sessions()
    project = StudioSession.objects.order_by("pk")[5000].project

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")

    assert "sessions_of_project" not in plan(sessions_of_project(project))


def test_week_of_the_house_is_found_by_the_period_index(studio):
    bulk_of_sessions()
    monday = local_midnight(datetime(2020, 6, 1, tzinfo=UTC).date(), UTC)

    week = timetable.sessions_between(monday, monday + timedelta(days=7))

    assert "sessions_blocked_period" in plan(week)
    assert week.count() == 7 * 24


def test_search_by_part_of_a_name_uses_the_trigram_index():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO clients (name) SELECT md5(n::text) FROM generate_series(1, 2000) n")
    let_the_planner_know("clients")
    with connection.cursor() as cursor:
        # Rows just inserted wait in the index's pending list, which makes it look dear to the planner.
        cursor.execute("SET LOCAL enable_seqscan = off")

    assert "clients_search" in plan(Client.objects.filter(name__icontains="abcde"))

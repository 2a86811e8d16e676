"""Sessions from before the project, the deposit and the talent's type: they live on, and can go back."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField
from django.db.migrations.state import ProjectState

from sessions_app.models import Client, Musician, Project, StudioSession
from sessions_app.services import sessions
from studio.tenancy.context import as_owner, inside
from studio.tenancy.history import history
from studio.tenancy.services import migrating
from tests.factories import NOW
from tests.fleet import fleet

APP = "sessions_app"
FORMER, GENERATED = "0001_initial", "0002_project_deposit_and_talent_type"
NEW_COLUMNS = {
    ("studiosession", "project_id"),
    ("studiosession", "deposit_amount"),
    ("studiosession", "deposit_paid"),
    ("studiosession", "payment_status"),
    ("studiosession", "stripe_checkout_session_id"),
    ("studiosession", "stripe_payment_intent_id"),
    ("musician", "talent_type"),
}
ROWS = """
    INSERT INTO clients (name) VALUES ('Former');
    INSERT INTO musicians (name) VALUES ('Ada');
    INSERT INTO sessions (title, client_id, status, starts_at, ends_at, blocked_from, blocked_to)
    SELECT 'Former ' || n, (SELECT id FROM clients), (ARRAY['scheduled', 'completed', 'cancelled'])[1 + n % 3],
           t.at, t.at + interval '1 hour', t.at, t.at + interval '1 hour'
    FROM generate_series(1, 30) n, LATERAL (SELECT timestamptz '2026-06-02 00:00Z' + n * interval '1 day' AS at) t
"""
KEPT = "id, title, client_id, status, starts_at, ends_at, blocked_from, blocked_to, total, notes, created_at"


@pytest.fixture(scope="module")
def loader():
    return MigrationLoader(None)


def differences(before: ProjectState, after: ProjectState):
    """Return what one makemigrations run would write, by app."""
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(before, after)
    return detector.changes(graph=loader.graph, trim_to_apps={APP}, convert_apps={APP})


def test_one_generation_yields_the_seven_columns_and_nothing_else(loader):
    before = loader.project_state((APP, FORMER))
    after = loader.project_state((APP, GENERATED))

    (generated,) = differences(before, after)[APP]

    written = loader.get_migration(APP, GENERATED)
    assert [operation.describe() for operation in generated.operations] == [
        operation.describe() for operation in written.operations
    ]
    added = [operation for operation in written.operations if isinstance(operation, AddField)]
    columns = {(step.model_name, f"{step.name}_id" if step.field.is_relation else step.name) for step in added}
    assert columns == NEW_COLUMNS


def test_models_and_migrations_agree_afterwards(loader):
    assert differences(loader.project_state(), ProjectState.from_apps(apps)) == {}


def test_migration_comes_in_a_file_of_its_own_after_the_former_shape(loader):
    assert (APP, FORMER) in loader.get_migration(APP, GENERATED).dependencies


def kept_columns(studio):
    """Return the columns that both shapes have, as the owner sees them."""
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute(f"SELECT {KEPT} FROM sessions ORDER BY id")
        return cursor.fetchall()


@pytest.mark.early
@pytest.mark.django_db(transaction=True)
def test_former_sessions_live_through_the_migration_there_and_back():
    with fleet(1) as (studio,):
        migrating.migrate_schema(studio.schema_name, history().target(APP, "0001"))
        with as_owner(studio.schema_name), connection.cursor() as cursor:
            cursor.execute(ROWS)
        before = kept_columns(studio)
        assert len(before) == 30

        migrating.migrate_schema(studio.schema_name)

        assert kept_columns(studio) == before
        with inside(studio):
            assert StudioSession.objects.without_project().count() == 30
            values = StudioSession.objects.values_list("payment_status", "deposit_paid", "deposit_amount").distinct()
            assert list(values) == [("unpaid", False, None)]
            assert Musician.objects.get().talent_type == "musician"
            project = Project.objects.create(client=Client.objects.get(), name="New")
            for session in StudioSession.objects.all():
                sessions.change_session(session=session, project=project, notes="Edited", actor=None, now=NOW)
            assert project.sessions.count() == 30
            StudioSession.objects.update(notes="")

        migrating.migrate_schema(studio.schema_name, history().target(APP, "0001"))
        assert kept_columns(studio) == before
        migrating.migrate_schema(studio.schema_name)

        assert kept_columns(studio) == before
        with inside(studio):
            assert StudioSession.objects.without_project().count() == 30


CONSTRAINTS = "SELECT conname FROM pg_constraint WHERE conrelid = 'sessions'::regclass AND contype = 'x' ORDER BY 1"


def exclusions(studio):
    """Return the names of the exclusion constraints of the sessions."""
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS)
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_rule_against_overlaps_is_there_in_both_shapes():
    with fleet(1) as (studio,):
        current = exclusions(studio)
        migrating.migrate_schema(studio.schema_name, history().target(APP, "0001"))

        assert exclusions(studio) == current == ["sessions_room_free_after", "sessions_room_free_before"]

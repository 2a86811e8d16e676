"""The thirteen columns that a former system believed it had: one generation makes them, and every studio has them."""

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField
from django.db.migrations.state import ProjectState

from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened
from studio.tenancy.context import as_owner
from studio.tenancy.history import history
from studio.tenancy.models import Studio
from studio.tenancy.services import migrating
from tests.factories import NOW
from tests.fleet import fleet

LEGACY = Path(__file__).parent / "data" / "legacy"
# Table and column -> type in information_schema, length or precision, whether it may be empty.
COLUMNS = {
    ("sessions", "project_id"): ("bigint", 64, "YES"),
    ("sessions", "deposit_amount"): ("numeric", 12, "YES"),
    ("sessions", "deposit_paid"): ("boolean", None, "NO"),
    ("sessions", "payment_status"): ("character varying", 50, "NO"),
    ("sessions", "stripe_checkout_session_id"): ("character varying", 255, "NO"),
    ("sessions", "stripe_payment_intent_id"): ("character varying", 255, "NO"),
    ("invoices", "deposit_amount"): ("numeric", 12, "YES"),
    ("invoices", "deposit_paid_at"): ("timestamp with time zone", None, "YES"),
    ("invoices", "stripe_deposit_payment_intent_id"): ("character varying", 255, "NO"),
    ("invoices", "remaining_balance"): ("numeric", 12, "NO"),
    ("invoices", "pdf_s3_key"): ("text", None, "NO"),
    ("invoices", "sent_at"): ("timestamp with time zone", None, "YES"),
    ("musicians", "talent_type"): ("character varying", 50, "NO"),
}
# App and model of each table, and the column's field where it has another name.
MODELS = {
    "sessions": ("sessions_app", "studiosession"),
    "invoices": ("billing", "invoice"),
    "musicians": ("sessions_app", "musician"),
}
FIELDS = {"project_id": "project"}
FOUND = """
    SELECT table_schema, table_name, column_name, data_type,
           coalesce(character_maximum_length, numeric_precision), is_nullable
    FROM information_schema.columns WHERE table_schema = ANY(%s) AND table_name = ANY(%s)
"""


def lacking():
    """Schema -> the columns that it has not, or not as they should be, for every studio there is."""
    with as_owner(), connection.cursor() as cursor:
        schemas = list(Studio.objects.values_list("schema_name", flat=True))
        cursor.execute(FOUND, [schemas, list(MODELS)])
        found = {(schema, table, name): tuple(facts) for schema, table, name, *facts in cursor.fetchall()}
    told = {
        schema: {".".join(column) for column, wanted in COLUMNS.items() if found.get((schema, *column)) != wanted}
        for schema in schemas
    }
    return {schema: columns for schema, columns in told.items() if columns}


def of(*tables):
    return {".".join(column) for column in COLUMNS if column[0] in tables}


@pytest.mark.early
@pytest.mark.django_db(transaction=True)
def test_every_studio_has_them_fresh_migrated_or_adopted(other_studio):
    with fleet(2) as (oldest, adopted):
        stale, younger = oldest.schema_name, adopted.schema_name
        migrating.migrate_schema(stale, history().target("sessions_app", "0001"))
        migrating.migrate_schema(younger, history().target("billing", "zero"))
        assert lacking() == {stale: of("sessions", "musicians", "invoices"), younger: of("invoices")}

        call_command("migrate_schemas", verbosity=0)
        with opened(str(LEGACY / "tenant_1.sql.gz")) as source:
            adopt(source=source, studio=adopted, now=NOW)
        assert lacking() == {}

        with as_owner(younger), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sessions DROP COLUMN deposit_paid CASCADE")
            cursor.execute("ALTER TABLE musicians ALTER COLUMN talent_type TYPE varchar(40)")
        assert lacking() == {younger: {"sessions.deposit_paid", "musicians.talent_type"}}


def without_them(state):
    """The project as it was before: no such column, and nothing in the tables that speaks of one."""
    former = state.clone()
    for table, name in COLUMNS:
        field, key = FIELDS.get(name, name), MODELS[table]
        for option in ("constraints", "indexes"):
            kept = [each for each in former.models[key].options[option] if f"{field!r}" not in repr(each.deconstruct())]
            former.models[key].options[option] = kept
        former.remove_field(*key, field)
    return former


def generated(before, after):
    """App -> the migrations that one run of makemigrations would write."""
    graph, labels = MigrationLoader(None).graph, {"sessions_app", "billing"}
    return MigrationAutodetector(before, after).changes(graph=graph, trim_to_apps=labels, convert_apps=labels)


def test_one_generation_makes_them_all_and_a_second_finds_nothing():
    now = ProjectState.from_apps(apps)
    former = without_them(now)

    files = generated(former, now)

    assert {app: len(migrations) for app, migrations in files.items()} == {"sessions_app": 1, "billing": 1}
    steps = [(app, step) for app, (migration,) in files.items() for step in migration.operations]
    added = {(app, step.model_name_lower, step.name) for app, step in steps if isinstance(step, AddField)}
    assert added == {(*MODELS[table], FIELDS.get(name, name)) for table, name in COLUMNS}
    for app, step in steps:
        step.state_forwards(app, former)
    assert generated(former, now) == {}

"""Names, keys and defaults of every table; docs/conventions.md is the readable form of these rules."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models import CheckConstraint, Q
from django.db.models.fields import NOT_PROVIDED
from django.test.utils import isolate_apps

from studio.tenancy.capsules.keeper import keeper
from studio.tenancy.context import as_owner
from studio.tenancy.selectors.cascade_table import RULES, SHAPED_ELSEWHERE, THIRD_PARTY, keys_of, own_models
from tests.broken_models import Unshown
from tests.source_tree import ROOT

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# One row each, or a noun without a plural of its own.
SINGULAR_TABLES = {"studio_profile", "equipment"}
# Amounts that may be below zero: what somebody owes us, negative when we owe them.
SIGNED_AMOUNTS = {"clients.balance_due"}
SINGULARS_IN_S = ("series", "address", "access", "status")
# Other programs read these names, so they are fixed.
KEYS_NAMED_ELSEWHERE = {"training_sessions.session_type"}
# Rights, credentials and news of one person: they end with the account. All else outlives it.
END_WITH_THE_ACCOUNT = {
    "calendar_feeds.person_id",
    "login_sessions.user_id",
    "member_list_layouts.user_id",
    "notifications.user_id",
    "user_permissions.user_id",
    "user_roles.user_id",
}


def table(model):
    return model._meta.db_table


def columns(model):
    return [f"{table(model)}.{field.column}" for field in model._meta.local_concrete_fields]


def checks(model):
    return [each for each in model._meta.constraints if isinstance(each, CheckConstraint)]


def conditions(node):
    """Every (lookup, value) pair in a Q and the Qs inside it."""
    if isinstance(node, Q):
        for child in node.children:
            yield from conditions(child)
    elif isinstance(node, tuple):
        yield node


def checked_values(model, field):
    """The values that a named CHECK allows a choice field, all alternatives together."""
    found = set()
    for constraint in checks(model):
        for lookup, value in conditions(constraint.condition):
            if lookup == f"{field.name}__in":
                found |= set(map(str, value))
            elif lookup == field.name and isinstance(value, str):
                found.add(value)
    return found


def is_checked(model, field):
    names = {lookup.split("__")[0] for each in checks(model) for lookup, _value in conditions(each.condition)}
    return field.name in names


# Each rule takes a model and yields what breaks it. -----------------------------------------------


def plural_snake_case_table(model):
    name = table(model)
    if not SNAKE_CASE.fullmatch(name) or not (name.endswith("s") or name in SINGULAR_TABLES):
        yield name


def snake_case_columns(model):
    yield from (name for name in columns(model) if not SNAKE_CASE.fullmatch(name.split(".")[1]))


def id_and_timestamps(model):
    if table(model) not in SHAPED_ELSEWHERE:
        present = {field.column for field in model._meta.local_concrete_fields}
        yield from (f"{table(model)}.{name}" for name in ("id", "created_at", "updated_at") if name not in present)


def timestamps_default_to_now(model):
    for field in model._meta.local_concrete_fields:
        if field.column in {"created_at", "updated_at"} and (field.null or field.db_default is NOT_PROVIDED):
            yield f"{table(model)}.{field.column}"


def keys_named_after_their_target(model):
    for field in keys_of(model):
        stem = field.column.removesuffix("_id")
        if f"{table(model)}.{field.column}" in KEYS_NAMED_ELSEWHERE:
            continue
        if stem == field.column or (stem.endswith("s") and not stem.endswith(SINGULARS_IN_S)):
            yield f"{table(model)}.{field.column}"


def keys_with_a_known_rule(model):
    for field in keys_of(model):
        if field.remote_field.on_delete not in RULES or not field.db_constraint:
            yield f"{table(model)}.{field.column}"


def required_keys_are_never_emptied(model):
    emptying = {models.SET_NULL, models.DB_SET_NULL}
    for field in keys_of(model):
        if not field.null and field.remote_field.on_delete in emptying:
            yield f"{table(model)}.{field.column}"


def links_to_people_say_why_they_may_be_empty(model):
    for field in keys_of(model):
        if field.null and field.remote_field.model is get_user_model() and not str(field.help_text).strip():
            yield f"{table(model)}.{field.column}"


def records_outlive_the_account(model):
    keeping = {models.DB_SET_NULL, models.SET_NULL, models.PROTECT, models.RESTRICT}
    for field in keys_of(model):
        name = f"{table(model)}.{field.column}"
        to_a_person = field.remote_field.model is get_user_model()
        if to_a_person and name not in END_WITH_THE_ACCOUNT and field.remote_field.on_delete not in keeping:
            yield name


def booleans_are_yes_or_no(model):
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.BooleanField):
            starts_true = field.db_default is not NOT_PROVIDED and field.db_default is not False
            if field.null or field.db_default is NOT_PROVIDED or (starts_true and not str(field.help_text).strip()):
                yield f"{table(model)}.{field.column}"


def choices_are_checked(model):
    for field in model._meta.local_concrete_fields:
        wanted = {str(value) for value, _label in field.flatchoices}
        if wanted and checked_values(model, field) - {""} != wanted - {""}:
            yield f"{table(model)}.{field.column}"


def amounts_are_checked(model):
    for field in model._meta.local_concrete_fields:
        name = f"{table(model)}.{field.column}"
        if isinstance(field, models.DecimalField) and not is_checked(model, field) and name not in SIGNED_AMOUNTS:
            yield name


def table_is_named(model):
    if "db_table" not in model._meta.original_attrs and not model._meta.auto_created:
        yield table(model)


def rows_have_no_built_in_order(model):
    if model._meta.ordering:
        yield table(model)


RULES_OF_TABLES = [
    plural_snake_case_table,
    snake_case_columns,
    id_and_timestamps,
    timestamps_default_to_now,
    keys_named_after_their_target,
    keys_with_a_known_rule,
    required_keys_are_never_emptied,
    links_to_people_say_why_they_may_be_empty,
    records_outlive_the_account,
    booleans_are_yes_or_no,
    choices_are_checked,
    amounts_are_checked,
    table_is_named,
    rows_have_no_built_in_order,
]


@pytest.mark.parametrize("rule", RULES_OF_TABLES, ids=lambda rule: rule.__name__)
def test_every_table_has(rule):
    assert [broken for model in own_models() for broken in rule(model)] == []


# What each rule has to say about one model that breaks them all.
BROKEN = {
    plural_snake_case_table: ["BadTable"],
    snake_case_columns: ["BadTable.camelCase"],
    id_and_timestamps: ["BadTable.id", "BadTable.updated_at"],
    timestamps_default_to_now: ["BadTable.created_at"],
    keys_named_after_their_target: ["BadTable.owner", "BadTable.friends_id"],
    keys_with_a_known_rule: ["BadTable.friends_id"],
    required_keys_are_never_emptied: ["BadTable.owner"],
    links_to_people_say_why_they_may_be_empty: ["BadTable.friends_id"],
    records_outlive_the_account: ["BadTable.friends_id"],
    booleans_are_yes_or_no: ["BadTable.perhaps", "BadTable.undecided", "BadTable.unexplained"],
    choices_are_checked: ["BadTable.kind"],
    amounts_are_checked: ["BadTable.price"],
    rows_have_no_built_in_order: ["BadTable"],
}


def a_broken_model():
    person = get_user_model()

    class Bad(Unshown):
        key = models.IntegerField(primary_key=True)
        created_at = models.DateTimeField(null=True)
        camel = models.IntegerField(db_column="camelCase")
        owner = models.ForeignKey(person, models.SET_NULL, related_name="+", db_column="owner")
        friends = models.ForeignKey(person, models.SET_DEFAULT, null=True, related_name="+", db_constraint=False)
        perhaps = models.BooleanField(null=True)
        undecided = models.BooleanField()
        unexplained = models.BooleanField(db_default=True)
        explained = models.BooleanField(db_default=True, help_text="Why it starts true.")
        kind = models.CharField(max_length=8, choices=[("a", "A"), ("b", "B")])
        price = models.DecimalField(max_digits=12, decimal_places=2)

        class Meta:
            app_label = "accounts"
            db_table = "BadTable"
            ordering = ("key",)
            constraints = (CheckConstraint(name="BadTable_kind_known", condition=Q(kind__in=["a"])),)

    return Bad


@pytest.mark.parametrize("rule", BROKEN, ids=lambda rule: rule.__name__)
@isolate_apps("studio.accounts")
def test_rule_finds_what_breaks_it(rule):
    assert list(rule(a_broken_model())) == BROKEN[rule]


@isolate_apps("studio.accounts")
def test_rule_finds_a_table_named_by_default():
    class Unnamed(Unshown):
        class Meta:
            app_label = "accounts"

    assert list(table_is_named(Unnamed)) == ["accounts_unnamed"]


# The live catalogue, which other programs read. ---------------------------------------------------

COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""
OF_PACKAGES = re.compile(rf"^({'|'.join(sorted(THIRD_PARTY))}|django)_")


def live_columns():
    """(table, column, type, required, has a default) of each column of our tables in the schema on the path."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        return [row for row in cursor.fetchall() if row[0] in {table(model) for model in own_models()}]


def live_tables():
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


@pytest.mark.django_db
def test_live_studio_has_no_table_that_nobody_answers_for(studio):
    named = {table(model) for model in own_models()}

    assert {name for name in live_tables() - named if not OF_PACKAGES.match(name)} == set()


@pytest.mark.django_db
def test_live_platform_has_no_table_that_nobody_answers_for(studio):
    named = {table(model) for model in own_models()}

    with as_owner():
        assert {name for name in live_tables() - named if not OF_PACKAGES.match(name)} == set()


@pytest.mark.django_db
def test_live_instants_carry_a_zone(studio):
    assert [
        row[:3] for row in live_columns() if row[2].startswith("timestamp") and "with time zone" not in row[2]
    ] == []


@pytest.mark.django_db
def test_live_booleans_are_required_with_a_default(studio):
    assert [row[:2] for row in live_columns() if row[2] == "boolean" and not (row[3] and row[4])] == []


@pytest.mark.django_db
def test_live_tables_have_id_created_at_updated_at_with_defaults(studio):
    found = {row[:2]: row[3:] for row in live_columns()}
    tables = {name for name, _column in found} - SHAPED_ELSEWHERE.keys()

    assert {name for name in tables if not found[name, "id"][0]} == set()
    assert {name for name in tables if found[name, "created_at"] != (True, True)} == set()
    assert {name for name in tables if found[name, "updated_at"] != (True, True)} == set()


def test_backups_know_every_column_that_names_a_stored_file():
    named = {name for model in own_models() for name in columns(model) if name.endswith("s3_key")}

    assert {f"{name}.{column}" for name, column in keeper().naming_columns.items()} == named


def test_conventions_list_the_rules_held_here():
    text = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    first_cells = {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")}

    assert {"table", "column", "every table has", "foreign key", "boolean", "status, kind", "amount"} <= first_cells
    assert [
        name for name in (*SINGULAR_TABLES, *SHAPED_ELSEWHERE, *KEYS_NAMED_ELSEWHERE) if f"`{name}`" not in text
    ] == []

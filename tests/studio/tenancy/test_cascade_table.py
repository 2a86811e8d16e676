"""The table of foreign keys in docs/schema.md is what the models say and what PostgreSQL does."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from studio.tenancy.context import as_owner
from studio.tenancy.selectors import cascade_table
from tests.source_tree import ROOT

KEYS = """
    SELECT t.relname, a.attname, f.relname || '.' || fa.attname, NOT a.attnotnull, c.confdeltype
    FROM pg_constraint c
    JOIN pg_class t ON t.oid = c.conrelid
    JOIN pg_class f ON f.oid = c.confrelid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
    JOIN pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = c.confkey[1]
    WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace AND array_length(c.conkey, 1) = 1
"""
TRIGGERS = """
    SELECT t.relname, g.tgname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal AND t.relnamespace = current_schema()::regnamespace
"""
DONE_BY_POSTGRESQL = {"a": "refuse", "r": "refuse", "c": "CASCADE", "n": "SET NULL"}
# A document that says of a column whether it may be empty, or what a delete does, would be a second place to keep.
SAYS_A_RULE = re.compile(r"`?\b\w+_id\b`?[^|\n.]{0,60}\b(?:required|nullable|NOT NULL|ON DELETE|CASCADE|SET NULL)\b")
MAY_SAY_A_RULE = {"docs/schema.md", "docs/requirements.md"}


def rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def live_keys():
    """(table, column, target, may be empty, on delete) of each key of our tables in the schema on the path."""
    ours = {model._meta.db_table for model in cascade_table.own_models()}
    return {(*row[:4], DONE_BY_POSTGRESQL[row[4]]) for row in rows(KEYS) if row[0] in ours}


def documented_keys(schema_tables):
    found = (
        (rule.table, rule.column, rule.target, rule.is_nullable, rule.database) for rule in cascade_table.foreign_keys()
    )
    return {row for row in found if row[0] in schema_tables}


def tables():
    return {
        name for (name,) in rows("SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace")
    }


def test_committed_document_is_current():
    out = StringIO()

    call_command("cascade_table", check=True, stdout=out)

    assert out.getvalue() == "schema.md is current.\n"


def test_check_fails_on_a_document_that_differs(tmp_path):
    document = tmp_path / "schema.md"
    text = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8").replace("| SET NULL |", "| CASCADE |", 1)
    document.write_text(text, encoding="utf-8")

    with pytest.raises(CommandError, match=r"schema\.md differs from the models"):
        call_command("cascade_table", file=document, check=True)

    assert document.read_text(encoding="utf-8") == text


def test_command_writes_the_generated_part_only(tmp_path):
    document = tmp_path / "schema.md"
    document.write_text(f"before\n{cascade_table.START}\nstale\n{cascade_table.END}\nafter\n", encoding="utf-8")

    call_command("cascade_table", file=document, stdout=StringIO())

    assert document.read_text(encoding="utf-8") == f"before\n{cascade_table.render()}\nafter\n"


def test_command_refuses_a_document_without_its_place(tmp_path):
    document = tmp_path / "schema.md"
    document.write_text("nothing here\n", encoding="utf-8")

    with pytest.raises(CommandError, match="are not there"):
        call_command("cascade_table", file=document)


@pytest.mark.django_db
def test_documented_rules_are_those_of_a_studio(studio):
    found = live_keys()

    assert found
    assert found == documented_keys(tables())


@pytest.mark.django_db
def test_documented_rules_are_those_of_the_platform(studio):
    with as_owner():
        found = live_keys()

        assert found
        assert found == documented_keys(tables())


@pytest.mark.django_db
def test_keys_of_packages_go_with_our_rows(studio):
    ours = {model._meta.db_table for model in cascade_table.own_models()}
    found = {(row[0], row[1], row[4]) for row in rows(KEYS) if row[0] not in ours and row[2].split(".")[0] in ours}

    assert found
    assert found == {(rule.table, rule.column, "c") for rule in cascade_table.package_keys()}


@pytest.mark.django_db
def test_documented_triggers_are_those_of_a_studio(studio):
    present = tables()

    assert set(rows(TRIGGERS)) == {
        (each.table, each.name) for each in cascade_table.row_triggers() if each.table in present
    }


def test_pattern_is_named_and_its_reason_given():
    text = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")

    assert "## Preserve history for audit and debugging\n" in text
    assert "the row stays, for audit and debugging" in text


def documents():
    names = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in names}


def test_no_other_document_repeats_a_rule():
    found = {name: SAYS_A_RULE.findall(text) for name, text in documents().items() if name not in MAY_SAY_A_RULE}

    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_repeated_rule_would_be_found():
    assert len(SAYS_A_RULE.findall("The column `account_id` is required.\nAnd user_id has ON DELETE CASCADE.")) == 2


def test_decision_behind_the_rules_is_recorded():
    text = (ROOT / "docs" / "decisions" / "0003-four-things-called-session.md").read_text(encoding="utf-8")

    assert [part for part in ("## Question", "## Decision", "## Why") if part not in text] == []
    assert "history for audit and debugging" in text

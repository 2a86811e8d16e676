"""Migrations can be read, reversed and trusted to belong to what they change."""

import ast
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel, RunSQL

from studio.tenancy.context import as_owner
from studio.tenancy.history import history
from studio.tenancy.place import PUBLIC
from studio.tenancy.router import labels_of
from studio.tenancy.selectors.cascade_table import own_models
from tests.source_tree import PACKAGES, RANK, ROOT

LOADER = MigrationLoader(None)
OURS = sorted(key for key in LOADER.disk_migrations if key[0] in RANK)
# What stays as it is for ever: expressions in constraints, the maker of text keys, and the roles of the whole server.
MAY_IMPORT = {"studio.db", "studio.crypto", "studio.tenancy.services", "sessions_app.models.client_keys"}
CREATES = (RunSQL, CreateModel)


def files():
    return sorted(path for package in PACKAGES for path in (ROOT / package).glob("**/migrations/0*.py"))


def silent_steps(text):
    """Steps in SQL or Python that neither the module nor a comment right above explains."""
    tree = ast.parse(text)
    if ast.get_docstring(tree):
        return []
    lines = text.splitlines()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    steps = [call for call in calls if ast.unparse(call.func).split(".")[-1] in {"RunSQL", "RunPython"}]
    return [ast.unparse(step.func) for step in steps if not lines[step.lineno - 2].strip().startswith("#")]


def foreign_imports(text):
    """Modules of ours that a migration imports although they go on changing."""
    for node in ast.walk(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module]
        yield from (name for name in names if name.split(".")[0] in PACKAGES and name not in MAY_IMPORT)


def test_every_app_with_tables_has_an_initial_migration():
    with_tables = {model._meta.app_label for model in own_models()}

    assert {label for label in with_tables if (label, "0001_initial") not in OURS} == set()


def test_account_model_is_ours_from_the_first_migration():
    made = [
        each.name
        for each in LOADER.disk_migrations["accounts", "0001_initial"].operations
        if isinstance(each, CreateModel)
    ]

    assert settings.AUTH_USER_MODEL == "accounts.User"
    assert "User" in made


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_migration_is_readable(path):
    text = path.read_text(encoding="utf-8")

    assert silent_steps(text) == []
    assert list(foreign_imports(text)) == []
    assert "auto" not in path.stem.split("_")


def test_unexplained_step_and_import_are_found():
    imports = "from studio.money import Money\nfrom studio.db import TsTzRange\n"
    text = f"{imports}operations = [\n    migrations.RunSQL(''),\n]\n"

    assert silent_steps(text) == ["migrations.RunSQL"]
    assert list(foreign_imports(text)) == ["studio.money"]


@pytest.mark.parametrize("key", OURS, ids="-".join)
def test_migration_can_be_reversed(key):
    operations = LOADER.disk_migrations[key].operations

    assert [type(each).__name__ for each in operations if not each.reversible] == []


def statements(text):
    """The lines that are neither empty nor say what follows."""
    return [line for line in text.splitlines() if line.strip() and not line.startswith("--")]


def printed(step, studio):
    """The SQL of a step, as `sqlmigrate` prints it, of a plan in which each operation finds its models rendered."""
    app, schema = step.migration.app_label, studio.schema_name
    with (
        as_owner(schema if app in labels_of(schema) else PUBLIC),
        connection.schema_editor(collect_sql=True, atomic=step.migration.atomic) as editor,
    ):
        for operation, before, after in step.operations:
            if operation.reduces_to_sql:
                operation.database_forwards(app, editor, before, after)
    return statements("\n".join(editor.collected_sql))


def test_every_migration_prints_its_sql(studio):
    sql = {step.key: printed(step, studio) for step in history().plan(frozenset())}

    plain = {key for key in OURS if any(isinstance(each, CREATES) for each in LOADER.disk_migrations[key].operations)}
    assert set(OURS) - sql.keys() == set()
    assert {key for key in plain if not sql[key]} == set()


@pytest.mark.parametrize("key", [key for key in LOADER.graph.leaf_nodes() if key in OURS], ids="-".join)
def test_the_command_prints_the_same_of_the_newest_of_each_app(studio, key):
    """It renders every model anew for each migration: the others are printed along one plan."""
    step = next(step for step in history().plan(frozenset()) if step.key == key)
    out = StringIO()

    with as_owner(studio.schema_name if key[0] in labels_of(studio.schema_name) else PUBLIC):
        call_command("sqlmigrate", *key, stdout=out)

    assert statements(out.getvalue()) == (
        ["BEGIN;", *printed(step, studio), "COMMIT;"] if step.migration.atomic else printed(step, studio)
    )

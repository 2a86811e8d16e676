"""Migrations can be read, reversed and trusted to belong to what they change."""

import ast
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel, RunSQL

from studio.tenancy.context import as_owner
from studio.tenancy.selectors.cascade_table import own_models
from tests.source_tree import PACKAGES, RANK, ROOT

LOADER = MigrationLoader(None)
OURS = sorted(key for key in LOADER.disk_migrations if key[0] in RANK)
# What stays as it is for ever: expressions in constraints, the maker of text keys, and the roles of the whole server.
MAY_IMPORT = {"studio.db", "studio.crypto", "studio.tenancy.services", "sessions_app.models.client_keys"}


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


@pytest.mark.django_db
@pytest.mark.parametrize("key", OURS, ids="-".join)
def test_migration_prints_its_sql(key):
    out = StringIO()

    with as_owner():
        call_command("sqlmigrate", *key, stdout=out)

    plain = any(isinstance(each, RunSQL | CreateModel) for each in LOADER.disk_migrations[key].operations)
    assert out.getvalue().strip() or not plain

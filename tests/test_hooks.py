"""The pre-commit hook refuses drift, and the gate asks the same questions for those who did not switch it on."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.dev import gate
from tests.source_tree import PACKAGES, ROOT

HOOK = ROOT / ".githooks" / "pre-commit"
# The gate's tests build the reference themselves and compare studios with it; see tests/studio/tenancy.
IN_THE_TESTS = {"manage.py schema_guard"}


def checks_of(hook):
    return set(re.findall(r'must "([^"]+)"', hook))


def test_hook_can_be_run_and_is_valid_shell():
    assert os.access(HOOK, os.X_OK)
    assert subprocess.run(["sh", "-n", HOOK], check=False).returncode == 0


def test_gate_runs_what_the_hook_runs():
    wanted = checks_of(HOOK.read_text(encoding="utf-8"))

    assert wanted == {
        "ruff format --check",
        "ruff check",
        "manage.py makemigrations --check",
        "manage.py schema_guard",
    }
    assert wanted - IN_THE_TESTS <= gate._steps().keys()


def test_ci_runs_the_gate_and_nothing_else():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert script.splitlines() == ["#!/bin/sh", 'exec "$(dirname "$0")/../dev" test']


def test_contributing_says_how_to_switch_it_on():
    assert "git config core.hooksPath .githooks" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_prevention_names_the_rule_and_its_checks():
    text = (ROOT / "docs" / "prevention.md").read_text(encoding="utf-8")

    wanted = ["root cause", "The rule", "makemigrations --check", "schema_guard", "pre-commit hook", "/ready"]
    assert [part for part in wanted if part not in text] == []


# A repository with a hook, in which every program the hook calls is a stand-in that succeeds or fails on demand. ------

CALLS = {
    "ruff format --check": (".venv/bin/ruff", "format"),
    "ruff check": (".venv/bin/ruff", "check"),
    "manage.py makemigrations --check": ("dev", "makemigrations"),
    "manage.py schema_guard": ("dev", "schema_guard"),
}


@pytest.fixture
def clone(tmp_path):
    """A folder with the hook and stand-ins that write down their calls and fail on the words in the file `fail`."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "fail").write_text("nothing\n")
    for program in {program for program, _word in CALLS.values()}:
        path = tmp_path / program
        path.write_text(
            '#!/bin/sh\necho "$@" >> calls\nfor word in "$@"; do grep -qx -- "$word" fail && exit 1; done\nexit 0\n'
        )
        path.chmod(0o755)
    shutil.copy2(HOOK, tmp_path / "hook")
    return tmp_path


def run_hook(clone, **variables):
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run([clone / "hook"], cwd=clone, env=environment, capture_output=True, text=True, check=False)


def test_hook_passes_when_every_check_does(clone):
    done = run_hook(clone, DATABASE_URL="postgresql:///studio")

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in (clone / "calls").read_text().splitlines()] == [
        "format",
        "check",
        "manage",
        "manage",
    ]


@pytest.mark.parametrize("name", CALLS)
def test_hook_refuses_when_a_check_fails(clone, name):
    (clone / "fail").write_text(f"{CALLS[name][1]}\n")

    done = run_hook(clone, DATABASE_URL="postgresql:///studio")

    assert (done.returncode, done.stderr) == (1, f"Not committed: {name} found something, see above.\n")


def test_hook_compares_no_database_where_there_is_none(clone):
    (clone / "fail").write_text("schema_guard\n")

    assert run_hook(clone).returncode == 0


def test_hook_compares_the_private_database(clone):
    (clone / "fail").write_text("schema_guard\n")
    (clone / "var" / "pg").mkdir(parents=True)

    assert run_hook(clone).returncode == 1


# A copy of the product, in which a model gets a column that no migration makes. ---------------------------------------


def makemigrations_check(root):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "studio.settings"}
    command = [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "manage.py", tmp_path)
    return tmp_path


def test_makemigrations_finds_nothing_to_do():
    done = makemigrations_check(ROOT)

    assert (done.returncode, done.stdout) == (0, "No changes detected\n"), done.stderr


def test_makemigrations_stops_at_a_column_without_a_migration(copy):
    models = copy / "sessions_app" / "models" / "__init__.py"
    with Path(models).open("a", encoding="utf-8") as file:
        file.write("from django.db import models\nRoom.add_to_class('drifted', models.IntegerField(null=True))\n")

    done = makemigrations_check(copy)

    assert (done.returncode, "Add field drifted to room" in done.stdout) == (1, True), done.stderr

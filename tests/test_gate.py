"""The gate asks what it should, and what it asks bites."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.dev import gate
from tests.source_tree import PACKAGES, ROOT

BIN = Path(sys.executable).parent
ENVIRONMENT = os.environ | {"DJANGO_SETTINGS_MODULE": "studio.settings"}


def run(*command, cwd=ROOT, **options):
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False, **options)


def test_gate_asks_the_cheapest_first():
    assert list(gate._steps()) == [
        "ruff format --check",
        "ruff check",
        "djade --check",
        "lint-imports",
        "mypy",
        "manage.py check",
        "manage.py makemigrations --check",
        "manage.py requirements",
        "manage.py cascade_table --check",
    ]


def test_compiled_modules_are_kept_aside_for_who_wants_none_beside_the_sources(monkeypatch, tmp_path):
    monkeypatch.setattr(gate, "VAR", tmp_path)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert gate.bytecode() == {}
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "mine.py").touch()

    subprocess.run([sys.executable, "-c", "import mine"], cwd=tmp_path, env=os.environ | gate.bytecode(), check=True)

    assert [path.name.split(".")[0] for path in (tmp_path / "bytecode").rglob("mine.*")] == ["mine"]
    assert not (tmp_path / "__pycache__").exists()


# Lint ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("from django.db import models\n\nprice = models.FloatField()\n", "TID251"),
        ("from datetime import UTC, datetime\n\nnow = datetime.now(UTC)\n", "TID251"),
        ("from datetime import date\n\nday = date.today()\n", "TID251"),
        ("from unittest.mock import patch\n\npatch()\n", "TID251"),
        ("from django_tenants.utils import schema_context\n\nschema_context()\n", "TID251"),
        ("from django.contrib import admin\n\nadmin.site.urls\n", "TID251"),
        ("from .models import Room\n\nRoom()\n", "TID252"),
        ("def find():\n    import json  # noqa: F401\n", "PLC0415"),
        ("print(1)\n", "T201"),
        ("def book(room, hour):\n    return room\n", "ANN001"),
    ],
    ids=["float", "now", "today", "mock", "library-context", "default-site", "relative", "inline", "print", "untyped"],
)
def test_lint_finds(source, code):
    text = f'"""A module."""\n\n{source}'
    done = run(BIN / "ruff", "check", "--output-format=concise", "--stdin-filename=studio/planted.py", "-", input=text)

    assert (done.returncode, f" {code} " in done.stdout) == (1, True), done.stdout


# Import contracts ---------------------------------------------------------------------------------

PLANTED = {
    "studio/office/services/planted.py": "import billing.models\n",
    "billing/models/planted.py": "import stripe\n",
    "studio/money.py": "import studio.tenancy.place\n",
    "studio/dev/planted.py": "import django\n",
    "studio/settings.py": "import studio.accounts.models\n",
    "training/models/planted.py": "import training.services.planted\n",
    "training/services/__init__.py": "",
    "training/services/planted.py": "",
    "billing/services/planted.py": "import studio.platform\n",
}


@pytest.fixture
def copy(tmp_path):
    """The packages and their configuration, to be broken."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(root):
    done = run(BIN / "lint-imports", "--no-cache", cwd=root)
    return set(re.findall(r"^(.+) BROKEN$", done.stdout, re.MULTILINE)), done.stdout


def test_import_contracts_are_kept(copy):
    broken, output = broken_contracts(copy)

    assert "Contracts: 7 kept, 0 broken." in output
    assert broken == set()


def test_import_contracts_are_broken_by_what_they_forbid(copy):
    for name, source in PLANTED.items():
        path = copy / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source + (path.read_text(encoding="utf-8") if path.exists() else ""), encoding="utf-8")
    (copy / "billing" / "services" / "__init__.py").touch()

    assert broken_contracts(copy)[0] == {
        "Apps point down",
        "The platform's site knows no studio's app, and they do not know it",
        "The foundation knows no app",
        "The set-up script stands alone",
        "Settings and URLs name apps as strings",
        "Inside an app: doors, then rules, then data",
        "Only the gateway speaks Stripe",
    }


# Types --------------------------------------------------------------------------------------------

RIGHT = """
from datetime import datetime

from studio.accounts.models import AccountSession, LoginSession, NewLoginSession, NewUser, User

person: NewUser = {"email": "somebody@example.org", "name": "Somebody"}
user: User = User.objects.create_user(password="secret", **person)
address: str = user.email


def signed_in(user: User, record: AccountSession, at: datetime) -> NewLoginSession:
    return {
        "id": "0", "user": user, "expires_at": at, "auth_hash": "0", "account_session": record, "last_seen_at": at
    }


def ends(session: LoginSession) -> datetime:
    return session.expires_at
"""
WRONG = """
from studio.accounts.models import LoginSession, NewUser, User

person: NewUser = {"email": "somebody@example.org", "nickname": "Some"}
User.objects.create_user(nickname="Some")
User().nickname
LoginSession().expires_on
"""


def type_errors(folder, source):
    path = folder / "snippet.py"
    path.write_text(source, encoding="utf-8")
    done = run(BIN / "mypy", "--config-file", ROOT / "pyproject.toml", "--no-error-summary", path)
    return [re.sub(r"^.*?snippet\\.py:\\d+: ", "", line) for line in done.stdout.splitlines() if "snippet.py" in line]


def test_typed_inputs_of_users_and_sessions_pass(tmp_path):
    assert type_errors(tmp_path, RIGHT) == []


def test_wrong_fields_of_users_and_sessions_fail(tmp_path):
    found = type_errors(tmp_path, WRONG)

    assert [re.search(r"\[([a-z-]+)\]$", line).group(1) for line in found if ": error:" in line] == [
        "typeddict-unknown-key",
        "call-arg",
        "attr-defined",
        "attr-defined",
    ]

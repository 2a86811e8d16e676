"""Our own source as syntax trees, for the tests about how it is built."""

import ast
import tomllib
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT: Path = settings.BASE_DIR
PACKAGES = ("studio", "sessions_app", "training", "billing")

# From the bottom up; sessions_app and the platform stand on the same step.
LADDER = ("tenancy", "mail", "office", "accounts", "sessions_app", "training", "billing")
RANK = {label: step for step, label in enumerate(LADDER)} | {"platform": LADDER.index("sessions_app")}


@cache
def modules():
    """Path below the root -> syntax tree, of everything but migrations."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    names = [path.relative_to(ROOT).as_posix() for path in paths if "migrations" not in path.parts]
    return {name: ast.parse((ROOT / name).read_text(encoding="utf-8"), filename=name) for name in names}


@cache
def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contract(name):
    """One of the import contracts, by its id."""
    return next(each for each in pyproject()["tool"]["importlinter"]["contracts"] if each["id"] == name)

"""Which requirement is shown by which test."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PARTS = frozenset({"sessions", "training", "billing", "payments", "operations", "clients"})
KEYS = frozenset({"says", "tests", "deferred"})


class State(StrEnum):
    """How far a requirement is."""

    MET = "met"
    DEFERRED = "deferred"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of tests/requirements.toml.

    tests: pytest node ids, without the parametrised case
    deferred: the part of the product that brings it, or empty
    unknown: what keeps the row from being met: node ids without a test, a part nobody knows, a misspelt key
    """

    id: str
    says: str
    tests: tuple[str, ...]
    deferred: str
    unknown: tuple[str, ...]

    @property
    def state(self) -> State:
        """Met by tests that all exist, else deferred, else missing."""
        if self.unknown or (self.tests and self.deferred):
            return State.MISSING
        if self.tests:
            return State.MET
        return State.DEFERRED if self.deferred else State.MISSING


def read_requirements(path: Path, *, root: Path) -> list[Requirement]:
    """Return every requirement of the file, in its order.

    root: the folder that the node ids start from
    raises: tomllib.TOMLDecodeError, also for an id that stands twice
    """
    known: dict[Path, frozenset[str]] = {}
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    return [_requirement(name, row, root, known) for name, row in rows.items()]


def names_of_tests(path: Path) -> frozenset[str]:
    """Return the names of a module's tests as in node ids: `test_x`, `TestClass::test_x`."""
    if not path.is_file():
        return frozenset()
    return frozenset(_test_names(ast.parse(path.read_text(encoding="utf-8")).body, prefix=""))


def _requirement(name: str, row: dict[str, object], root: Path, known: dict[Path, frozenset[str]]) -> Requirement:
    tests = row.get("tests", [])
    named = tuple(map(str, tests)) if isinstance(tests, list) else (str(tests),)
    deferred = str(row.get("deferred", ""))
    unknown = [test for test in named if not _exists(test, root, known)]
    if deferred and deferred not in PARTS:
        unknown.append(deferred)
    unknown += sorted(row.keys() - KEYS)
    return Requirement(id=name, says=str(row.get("says", "")), tests=named, deferred=deferred, unknown=tuple(unknown))


def _exists(node: str, root: Path, known: dict[Path, frozenset[str]]) -> bool:
    file, _, test = node.partition("::")
    path = root / file
    if path not in known:
        known[path] = names_of_tests(path)
    return test.partition("[")[0] in known[path]


def _test_names(body: list[ast.stmt], *, prefix: str) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name.startswith("test_"):
            yield f"{prefix}{statement.name}"
        elif isinstance(statement, ast.ClassDef) and statement.name.startswith("Test"):
            yield from _test_names(statement.body, prefix=f"{prefix}{statement.name}::")

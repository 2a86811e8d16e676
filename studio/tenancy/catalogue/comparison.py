"""What differs between two catalogues, without what follows by itself from something else that differs."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from studio.tenancy.catalogue.reader import Catalogue, Facts, Key
from studio.tenancy.catalogue.readings import OWN

SCHEMA = Key("schema", "", "")
ROLE = Key("role", "", "")
BEARERS = ("table", "view", "sequence", "function", "type")
REFERENCES = re.compile(rf'REFERENCES {OWN}\."?(\w+)"?\(')


class Problem(StrEnum):
    """How an object differs."""

    MISSING = "missing"
    STRAY = "stray"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that is missing or stray, or one fact of it that is not as it should be.

    fact: empty unless the problem is DIFFERENT
    expected, actual: for a missing or stray object its telling fact, when it has one
    """

    key: Key
    problem: Problem
    fact: str = ""
    expected: str | None = None
    actual: str | None = None


def differences(expected: Catalogue, actual: Catalogue) -> list[Difference]:
    """Return what `actual` would have to change to be `expected`, in the order of kind, table and name.

    An object that hangs on a missing or stray one (a table's columns, a column's index) is not told, nor
    are the grants of an object that has another owner: they are all in that owner's name.
    """
    changed = _changed(expected, actual)
    taken_over = {each.key.name for each in changed if each.fact == "owner"}
    found = [
        each
        for each in (
            *_one_sided(expected, actual, Problem.MISSING),
            *_one_sided(actual, expected, Problem.STRAY),
            *changed,
        )
        if each.key.table not in taken_over or each.key.kind not in {"grant", "column grant"}
    ]
    return sorted(found, key=lambda each: (each.key, each.problem, each.fact))


def _one_sided(having: Catalogue, lacking: Catalogue, problem: Problem) -> list[Difference]:
    alone = {key: facts for key, facts in having.items() if key not in lacking}
    found = []
    for key, facts in alone.items():
        if not _has_cause(key, facts, alone.keys()):
            telling = next(iter(facts.values()), None)
            if problem is Problem.MISSING:
                found.append(Difference(key, problem, expected=telling))
            else:
                found.append(Difference(key, problem, actual=telling))
    return found


def _changed(expected: Catalogue, actual: Catalogue) -> list[Difference]:
    return [
        Difference(key, Problem.DIFFERENT, fact, value, actual[key][fact])
        for key, facts in expected.items()
        if key in actual and actual[key] != facts
        for fact, value in facts.items()
        if actual[key][fact] != value
    ]


def _has_cause(key: Key, facts: Facts, alone: Collection[Key]) -> bool:
    """Return whether an object is on one side only because another one is."""
    if key == SCHEMA or (key == ROLE and SCHEMA not in alone):
        return False
    if SCHEMA in alone:
        return True
    if ROLE in alone and (key.kind == "membership" or key.name.split(" to ")[-1] == OWN):
        return True
    if key.table and any(Key(kind, "", key.table) in alone for kind in BEARERS):
        return True
    return _hangs_on_another(key, facts, alone)


def _hangs_on_another(key: Key, facts: Facts, alone: Collection[Key]) -> bool:
    if key.kind in {"index", "enforcement"} and Key("constraint", key.table, key.name) in alone:
        return True
    if key.kind in {"comment", "column grant"}:
        return Key("column", key.table, key.name.split(" to ")[0]) in alone
    if key.kind == "sequence":
        table, _, column = (facts["owned by"] or "").removeprefix(f"{OWN}.").partition(".")
        return Key("column", table, column) in alone or Key("table", "", table) in alone
    definition = facts.get("definition") or ""
    target = REFERENCES.search(definition)
    if target and Key("table", "", target[1]) in alone:
        return True
    return any(
        other.kind == "column" and other.table == key.table and re.search(rf"\b{re.escape(other.name)}\b", definition)
        for other in alone
    )

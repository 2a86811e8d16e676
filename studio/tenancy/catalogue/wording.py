"""A difference as a sentence for the person who has to act on it."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studio.tenancy.catalogue.comparison import Difference, Problem
from studio.tenancy.catalogue.readings import OWN

KINDS: dict[str, str | Promise] = {
    "schema": gettext_lazy("schema"),
    "role": gettext_lazy("role"),
    "membership": gettext_lazy("membership"),
    "table": gettext_lazy("table"),
    "column": gettext_lazy("column"),
    "constraint": gettext_lazy("constraint"),
    "index": gettext_lazy("index"),
    "trigger": gettext_lazy("trigger"),
    "enforcement": gettext_lazy("enforcement of constraint"),
    "sequence": gettext_lazy("sequence"),
    "view": gettext_lazy("view"),
    "function": gettext_lazy("function"),
    "type": gettext_lazy("type"),
    "policy": gettext_lazy("policy"),
    "rule": gettext_lazy("rule"),
    "comment": gettext_lazy("comment"),
    "grant": gettext_lazy("grant"),
    "column grant": gettext_lazy("column grant"),
    "default grant": gettext_lazy("default grant"),
    "extension": gettext_lazy("extension"),
    "object": gettext_lazy("object"),
}

# Letters of the catalogue, by the fact they stand in.
LETTERS = {
    "storage": {"p": "permanent", "u": "unlogged", "t": "temporary"},
    "enabled": {"O": "enabled", "D": "disabled", "R": "replica only", "A": "always"},
    "identity": {"": "none", "a": "always", "d": "by default"},
    "generated": {"": "none", "s": "stored", "v": "virtual"},
    "replica identity": {"d": "default", "n": "nothing", "f": "full", "i": "index"},
    "sort": {
        "r": "table", "p": "partitioned table", "f": "foreign table", "v": "view", "m": "materialized view",
        "d": "domain", "e": "enumeration", "c": "row type", "b": "base type",
    },
}  # fmt: skip

PRIVILEGES = {
    "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "D": "TRUNCATE", "x": "REFERENCES", "t": "TRIGGER",
    "m": "MAINTAIN", "U": "USAGE", "C": "CREATE", "X": "EXECUTE", "c": "CONNECT", "T": "TEMPORARY",
}  # fmt: skip


def path_of(difference: Difference, schema: str) -> str:
    """Return the object's name as a person writes it: `sessions.notes`, `tenant_7 on sessions`."""
    kind, table, name = difference.key
    if kind in {"schema", "role"}:
        return schema
    path = f"{table}.{name}" if table and name else table or name
    if kind == "grant":
        path = _("to %(role)s on %(object)s") % {"role": name, "object": table or _("the schema itself")}
    elif kind == "membership":
        path = _("of %(member)s in %(role)s") % {"member": name, "role": table}
    return path.replace(OWN, schema)


def value_of(fact: str, value: str | None, schema: str) -> str:
    """Return a fact in words; None is told as nothing."""
    if value is None:
        return _("nothing")
    if fact in LETTERS:
        return LETTERS[fact].get(value, value)
    if fact == "privileges":
        return _privileges(value, schema)
    own, name = (OWN, schema) if fact in {"owner", "settings"} else (f"{OWN}.", f"{schema}.")
    return value.replace(own, name) or _("nothing")


def _privileges(letters: str, schema: str) -> str:
    """Return `SELECT, INSERT (with grant option)` of `ra*/owner`."""
    held, _slash, grantor = letters.partition("/")
    words: list[str] = []
    for letter in held:
        if letter == "*":
            words[-1] += _(" with grant option")
        else:
            words.append(PRIVILEGES.get(letter, letter))
    granted = ", ".join(words)
    return _("%(privileges)s by %(role)s") % {"privileges": granted, "role": grantor.replace(OWN, schema)}


def _migration(difference: Difference) -> str:
    """Return what is wrong with a schema's record of migrations."""
    if difference.problem is Problem.MISSING:
        return _("migration %(name)s has not been applied.") % {"name": difference.key.name}
    if difference.problem is Problem.STRAY:
        return _("migrations have been applied that this program does not have.")
    return _("the applied migrations are not those of this program.")


def sentence(difference: Difference, schema: str) -> str:
    """Return what is wrong with one object of a schema."""
    if difference.key.kind == "migration":
        return _migration(difference)
    thing = f"{KINDS[difference.key.kind]} {path_of(difference, schema)}"
    if difference.problem is Problem.MISSING:
        return _("%(thing)s is missing.") % {"thing": thing}
    if difference.key.kind == "enforcement":
        return _("%(thing)s is off.") % {"thing": thing}
    if difference.problem is Problem.STRAY:
        return _("%(thing)s is not known to the migrations.") % {"thing": thing}
    return _("%(thing)s: %(fact)s is %(actual)s and should be %(expected)s.") % {
        "thing": thing,
        "fact": difference.fact,
        "actual": value_of(difference.fact, difference.actual, schema),
        "expected": value_of(difference.fact, difference.expected, schema),
    }

"""Two clients side by side: what each says, and what one client of both would say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.models import Client, Platform
from studio.showing import day


class Side(StrEnum):
    """Whose fact is taken."""

    KEPT = "kept"
    OTHER = "other"
    BOTH = "both"


NOTHING: tuple[Any, ...] = (None, "", [], {})
# Facts that only make sense together are taken together.
GROUPS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "names": (gettext_lazy("Parts of the name"), ("prefix", "first_name", "middle_name", "last_name", "suffix")),
    "address": (gettext_lazy("Address"), ("street", "postal_code", "city", "region", "country")),
}
FACTS = (
    "name",
    "names",
    "artist_name",
    "email",
    "phone",
    "emails",
    "phones",
    "address",
    "birthday",
    "genres",
    "instruments",
    "platform_links",
    "record_label",
    "manager_contact",
    "rights_society",
    "currency",
    "default_deposit_percent",
    "is_vip",
    "notes",
    "custom_fields",
)
LISTS = ("emails", "phones", "genres", "instruments", "custom_fields")
FURTHER = {"email": "emails", "phone": "phones"}  # where the other side's one goes when both are kept
JOINED = (*LISTS, *FURTHER, "platform_links", "notes")


@dataclass(frozen=True, slots=True)
class Line:
    """A fact, or some that belong together.

    kept, other: as text; empty for nothing
    sides: what may be chosen; none where both say the same
    proposed: one of them
    """

    name: str
    label: str
    kept: str
    other: str
    sides: tuple[Side, ...]
    proposed: Side


def columns_of(name: str) -> tuple[str, ...]:
    """Return the columns of a fact, or of some that belong together."""
    return GROUPS[name][1] if name in GROUPS else (name,)


def side_by_side(kept: Client, other: Client) -> list[Line]:
    """Return what two clients say of each fact that either of them says anything about."""
    lines = []
    for name in FACTS:
        mine, theirs = (_values(client, name) for client in (kept, other))
        if any(value not in NOTHING for value in (*mine, *theirs)):
            proposed = _proposed(name, mine, theirs)
            offered = tuple(Side) if proposed == Side.BOTH else (Side.KEPT, Side.OTHER)
            sides = () if mine == theirs else offered
            lines.append(Line(name, _label(name), _text(kept, name), _text(other, name), sides, proposed))
    return lines


def facts_of_both(kept: Client, other: Client, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Return the facts that change on the client that is kept.

    chosen: name of a line -> side; what is left out stays as it is
    """
    facts: dict[str, Any] = {}
    for name in (name for name in FACTS if chosen.get(name) == Side.OTHER):
        facts |= {column: getattr(other, column) for column in columns_of(name)}
    for name in (name for name in JOINED if chosen.get(name) == Side.BOTH):
        if further := FURTHER.get(name):
            added = [*facts.get(further, getattr(kept, further)), {"type": "", "value": getattr(other, name)}]
            facts[further] = _once(added)
        else:
            facts[name] = _joined(name, facts.get(name, getattr(kept, name)), getattr(other, name))
    return {name: value for name, value in facts.items() if value != getattr(kept, name)}


def _values(client: Client, name: str) -> tuple[Any, ...]:
    return tuple(getattr(client, column) for column in columns_of(name))


def _proposed(name: str, mine: Sequence[Any], theirs: Sequence[Any]) -> Side:
    """Return the side that says something; where both do, both of what can be joined, else the one kept."""
    if all(value in NOTHING for value in mine):
        return Side.OTHER
    if all(value in NOTHING for value in theirs):
        return Side.KEPT
    return Side.BOTH if name in JOINED else Side.KEPT


def _joined(name: str, mine: Any, theirs: Any) -> Any:
    if name == "platform_links":
        return {**theirs, **mine}
    if name == "notes":
        return "\n\n".join(part for part in (mine, theirs) if part)
    return _once([*mine, *theirs])


def _once(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _label(name: str) -> str:
    if name in GROUPS:
        return str(GROUPS[name][0])
    return capfirst(str(getattr(Client._meta.get_field(name), "verbose_name", name)))


def _text(client: Client, name: str) -> str:
    parts = [_shown(name, value) for value in _values(client, name) if value not in NOTHING]
    return ", ".join(parts)


def _shown(name: str, value: Any) -> str:
    if name == "platform_links":
        labels = dict(Platform.choices)
        return ", ".join(f"{labels.get(platform, platform)}: {address}" for platform, address in value.items())
    if name in LISTS:
        return ", ".join(_item(item) for item in value)
    if name == "birthday":
        return day(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value.normalize()) + " %" if name == "default_deposit_percent" else str(value)


def _item(item: Any) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    return " ".join(str(part) for part in item.values() if part)

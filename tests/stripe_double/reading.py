"""Objects as they are answered: expanded where asked, and lists page by page."""

from collections.abc import Callable
from copy import deepcopy

from tests.stripe_double.checkout import lines_of
from tests.stripe_double.errors import Refused
from tests.stripe_double.world import Books, Json, World

DEEPEST = 4
DEFAULT_LIMIT, MOST = 10, 100
# Which members of an object are ids of which other objects.
LINKS = {
    "checkout.session": {"payment_intent": "payment_intent"},
    "payment_intent": {"latest_charge": "charge"},
    "charge": {"balance_transaction": "balance_transaction", "payment_intent": "payment_intent"},
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "balance_transaction": {"source": ""},
}
SOURCES = ("charge", "refund", "dispute")
# Members that are there only when they are asked for.
HIDDEN = {"checkout.session": {"line_items"}, "charge": {"refunds"}}


def shown(world: World, books: Books, thing: Json, expand: list[str]) -> Json:
    """Return a copy of an object as it is answered, with the members that were asked for in full."""
    found = deepcopy(thing)
    if found["object"] == "balance_transaction" and found["available_on"] <= world.clock.now():
        found["status"] = "available"
    for path in expand:
        if path.count(".") >= DEEPEST:
            raise Refused(f"You cannot expand more than {DEEPEST} levels of a property: {path}", param="expand")
    for name in {path.split(".")[0]: None for path in expand}:
        inside = [path.split(".", 1)[1] for path in expand if path.startswith(f"{name}.")]
        found[name] = _expanded(world, books, found, name, inside)
    return found


def _expanded(world: World, books: Books, found: Json, name: str, inside: list[str]) -> Json | None:
    kind = found["object"]
    if name in HIDDEN.get(kind, ()):
        return _hidden(world, books, found, name, inside)
    links = LINKS.get(kind, {})
    if name not in links:
        raise Refused(f"This property cannot be expanded ({name}).", param="expand")
    value: str | Json | None = found[name]
    if not isinstance(value, str):  # nothing there, or in full already
        return value
    kinds = [links[name]] if links[name] else SOURCES
    linked = next(books.all(each)[value] for each in kinds if value in books.all(each))
    return shown(world, books, linked, inside)


def _hidden(world: World, books: Books, found: Json, name: str, inside: list[str]) -> Json:
    if name == "line_items":
        rows, url = lines_of(books, found), f"/v1/checkout/sessions/{found['id']}/line_items"
    else:
        rows = [each for each in books.all("refund").values() if each["charge"] == found["id"]][::-1]
        url = f"/v1/charges/{found['id']}/refunds"
    deeper = [path.removeprefix("data.") for path in inside if path.startswith("data.")]
    data = [shown(world, books, row, deeper) if row["object"] in LINKS else deepcopy(row) for row in rows]
    # What is put into another object is the first page of it, as long as any other.
    return {"object": "list", "data": data[:DEFAULT_LIMIT], "has_more": len(data) > DEFAULT_LIMIT, "url": url}


def listed(
    world: World, books: Books, rows: list[Json], params: Json, *, url: str, fits: Callable[[Json], bool]
) -> Json:
    """Return one page of a list, the newest first.

    rows: all there are, oldest first; fits: whether a row was asked for
    """
    limit = params.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MOST:
        raise Refused(f"Invalid limit: must be between 1 and {MOST}", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise Refused("Received both starting_after and ending_before parameters.", param="starting_after")
    chosen = [row for row in reversed(rows) if _in_time(row, params.get("created")) and fits(row)]
    names = [row["id"] for row in chosen]
    if "ending_before" in params:
        end = _place(rows, names, params["ending_before"], "ending_before")
        first = max(0, end - limit)
        page, more = chosen[first:end], first > 0
    else:
        first = _place(rows, names, params["starting_after"], "starting_after") + 1 if "starting_after" in params else 0
        page, more = chosen[first : first + limit], len(chosen) > first + limit
    expand = [path.removeprefix("data.") for path in params.get("expand", [])]
    if any(not path.startswith("data.") for path in params.get("expand", [])):
        raise Refused("This property cannot be expanded: a list's begin with `data.`", param="expand")
    return {"object": "list", "data": [shown(world, books, row, expand) for row in page], "has_more": more, "url": url}


def _place(rows: list[Json], names: list[str], name: str, param: str) -> int:
    if name in names:
        return names.index(name)
    if not any(row["id"] == name for row in rows):
        raise Refused(f"No such object: '{name}'", code="resource_missing", param=param)
    raise Refused(f"The object '{name}' is not in this list.", param=param)


def _in_time(row: Json, wanted: int | Json | None) -> bool:
    at: int = row["created"]
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return at == wanted
    later = at > wanted.get("gt", at - 1) and at >= wanted.get("gte", at)
    return bool(later and at < wanted.get("lt", at + 1) and at <= wanted.get("lte", at))

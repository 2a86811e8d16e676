"""How the source is written: who writes rows, who enters a studio, how long things are, which excuses there are."""

import ast
import re
from pathlib import Path

import pytest

from tests.source_tree import ROOT, modules, pyproject

EXCUSES = 15  # of both kinds together; the number may only fall
MODULE_LINES = 400
FUNCTION_LINES = 40
SERVICES_OF_A_NOUN = 7
INLINE_IMPORT_REASONS = {"app ready", "slow import", "optional dependency"}
# "file: call" -> why it is not a service's: caches, sessions and other things that are no rows of ours.
WRITES_OUTSIDE_SERVICES: dict[str, str] = {}

# Writes -------------------------------------------------------------------------------------------

DOORS = {"views", "forms", "tasks", "receivers", "admin", "middleware", "management"}
WRITING = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}


def writes(tree):
    """Calls of a method that writes rows, as they stand in the source; an own method of the same name is none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITING:
            text = ast.unparse(node)
            if not text.startswith(f"self.{node.func.attr}(") and "commit=False" not in text:
                yield ast.unparse(node.func)


def is_door(name):
    return any(Path(part).stem in DOORS for part in Path(name).parts)


def test_doors_write_through_services_only():
    found = {f"{name}: {call}" for name, tree in modules().items() if is_door(name) for call in writes(tree)}

    assert found == set(WRITES_OUTSIDE_SERVICES)


def test_writes_are_found():
    source = (
        "def view(request):\n    room.save()\n    Room.objects.create()\n    room.name = rooms.rename_room(room=room)\n"
    )

    assert list(writes(ast.parse(source))) == ["room.save", "Room.objects.create"]


# One door into a studio ---------------------------------------------------------------------------

ENTERING = {"set_tenant", "set_schema", "set_schema_to_public"}
MAY_ENTER = ("studio/tenancy/context.py", "studio/tenancy/backend/")


def other_ways_in(tree):
    """The library's ways into a studio, which swap studios between threads, and ways to lose one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.AsyncWith | ast.AsyncFor | ast.Await):
            yield "async"
        elif isinstance(node, ast.With):
            entered = [ast.unparse(item.context_expr) for item in node.items]
            yield from (text for text in entered if re.search(r"(^|\W)(studio|tenant)$", text))
        elif isinstance(node, ast.Attribute):
            text = ast.unparse(node)
            if node.attr in ENTERING or text in {"studio.activate", "tenant.activate"}:
                yield text


def test_studios_are_entered_by_one_door():
    found = {name: list(other_ways_in(tree)) for name, tree in modules().items() if not name.startswith(MAY_ENTER)}

    assert {name: ways for name, ways in found.items() if ways} == {}


@pytest.mark.parametrize(
    "source",
    [
        "with studio:\n    pass",
        "connection.set_tenant(studio)",
        "connection.set_schema_to_public()",
        "studio.activate()",
        "async def view(request): ...",
    ],
)
def test_other_ways_in_are_found(source):
    assert len(list(other_ways_in(ast.parse(source)))) == 1


def expanded_requests(tree):
    """Keyword arguments spread out of what a browser sent: they would reach a query's lookups."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg is None:
            text = ast.unparse(node.value)
            if re.search(r"request\.(GET|POST|COOKIES|headers)", text):
                yield text


def test_requests_are_never_spread_into_arguments():
    assert {name: found for name, tree in modules().items() if (found := list(expanded_requests(tree)))} == {}
    assert list(expanded_requests(ast.parse("Room.objects.filter(**request.GET.dict())"))) == ["request.GET.dict()"]


# Shape ------------------------------------------------------------------------------------------


def undocumented(name, tree):
    """The module and its public functions and classes that say nothing of themselves."""
    if tree.body and not ast.get_docstring(tree):
        yield name
    for node in tree.body:
        is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if is_public and not ast.get_docstring(node):
            yield f"{name}: {node.name}"


def test_public_functions_say_what_they_do():
    assert [each for name, tree in modules().items() for each in undocumented(name, tree)] == []
    assert list(undocumented("x.py", ast.parse("def silent(): ...\ndef _own(): ..."))) == ["x.py", "x.py: silent"]


def too_long(name, tree):
    """Functions over budget; the lines of their docstrings are free."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            has_docstring = ast.get_docstring(node) is not None
            first = node.body[0].end_lineno + 1 if has_docstring else node.lineno
            if node.end_lineno - first + 1 > FUNCTION_LINES:
                yield f"{name}: {node.name}"


def test_functions_fit_on_a_screen():
    assert [each for name, tree in modules().items() for each in too_long(name, tree)] == []
    body = "    x = 1\n" * (FUNCTION_LINES + 1)
    assert list(too_long("x.py", ast.parse(f"def long():\n{body}"))) == ["x.py: long"]


def test_modules_hold_one_noun():
    lines = {name: (ROOT / name).read_text(encoding="utf-8").count("\n") for name in modules()}

    assert {name: count for name, count in lines.items() if count > MODULE_LINES} == {}


def test_services_hold_one_noun():
    public = {
        name: [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
        for name, tree in modules().items()
        if Path(name).parent.name == "services"
    }

    assert {name: found for name, found in public.items() if len(found) > SERVICES_OF_A_NOUN} == {}


def test_rooms_have_names_of_their_own():
    nameless = {"utils", "helpers", "common", "core", "constants", "managers", "misc"}

    assert [name for name in modules() if nameless & {Path(part).stem for part in Path(name).parts}] == []


# Excuses ------------------------------------------------------------------------------------------

EXCUSE = re.compile(r"#\s*(?:noqa\b|type:\s*ignore\b)[^\n]*")
WITH_REASON = re.compile(r"(?:noqa: [A-Z0-9, ]+|type: ignore\[[a-z-, ]+\](?:\s*#)?) -- .+|# type: ignore\[[a-z-, ]+\]$")


def excuses():
    """Every line that asks a tool to look away: (file, comment)."""
    for name in modules():
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if match := EXCUSE.search(line):
                yield name, match.group(0)


def test_excuses_only_become_fewer():
    assert len(list(excuses())) <= EXCUSES


def test_excuses_give_a_reason():
    assert [each for each in excuses() if not WITH_REASON.search(each[1])] == []


def test_inline_imports_give_a_reason_of_the_list():
    reasons = {(name, text.partition(" -- ")[2]) for name, text in excuses() if "PLC0415" in text}

    assert {each for each in reasons if each[1] not in INLINE_IMPORT_REASONS} == set()


def test_import_contracts_excuse_nothing():
    assert [each["id"] for each in pyproject()["tool"]["importlinter"]["contracts"] if "ignore_imports" in each] == []


# Stylesheets --------------------------------------------------------------------------------------


def unbalanced(text):
    """Whether a block of a stylesheet is not closed before the next heading: what follows would be inside it."""
    return any(part.count("{") != part.count("}") for part in re.split(r"^/\* ", text, flags=re.MULTILINE))


def served(*endings):
    """Our own static files of some kinds: path -> text."""
    found = [path for path in (ROOT / "studio" / "static").rglob("*") if path.suffix in endings]
    return {path: path.read_text(encoding="utf-8") for path in found if "vendor" not in path.parts}


def test_every_block_of_a_stylesheet_is_closed():
    assert [path.name for path, text in served(".css").items() if unbalanced(text)] == []


def test_stylesheets_and_scripts_hold_one_noun():
    assert {path.name for path, text in served(".css", ".js").items() if text.count("\n") > MODULE_LINES} == set()


def test_a_block_that_is_open_is_found():
    assert unbalanced("@media (width < 1px) {\n  .a {\n/* Next */\n.b {\n}\n")
    assert not unbalanced("@media (width < 1px) {\n  .a {\n  }\n}\n/* Next */\n.b {\n}\n")

"""`./dev bench`: the benchmarks, each in a process of its own."""

import argparse
import json
import subprocess
import sys
from typing import Any

from studio.dev.children import PYTHON, database_variables, environment
from studio.dev.postgres import private_server, used_while_here
from studio.dev.surroundings import ROOT, CannotGoOn, say

FOLDER = ROOT / "tests" / "benchmarks"
CHILD = (
    "import sys; from importlib import import_module; import django; django.setup(); "
    "import_module(sys.argv[1]).main(json=sys.argv[2] == 'json')"
)


def run(arguments: list[str]) -> int:
    """Run one benchmark or all; with --json only JSON goes to stdout; return the exit code."""
    known = sorted(file.stem for file in FOLDER.glob("[!_]*.py"))
    parser = argparse.ArgumentParser(prog="./dev bench", description=f"Benchmarks: {', '.join(known) or 'none yet'}.")
    parser.add_argument("name", nargs="?", help="one benchmark; all when left out")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args(arguments)
    if given.name and given.name not in known:
        raise CannotGoOn(f"There is no benchmark {given.name!r}. There are: {', '.join(known)}.")
    with used_while_here(private_server("bench")) as server:
        variables = environment(DJANGO_SETTINGS_MODULE="studio.settings", **database_variables(server))
        figures = {name: _run(name, variables, as_json=given.json) for name in ([given.name] if given.name else known)}
    if given.json:
        sys.stdout.write(json.dumps(figures[given.name] if given.name else figures, indent=2) + "\n")
    return 0


def _run(name: str, variables: dict[str, str], *, as_json: bool) -> Any:
    say(f"Benchmark {name}.")
    command = [PYTHON, "-c", CHILD, f"tests.benchmarks.{name}", "json" if as_json else "text"]
    done = subprocess.run(
        command, cwd=ROOT, env=variables, text=True, stdout=subprocess.PIPE if as_json else None, check=False
    )
    if done.returncode:
        raise CannotGoOn(f"The benchmark {name} failed; the lines above say why.")
    return json.loads(done.stdout) if as_json else None

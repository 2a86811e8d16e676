"""`./dev test`: everything that must pass, cheapest first."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from studio.dev.children import MANAGE, PYTHON, database_variables, environment, wait_for
from studio.dev.packages import CHROMIUM, PANGO, provide
from studio.dev.postgres import private_server, used_while_here
from studio.dev.surroundings import ROOT, VAR, CannotGoOn, has_own_server, is_true, say

KEEP_GOING = "--keep-going"
type Command = list[str | Path]


def run(arguments: list[str]) -> int:
    """Set up, then run all steps, or pytest alone when it is given arguments; return the exit code."""
    missing = provide(PANGO, CHROMIUM)
    if missing and is_true("CI"):
        names = " and ".join(package.name for package in missing)
        raise CannotGoOn(f"CI is set, so nothing may be skipped, but {names} could not be had.")
    pytest_arguments = [argument for argument in arguments if argument != KEEP_GOING]
    with used_while_here(private_server("test")) as server:
        variables = environment(**database_variables(server), **bytecode())
        if not has_own_server():
            # Some tests do the damage that only a superuser can do, to show that it is found.
            server.lend_superuser()
        if pytest_arguments:
            say("pytest was given arguments: only it runs, not the whole gate.")
            return wait_for([PYTHON, "-m", "pytest", *pytest_arguments], variables)
        return _run_gate(variables, keep_going=KEEP_GOING in arguments)


def bytecode() -> dict[str, str]:
    """Return where to keep compiled modules for a person who wants none beside the sources, else nothing.

    Two hundred processes of the tests would compile all of ours anew, and each worker rewrite every test.
    """
    if not os.environ.get("PYTHONDONTWRITEBYTECODE"):
        return {}
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(VAR / "bytecode")}


def _run_gate(variables: dict[str, str], *, keep_going: bool) -> int:
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # none needs another; what they say is said in their order
        asked = {name: pool.submit(_ask, command(), variables) for name, command in _steps().items()}
        for name, step in asked.items():
            done, seconds = step.result()
            say(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {seconds:6.1f} s  {name}")
            if done.returncode:
                say(done.stdout.rstrip())
                failed.append(name)
                if not keep_going:
                    pool.shutdown(wait=False, cancel_futures=True)
                    return done.returncode
    if failed:
        say(f"Failed before the tests: {', '.join(failed)}.")
    say("Running pytest.")
    # The last line of all is pytest's own: what reads it counts tests by it.
    tests = wait_for([PYTHON, "-m", "pytest", "-n", "auto", "--dist", "worksteal", "--durations=10"], variables)
    return tests or bool(failed)


def _ask(command: Command, variables: dict[str, str]) -> tuple[subprocess.CompletedProcess[str], float]:
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done, time.monotonic() - started


def _steps() -> dict[str, Callable[[], Command]]:
    def manage(*arguments: str) -> Callable[[], Command]:
        return lambda: [PYTHON, MANAGE, *arguments]

    def tool(name: str, *arguments: str) -> Callable[[], Command]:
        return lambda: [Path(sys.executable).parent / name, *arguments]

    return {
        "ruff format --check": tool("ruff", "format", "--check", "."),
        "ruff check": tool("ruff", "check", "."),
        "djade --check": lambda: [*tool("djade", "--check")(), *_templates()],
        "lint-imports": tool("lint-imports"),
        "mypy": tool("mypy"),
        "manage.py check": manage("check", "--fail-level", "WARNING"),
        "manage.py makemigrations --check": manage("makemigrations", "--check", "--dry-run"),
        "manage.py requirements": manage("requirements"),
        "manage.py cascade_table --check": manage("cascade_table", "--check"),
    }


def _templates() -> list[Path]:
    found = sorted((ROOT / "templates").rglob("*.html"))
    if not found:
        raise CannotGoOn("No templates were found to check.")
    return found

"""The environment that management commands, servers and tests run in."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from studio.dev import stand_in
from studio.dev.postgres import WEB, Server, private_server
from studio.dev.surroundings import PLATFORM_HOST, ROOT, has_own_server, secret_key_file, without_postgres_variables

PYTHON = sys.executable
MANAGE = ROOT / "manage.py"


def database_variables(server: Server | None = None) -> dict[str, str]:
    """Return the addresses of both logins, starting the private server when none was named.

    server: the clone's own when left out
    returns: nothing when the person named a server; the addresses stand in the environment then
    """
    if has_own_server():
        return {}
    server = server or private_server()
    running = server.start()
    return {"DATABASE_URL": server.address(running), "DATABASE_WEB_URL": server.address(running, WEB)}


def environment(**variables: str) -> dict[str, str]:
    """Return what a child process sees: ours where the person said nothing, theirs otherwise.

    variables: these win over both
    """
    base = dict(os.environ) if has_own_server() else without_postgres_variables()
    ours = {"HTTPS": "0", "PLATFORM_HOST": PLATFORM_HOST}
    if "SECRET_KEY" not in base and "SECRET_KEY_FILE" not in base:
        ours["SECRET_KEY_FILE"] = str(secret_key_file())
    return ours | base | variables


def become_manage(arguments: list[str]) -> NoReturn:
    """Replace this process by manage.py, in the folder the person stands in."""
    variables = {"DEBUG": os.environ.get("DEBUG", "1")} | database_variables() | stand_in.of_the_demonstration()
    become([PYTHON, str(MANAGE), *arguments], environment(**variables))


def become(command: list[str | Path], variables: dict[str, str]) -> NoReturn:
    """Replace this process, so that signals and the exit code are the command's own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], [str(part) for part in command], variables)


def wait_for(command: list[str | Path], variables: dict[str, str]) -> int:
    """Run a command in the clone, handing on what asks it to stop, and return its exit code."""
    child = subprocess.Popen(command, cwd=ROOT, env=variables)
    # Ctrl-C reaches the child by itself; it answers, and its answer is the exit code.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _number, _frame: child.terminate())
    return child.wait()

"""`./dev demo`: two demonstration studios, from nothing to a page in the browser."""

import argparse
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection
from pathlib import Path
from types import FrameType
from typing import TextIO

from studio.dev import stand_in
from studio.dev.children import MANAGE, PYTHON, database_variables, environment
from studio.dev.mailbox import listening_socket
from studio.dev.packages import PANGO, provide
from studio.dev.postgres import private_server, used_while_here
from studio.dev.surroundings import PLATFORM_HOST, ROOT, VAR, CannotGoOn, has_own_server, say

PORT, LAST_PORT = 8000, 65_535
LOGS, STATIC, MAILS = VAR / "log", VAR / "static", VAR / "mail"
VENV_STAMP = ROOT / ".venv" / "requirements-dev.installed"
READY_SECONDS = 60
STOP_SECONDS = 10


def run(arguments: list[str]) -> int:
    """Set up and serve until stopped; return the exit code."""
    parser = argparse.ArgumentParser(prog="./dev demo", description="Two demonstration studios.")
    parser.add_argument("--no-serve", action="store_true", help="stop before serving")
    parser.add_argument("--port", type=port_number, default=PORT, help=f"where to serve (default {PORT})")
    given = parser.parse_args(arguments)
    if not given.no_serve:
        _demand_free(given.port)
    provide(PANGO)
    if given.no_serve:
        _prepare(_variables(given.port))
        return 0
    with used_while_here(private_server()):
        variables = _variables(given.port)
        _prepare(variables)
        return _serve(given.port, variables)


def port_number(text: str) -> int:
    """Return a port for argparse, whose complaint names this function."""
    port = int(text)
    if not 0 < port <= LAST_PORT:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port


def _variables(port: int) -> dict[str, str]:
    say("Starting PostgreSQL." if not has_own_server() else "Using the PostgreSQL that DATABASE_URL names.")
    # Error pages, static files and rights are those of a real installation; only the encryption is missing.
    ours = {"DEBUG": "0", "PUBLIC_PORT": str(port), "STATIC_ROOT": str(STATIC)}
    return environment(**ours, **database_variables())


def _prepare(variables: dict[str, str]) -> None:
    _step("Migrating the database", "migrate", variables=variables)
    if not _static_is_collected():
        _step("Collecting static files", "collectstatic", "--noinput", variables=variables)
    _seed(variables)


def _seed(variables: dict[str, str]) -> None:
    """Fill the studios; their clients pay at the stand-in for Stripe, which remembers it when all this is served."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    say("Making the demonstration studios.")
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        there = _stand_in(variables, children, "--by-hand")
        command: list[str | Path] = [PYTHON, MANAGE, "seed_demo"]
        if there:
            command += ["--stand-in", there["STRIPE_API_BASE"]]
        seeded = subprocess.run(command, cwd=ROOT, env=variables | there, check=False)
    finally:
        _stop(children)
    if seeded.returncode:
        raise CannotGoOn("The demonstration studios could not be made; the lines above say why.")


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)  # by way of every `finally`, so that nothing that was started is left


def _static_is_collected() -> bool:
    # Compressing takes far longer than looking at the times of the sources and of what pip installed last.
    manifest = STATIC / "staticfiles.json"
    if not manifest.exists():
        return False
    ours = [
        path for path in (*ROOT.glob("*/static/**/*"), *ROOT.glob("studio/*/static/**/*")) if VAR not in path.parents
    ]
    collected = manifest.stat().st_mtime
    return all(source.stat().st_mtime < collected for source in (VENV_STAMP, *ours) if source.exists())


def _step(sentence: str, *command: str, variables: dict[str, str]) -> None:
    started = time.monotonic()
    done = subprocess.run(
        [PYTHON, MANAGE, *command],
        cwd=ROOT,
        env=variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise CannotGoOn(f"{done.stdout.rstrip()}\n{sentence} failed; the lines above say why.")
    say(f"{sentence}: done in {time.monotonic() - started:.1f} s.")


def _demand_free(port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError as reason:
        message = f"Port {port} cannot be used: {reason.strerror}. Choose another: ./dev demo --port {port + 1}"
        raise CannotGoOn(message) from reason


def _serve(port: int, variables: dict[str, str]) -> int:
    stopping = _StopAsked()
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        mail_variables, where = _mail(variables, children)
        stripe_variables, who_pays = _stripe(port, variables, children)
        variables = variables | mail_variables | stripe_variables
        children["web"] = _start("web", _web(port), _web_variables(variables))
        children["worker"] = _start("worker", [PYTHON, MANAGE, "work"], variables)
        _wait_until_ready(port, children, stopping)
        with stand_in.noted(stripe_variables.get("STRIPE_API_BASE", "")):
            if not stopping.asked:
                say(where)
                say(who_pays)
                say(f"Serving on http://{PLATFORM_HOST}:{port}/ (logs in {LOGS}). Ctrl-C stops everything.")
            while not stopping.asked and not _dead(children):
                time.sleep(0.2)
        if stopping.asked:
            return 0
        name = _dead(children)
        raise CannotGoOn(f"The {name} process ended by itself. The end of its log:\n{_end_of_log(name)}")
    finally:
        _stop(children)
        say("Everything has stopped.")


def _mail(variables: dict[str, str], children: dict[str, subprocess.Popen[bytes]]) -> tuple[dict[str, str], str]:
    """Return how mails leave, and the sentence that says where they go; starts a mailbox when no server was named."""
    if variables.get("MAIL_HOST"):
        return {}, f"Mails are really sent, by {variables['MAIL_HOST']}."
    with listening_socket() as listening:
        number = listening.fileno()
        command: list[str | Path] = [PYTHON, "-m", "studio.dev.mailbox", str(number), MAILS]
        children["mailbox"] = _start("mailbox", command, variables, pass_fds=(number,), stdout=sys.stderr)
        host, port = listening.getsockname()
    ours = {"MAIL_HOST": host, "MAIL_PORT": str(port), "MAIL_TLS": "0", "MAIL_USER": "", "MAIL_PASSWORD": ""}
    return ours, f"No mail leaves this machine: each is told here with its link, and kept in {MAILS}."


def _stripe(
    port: int, variables: dict[str, str], children: dict[str, subprocess.Popen[bytes]]
) -> tuple[dict[str, str], str]:
    """Return whom payments go to, and the sentence that says so; starts a stand-in when no key was given."""
    there = _stand_in(variables, children, "--webhook", f"http://{PLATFORM_HOST}:{port}/webhooks/stripe/")
    if not there:
        return {}, f"Payments go to {variables.get('STRIPE_API_BASE') or 'Stripe'}, by the key that was given."
    base = there["STRIPE_API_BASE"]
    return there, f"No money moves: payments go to a stand-in for Stripe at {base}, where only test cards work."


def _stand_in(
    variables: dict[str, str], children: dict[str, subprocess.Popen[bytes]], *how: str | Path
) -> dict[str, str]:
    """Start what stands in for Stripe and return how it is reached; nothing where a key was given."""
    if not stand_in.is_wanted(variables):
        return {}
    with listening_socket(*stand_in.PORTS) as listening:
        command: list[str | Path] = [PYTHON, *stand_in.arguments(listening), *how]
        children["stripe"] = _start("stripe", command, variables, pass_fds=(listening.fileno(),))
        return stand_in.variables_of(listening.getsockname()[1])


def _web(port: int) -> list[str | Path]:
    command: list[str | Path] = [PYTHON, "-m", "gunicorn", "studio.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    return [*command, "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]


def _web_variables(variables: dict[str, str]) -> dict[str, str]:
    # The pages run by the login that owns nothing, as in a real installation: a wrong grant shows here.
    if not variables.get("DATABASE_WEB_URL"):
        say(
            "DATABASE_WEB_URL is not set: the pages run by the owner's login, and the web login's grants are not tried."
        )
        return variables
    kept = {name: value for name, value in variables.items() if name not in {"DATABASE_URL", "DATABASE_URL_FILE"}}
    return kept | {"DATABASE_LOGIN": "web"}


class _StopAsked:
    """Remembers that a signal asked to stop, so that the children are ended in order."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def _start(
    name: str,
    command: list[str | Path],
    variables: dict[str, str],
    *,
    pass_fds: Collection[int] = (),
    stdout: TextIO | None = None,
) -> subprocess.Popen[bytes]:
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"{name}.log").open("wb") as log:
        # A session of its own: Ctrl-C reaches this process only, which then stops all in order.
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=stdout or log,
            stderr=log,
            start_new_session=True,
            pass_fds=pass_fds,
        )


def _wait_until_ready(port: int, children: dict[str, subprocess.Popen[bytes]], stopping: _StopAsked) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not stopping.asked and not _dead(children):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                message = (
                    f"The pages did not answer within {READY_SECONDS} s. The end of the log:\n{_end_of_log('web')}"
                )
                raise CannotGoOn(message) from None
            time.sleep(0.1)


def _dead(children: dict[str, subprocess.Popen[bytes]]) -> str:
    return next((name for name, child in children.items() if child.poll() is not None), "")


def _stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for child in children.values():
        child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children.values():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _end_of_log(name: str) -> str:
    lines = (LOGS / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-15:]) or "(empty)"

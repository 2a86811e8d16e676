"""Other programs: run and heard out, or looked up by their number."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from studio.dev.surroundings import without_postgres_variables


def exists(pid: int) -> bool:
    """Return whether any process has the number, also somebody else's or one that only waits to be buried."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def serves(pid: int, data: Path) -> bool:
    """Return whether the process is a living PostgreSQL of that data folder."""
    # A server stands in its data folder, whatever the path it was started by.
    command = _command_of(pid)
    try:
        return "postgres" in command and Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return f"-D {data}" in command


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
        return subprocess.run(["ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False).stdout


def run(command: Sequence[str | Path], *, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, in no particular folder, and return its exit code and what it said."""
    # Output goes to files: a server keeps what it inherits open, so a pipe would never end.
    environment = without_postgres_variables() | {"LC_ALL": "C"}
    with (
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
        tempfile.TemporaryFile("w+") as given,
    ):
        given.write(stdin or "")
        given.seek(0)
        done = subprocess.run(command, stdin=given, stdout=out, stderr=err, env=environment, cwd="/", check=False)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())


def last_line(text: str) -> str:
    """Return the last line that says anything."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"

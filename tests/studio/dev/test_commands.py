"""The documented commands, run as a person runs them."""

import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from studio.dev.surroundings import ROOT

SECONDS = 240  # bounds a hang; the slowest command makes and fills a server on a busy machine


@pytest.fixture
def variables(tmp_path):
    """An environment that names no server, with data of its own."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "PG", "DJANGO_"))
    }
    return inherited | {"STUDIO_PG_DATA": str(tmp_path / "pg"), "MEDIA_ROOT": str(tmp_path / "media")}


@pytest.fixture
def dev(tmp_path, variables):
    """Run ./dev in another folder."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "dev", *arguments],
            env=variables | more,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    yield run
    run("db", "stop")


def status(port: int, host: str, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        with connection.getresponse() as answer:
            return answer.status


@contextmanager
def serving(port: int, variables: dict[str, str], cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demonstration once it serves, and what it said until then."""
    with subprocess.Popen(
        [ROOT / "dev", "demo", "--port", str(port)],
        env=variables,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Serving on"):
                break
        try:
            yield process, said
        finally:
            process.terminate()


@pytest.mark.early
def test_database_is_started_migrated_inspected_and_stopped(dev):
    started = dev("db", "start")
    assert (started.returncode, started.stdout) == (0, "")
    assert "PostgreSQL is running" in started.stderr

    url = dev("db", "url")
    assert (url.returncode, url.stderr, url.stdout.count("\n")) == (0, "", 1)
    with psycopg.connect(url.stdout.strip()) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("studio_owner",)

    migrated = dev("manage", "migrate")
    assert migrated.returncode == 0, migrated.stderr

    seen = dev("db", "psql", "-XAtc", "SELECT to_regclass('public.studios')")
    assert (seen.returncode, seen.stdout) == (0, "studios\n")

    stopped = dev("db", "stop")
    assert (stopped.returncode, stopped.stderr) == (0, "PostgreSQL is stopped.\n")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.stdout.strip())


def test_url_starts_the_server_and_says_so_on_stderr_only(dev):
    url = dev("db", "url")

    assert (url.returncode, url.stderr) == (0, "Making a private PostgreSQL.\n")
    psycopg.connect(url.stdout.strip()).close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_root_without_namespaces_runs_the_server_as_nobody(dev, tmp_path):
    refusing = tmp_path / "bin" / "unshare"
    refusing.parent.mkdir()
    refusing.write_text("#!/bin/sh\nexit 1\n")
    refusing.chmod(0o755)
    path = f"{refusing.parent}:{os.environ['PATH']}"
    address = dev("db", "url", PATH=path).stdout.strip()
    folder = Path(conninfo_to_dict(address)["host"])

    try:
        with psycopg.connect(address) as connection:
            pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
            assert connection.execute("SELECT current_user").fetchone() == ("studio_owner",)
        assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert folder.stat().st_mode & 0o077 == 0
    finally:
        stopped = dev("db", "stop", PATH=path)
        if not folder.is_relative_to(tmp_path):  # nobody cannot enter a closed folder, so the data went elsewhere
            shutil.rmtree(folder.parent)

    assert stopped.stderr == "PostgreSQL is stopped.\n"


def test_bin_is_the_folder_of_client_programs(dev):
    folder = dev("db", "bin").stdout.strip()

    for program in ("psql", "pg_dump", "pg_restore"):
        assert os.access(f"{folder}/{program}", os.X_OK)


def test_a_server_of_ones_own_is_used_and_no_private_one_started(dev, tmp_path):
    own = "postgresql://me@db.example.org/studio"

    assert dev("db", "url", DATABASE_URL=own).stdout == f"{own}\n"
    assert "no private one is started" in dev("db", "start", DATABASE_URL=own).stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.early
def test_demo_serves_from_nothing_and_a_second_run_makes_nothing_again(dev, variables, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serving(port, variables, tmp_path) as (process, said):
        assert f"http://sunset.localhost:{port}/admin/" in said
        assert f"http://pulse.localhost:{port}/admin/" in said
        assert status(port, "localhost", "/health") == 200
        assert status(port, "localhost", "/ready") == 200
        assert status(port, "sunset.localhost", "/accounts/login/") == 200
        assert status(port, "nowhere.localhost", "/accounts/login/") == 404

        process.send_signal(signal.SIGTERM)
        ended = process.communicate(timeout=60)[0]

    # What falls due at the hour of the test is mailed while it runs, and said.
    told = [line for line in ended.splitlines() if not line.startswith("Mail for ")]
    assert (process.returncode, told) == (0, ["Everything has stopped."])
    again = dev("demo", "--no-serve")
    assert again.returncode == 0, again.stderr
    assert "opened" in said
    assert "opened" not in again.stdout + again.stderr


def test_a_taken_port_is_a_sentence_that_names_the_option(dev):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = dev("demo", "--port", str(port))

    assert answer.returncode == 1
    assert (
        answer.stderr
        == f"Port {port} cannot be used: Address already in use. Choose another: ./dev demo --port {port + 1}\n"
    )


@pytest.mark.parametrize("arguments", [(), ("nonsense",)], ids=["none", "unknown"])
def test_anything_else_shows_the_commands(dev, arguments):
    answer = dev(*arguments)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("./dev demo [--no-serve] [--port N]")


def test_an_unknown_benchmark_is_named(dev):
    answer = dev("bench", "nonsense")

    assert answer.returncode == 1
    assert answer.stderr.startswith("There is no benchmark 'nonsense'. There are: ")

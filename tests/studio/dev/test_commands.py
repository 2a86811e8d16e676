"""The documented commands, run as a person runs them."""

import os
import socket
import subprocess

import psycopg
import pytest

from studio.dev.surroundings import ROOT


@pytest.fixture
def dev(tmp_path):
    """Run ./dev in another folder, with data of its own."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "PG"))}
    variables["STUDIO_PG_DATA"] = str(tmp_path / "pg")

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "dev", *arguments],
            env=variables | more,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    yield run
    run("db", "stop")


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


def test_bin_is_the_folder_of_client_programs(dev):
    folder = dev("db", "bin").stdout.strip()

    for program in ("psql", "pg_dump", "pg_restore"):
        assert os.access(f"{folder}/{program}", os.X_OK)


def test_a_server_of_ones_own_is_used_and_no_private_one_started(dev, tmp_path):
    own = "postgresql://me@db.example.org/studio"

    assert dev("db", "url", DATABASE_URL=own).stdout == f"{own}\n"
    assert "no private one is started" in dev("db", "start", DATABASE_URL=own).stderr
    assert list(tmp_path.iterdir()) == []


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

"""The private PostgreSQL: made, started, stopped, and started again after a crash."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from studio.dev import programs
from studio.dev.postgres import WEB, Server, used_while_here
from studio.dev.surroundings import CannotGoOn

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(autouse=True)
def _nobody_named_a_server(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL_FILE", raising=False)


def make_server(folder: Path) -> Server:
    folder.mkdir(parents=True, exist_ok=True)
    return Server(folder / "pg", durable=False)


@pytest.fixture
def server(tmp_path):
    server = make_server(tmp_path)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One running server for the tests that only look."""
    server = make_server(tmp_path_factory.mktemp("shared"))
    yield server, server.start()
    server.stop()


@pytest.fixture
def sleeper():
    """Somebody else's process."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def ask(address: str, query: str):
    with psycopg.connect(address, autocommit=True) as connection:
        return connection.execute(query).fetchone()[0]


def write_kept_row(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")


def test_start_makes_an_owner_with_realistic_rights(shared):
    server, running = shared

    with psycopg.connect(server.address(running)) as connection:
        rights = connection.execute(
            "SELECT rolname, rolcanlogin, rolcreaterole, rolcreatedb, rolsuper, rolbypassrls"
            "  FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        owner = connection.execute(
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
        ).fetchone()

    assert rights == ("studio_owner", True, True, True, False, False)
    assert owner == ("studio_owner",)


def test_start_makes_a_web_login_that_owns_nothing(shared):
    server, running = shared

    with psycopg.connect(server.address(running, WEB)) as connection:
        rights = connection.execute(
            "SELECT rolname, rolcanlogin, rolinherit, rolcreaterole, rolcreatedb, rolsuper"
            "  FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == ("studio_web", True, False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE public.mine (id int)")


@pytest.mark.parametrize("extension", ["btree_gist", "pg_trgm", "unaccent"])
def test_the_owner_may_create_the_extensions(shared, extension):
    server, running = shared

    with psycopg.connect(server.address(running)) as connection:
        connection.execute(f"CREATE EXTENSION {extension}")
        connection.rollback()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_locks_per_transaction", "1024"),
        ("max_connections", "200"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("listen_addresses", ""),
    ],
)
def test_start_sets(shared, setting, value):
    server, running = shared

    assert ask(server.address(running), f"SELECT current_setting('{setting}')") == value


@pytest.mark.parametrize(("durable", "fsync"), [(True, "on"), (False, "off")], ids=["kept", "disposable"])
def test_only_disposable_data_goes_without_fsync(tmp_path, durable, fsync):
    server = Server(tmp_path / "pg", durable=durable)

    try:
        assert ask(server.address(server.start()), "SELECT current_setting('fsync')") == fsync
    finally:
        server.stop()


def test_letters_beyond_ascii_change_case(shared):
    server, running = shared

    assert ask(server.address(running), "SELECT upper(U&'\\00e9') = U&'\\00c9'")


def test_start_leaves_a_running_server_alone(shared):
    server, running = shared

    assert server.start() == running


def test_the_socket_is_behind_a_closed_folder(shared):
    _server, running = shared

    assert Path(running.folder).stat().st_mode & 0o077 == 0


def test_stop_keeps_the_data(server):
    write_kept_row(server.address(server.start()))

    assert server.stop() is True
    assert server.running() is None
    assert server.stop() is False

    assert ask(server.address(server.start()), "SELECT number FROM kept") == 7


def test_start_after_a_crash_keeps_what_was_committed(server):
    server = replace(server, durable=True)
    killed = server.start()
    write_kept_row(server.address(killed))
    os.kill(killed.pid, signal.SIGKILL)

    restarted = server.start()

    assert restarted.pid != killed.pid
    assert ask(server.address(restarted), "SELECT number FROM kept") == 7


def test_start_sees_that_the_noted_pid_is_another_program(server, sleeper):
    killed = server.start()
    os.kill(killed.pid, signal.SIGKILL)
    pid_file = server.data / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(killed.pid), str(sleeper.pid), 1))

    assert server.running() is None
    assert server.start().pid != sleeper.pid
    assert sleeper.poll() is None


def test_stop_leaves_another_program_with_the_noted_pid_alone(server, sleeper):
    running = server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{sleeper.pid}\n{server.data}\n0\n{running.port}\n\n\n")

    assert server.stop() is False
    assert sleeper.poll() is None


def test_a_living_server_keeps_its_pid_file_under_another_path(server, tmp_path):
    running = server.start()
    (tmp_path / "link").symlink_to(server.data)

    assert Server(tmp_path / "link", durable=False).start().pid == running.pid


def test_two_starting_at_once_get_one_server(server):
    found = []
    threads = [threading.Thread(target=lambda: found.append(server.start())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(found) == 4
    assert len({running.pid for running in found}) == 1


def test_a_data_folder_half_made_is_made_again(server):
    new = server.data.with_name("pg.new")
    new.mkdir()
    (new / "PG_VERSION").write_text("half")

    assert ask(server.address(server.start()), "SELECT 1") == 1


@pytest.mark.parametrize(
    "name", ["it's a folder", "deep/" * 25 + "end"], ids=["quote and blank", "longer than a socket"]
)
def test_start_in_an_awkward_folder(tmp_path, name):
    server = make_server(tmp_path / name)

    try:
        running = server.start()
        assert ask(server.address(running), "SELECT 1") == 1
        assert len(running.folder) < 90
    finally:
        server.stop()


def test_tcp_is_served_when_asked_and_demands_the_password(server):
    without = server.start()
    assert without.tcp is False

    running = server.start(tcp=True)
    address = server.tcp_address(running)

    assert ask(address, "SELECT current_user") == "studio_owner"
    assert ask(server.address(running), "SELECT current_user") == "studio_owner"
    assert 20_000 <= int(conninfo_to_dict(address)["port"]) < 32_768
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={running.port} dbname=studio user=studio_owner password=wrong")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={running.port} dbname=studio user=postgres password=wrong")


def test_data_of_another_version_is_refused_and_left(server):
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(CannotGoOn, match="was made by PostgreSQL 9"):
        server.start()

    (server.data / "PG_VERSION").write_text(f"{programs.major_version(programs.find_programs())}\n")
    server.start()


def test_a_broken_setting_is_told_in_one_sentence(server):
    server.start()
    server.stop()
    with (server.data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")

    started = time.monotonic()
    with pytest.raises(CannotGoOn, match="PostgreSQL did not start"):
        server.start()
    assert time.monotonic() - started < 10


def test_used_while_here_stops_what_it_started(server):
    with used_while_here(server):
        server.start()

    assert server.running() is None


def test_used_while_here_leaves_what_ran_before(server):
    running = server.start()

    with used_while_here(server):
        server.start()

    assert server.running() == running


def test_used_while_here_leaves_what_another_uses(server):
    with used_while_here(server):
        with used_while_here(server):
            running = server.start()

        assert server.running() == running

    assert server.running() is None


@pytest.mark.parametrize("folder", INSTALLED, ids=[folder.parent.name for folder in INSTALLED])
def test_an_installed_postgresql_serves_as_well(server, folder, monkeypatch):
    monkeypatch.setenv("STUDIO_PG_BIN", str(folder))
    programs.find_programs.cache_clear()

    try:
        version = ask(server.address(server.start()), "SHOW server_version")
        server.stop()
    finally:
        programs.find_programs.cache_clear()

    assert version.split(".")[0] == folder.parent.name


def test_a_folder_without_programs_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("STUDIO_PG_BIN", str(tmp_path))

    with pytest.raises(CannotGoOn, match=f"STUDIO_PG_BIN: no programs .* run from {tmp_path}"):
        programs.find_programs.__wrapped__()

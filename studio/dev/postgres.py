"""The private PostgreSQL: made, started and stopped in a folder of its own."""

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from studio.dev.folders import existing, own, private_folder, server_programs, write
from studio.dev.processes import exists, last_line, run, serves
from studio.dev.programs import can_reach, find_programs, major_version, server_user
from studio.dev.surroundings import VAR, CannotGoOn, has_own_server, say

DATABASE, OWNER, WEB, SUPERUSER = "studio", "studio_owner", "studio_web", "postgres"
SOCKET_ONLY_PORT = 5432  # names the socket's file; nothing listens on it
TCP_PORTS = range(20_000, 32_768)  # below the range the system hands out to outgoing connections
SOCKET_PATH_LIMIT = 88  # a socket's whole path may have about 104 characters, its file name takes 16
START_SECONDS = 60
PID_FILE_LINES = 6  # pid, data, start, port, socket folder, address
FIRST_WITH_OWN_LOCALE = 17
# A server killed hard leaves children that hold its memory for a moment; so does one that is just stopping.
ORPHAN_SECONDS = 20
ORPHAN_SIGNS = ("pre-existing shared memory block", "is another postmaster", "is another postgres")

ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
SETTINGS = """\
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '"{folder}"'
unix_socket_permissions = 0700
max_connections = 200
max_locks_per_transaction = 1024  # a dump of a thousand studios holds a lock on each table
timezone = 'UTC'
log_timezone = 'UTC'
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
"""
# The owner's login has the rights of a hosted server's customer, no more: what needs a superuser fails here too.
# It makes the web login itself, because only a role's maker may change or grant it.
ROLES = f"""\
SELECT 'CREATE ROLE {OWNER} LOGIN CREATEROLE CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
SET SESSION AUTHORIZATION {OWNER};
SELECT 'CREATE ROLE {WEB} LOGIN NOINHERIT'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WEB}') \\gexec
"""  # noqa: S608 -- our own names


# Before PostgreSQL 16 a grant cannot say that nothing is inherited; a superuser's powers never are.
LEND = f"""\
SELECT 'GRANT {SUPERUSER} TO {OWNER}'
    || CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END
\\gexec
"""


@dataclass(frozen=True, slots=True)
class Running:
    """What a living server's pid file says.

    folder: of its socket
    tcp: whether it listens on 127.0.0.1 too
    """

    pid: int
    port: int
    folder: str
    tcp: bool


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server in a data folder.

    durable: False trades safety against power cuts for speed; only for data that may be lost
    """

    data: Path
    durable: bool = True

    def start(self, *, tcp: bool = False) -> Running:
        """Make the data folder when it is missing, start the server when it is not running, return how to reach it.

        tcp: listen on 127.0.0.1 too, restarting a server that does not
        raises: CannotGoOn
        """
        with self._alone():
            running = self.running()
            if running and tcp and not running.tcp:
                self._stop()
                running = None
            if running is None:
                self._make()
                self._configure(tcp=tcp)
                self._launch()
                running = self.running()
            if running is None:
                raise CannotGoOn(f"PostgreSQL started and ended again; its log is {self._log}.")
            self._prepare(running)
            return running

    def stop(self) -> bool:
        """Stop the server and wait for it; return whether it was running."""
        with self._alone():
            if self._living_pid() is None:
                return False
            self._stop()
            return True

    def running(self) -> Running | None:
        """Return the server that is ready for connections, or None."""
        pid = self._living_pid()
        if pid is None:
            return None
        lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        if len(lines) < PID_FILE_LINES:  # still starting
            return None
        found = Running(pid, int(lines[3]), lines[4], tcp=bool(lines[5].strip()))
        return found if run(_client("pg_isready", found)).returncode == 0 else None

    def address(self, running: Running, role: str = OWNER) -> str:
        """Return the address for a login, by the socket."""
        return f"postgresql://{role}@/{DATABASE}?host={quote(running.folder, safe='')}&port={running.port}"

    def tcp_address(self, running: Running) -> str:
        """Return the owner's address on 127.0.0.1, with its password."""
        return f"postgresql://{OWNER}:{self._password()}@127.0.0.1:{running.port}/{DATABASE}"

    def lend_superuser(self) -> None:
        """Let the owner become the superuser when a test asks for it by SET ROLE; it inherits nothing."""
        _execute(self.start(), LEND)

    # Everything below runs while no other command works on the same folder.
    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with self.data.with_name(f"{self.data.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def _log(self) -> Path:
        return self.data / "server.log"

    def _make(self) -> None:
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            own(self.data)
            return
        say("Making a private PostgreSQL.")
        new = self.data.with_name(f"{self.data.name}.new")  # a folder half made is never taken for a whole one
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        own(new)
        options = [*_locale()] if self.durable else [*_locale(), "--no-sync"]
        made = self._server_program("initdb", "-D", new, "-U", SUPERUSER, "-E", "UTF8", "-A", "trust", *options)
        if made.returncode:
            raise CannotGoOn(f"PostgreSQL could not make its data folder: {last_line(made.stderr)}")
        write(new / "pg_hba.conf", ACCESS)
        with (new / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write("include 'studio.conf'\n")
        new.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        programs = find_programs()
        if made_by != str(major_version(programs)):
            raise CannotGoOn(
                f"{self.data} was made by PostgreSQL {made_by}, but the programs in {programs} are another version. "
                f"Name programs of that version in STUDIO_PG_BIN, or remove the folder to begin anew."
            )

    def _configure(self, *, tcp: bool) -> None:
        folder = str(self._socket_folder()).replace("'", "''")
        port = _free_port() if tcp else SOCKET_ONLY_PORT
        durable = "on" if self.durable else "off"
        listen = "127.0.0.1" if tcp else ""
        write(self.data / "studio.conf", SETTINGS.format(listen=listen, port=port, folder=folder, durable=durable))

    def _socket_folder(self) -> Path:
        if len(os.fsencode(self.data)) <= SOCKET_PATH_LIMIT:
            return self.data
        return private_folder(Path(tempfile.gettempdir()), self.data)

    def _launch(self) -> None:
        deadline = time.monotonic() + ORPHAN_SECONDS
        while True:
            self._forget_dead_server()
            said_before = self._log.stat().st_size if self._log.exists() else 0
            arguments = ("start", "-D", self.data, "-w", "-t", str(START_SECONDS), "-l", self._log)
            if self._server_program("pg_ctl", *arguments).returncode == 0:
                return
            said = self._log.read_text(encoding="utf-8", errors="replace")[said_before:] if self._log.exists() else ""
            if time.monotonic() > deadline or not any(sign in said for sign in ORPHAN_SIGNS):
                raise CannotGoOn(f"PostgreSQL did not start: {last_line(said)} (log: {self._log})")
            time.sleep(0.3)

    def _forget_dead_server(self) -> None:
        # PostgreSQL sees for itself that a pid is gone, but takes another program that got the same number for
        # a living server. Children of the dead one are still found: by the folder's shared memory.
        for file in [self.data / "postmaster.pid", *self._socket_folder().glob(".s.PGSQL.*.lock")]:
            pid = _noted_pid(file)
            if pid is not None and exists(pid) and not serves(pid, self.data):
                file.unlink(missing_ok=True)

    def _living_pid(self) -> int | None:
        pid = _noted_pid(self.data / "postmaster.pid")
        return pid if pid is not None and exists(pid) and serves(pid, self.data) else None

    def _stop(self) -> None:
        stopped = self._server_program("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-t", str(START_SECONDS))
        if stopped.returncode:
            raise CannotGoOn(f"PostgreSQL did not stop: {last_line(stopped.stderr)}")

    def _prepare(self, running: Running) -> None:
        sql = ROLES
        if running.tcp:
            sql = f"{ROLES}RESET SESSION AUTHORIZATION;\nALTER ROLE {OWNER} PASSWORD '{self._password()}';\n"
        _execute(running, sql)

    def _password(self) -> str:
        file = self.data / "owner_password"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(16), encoding="utf-8")
        return file.read_text(encoding="utf-8")

    def _server_program(self, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run([*server_user().prefix, server_programs() / name, *arguments])


def _execute(running: Running, sql: str) -> None:
    client = [*_client("psql", running), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-f", "-"]
    done = run(client, stdin=sql)
    if done.returncode:
        raise CannotGoOn(f"PostgreSQL's logins could not be made: {last_line(done.stderr)}")


def private_server(kind: str = "") -> Server:
    """Return the clone's own server, or one of its kind beside it.

    kind: "" keeps the demonstration's data; "test" and "bench" are their own, so they never meet it
    """
    data = Path(os.environ.get("STUDIO_PG_DATA") or VAR / "pg").absolute()
    if not can_reach(server_user(), existing(data.parent)):
        data = private_folder(Path("/var/tmp"), data) / "pg"  # noqa: S108 -- owned and closed by private_folder
    return Server(data.with_name(f"{data.name}-{kind}") if kind else data, durable=kind != "test")


@contextmanager
def used_while_here(server: Server) -> Iterator[Server]:
    """Let a server run for a block; stop it afterwards if it was not running before and nobody else uses it."""
    if has_own_server():
        yield server
        return
    server.data.parent.mkdir(parents=True, exist_ok=True)
    with server.data.with_name(f"{server.data.name}.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        was_running = server.running() is not None
        try:
            yield server
        finally:
            if not was_running:
                with suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    server.stop()


def _client(name: str, running: Running) -> list[str | Path]:
    return [find_programs() / name, "-h", running.folder, "-p", str(running.port), "-U", SUPERUSER]


def _noted_pid(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _locale() -> list[str]:
    if (major_version(find_programs()) or 0) >= FIRST_WITH_OWN_LOCALE:
        return ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _free_port() -> int:
    for port in TCP_PORTS:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise CannotGoOn("No free port between 20000 and 32767.")

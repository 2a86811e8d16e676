"""Behind a pooler that mixes connections nothing starts."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from studio.tenancy import startup
from studio.tenancy.startup import ConnectionShared, prove_connection
from tests.fleet import environment

pytestmark = pytest.mark.django_db(transaction=True)

POOLER = shutil.which("pgbouncer")


def test_a_connection_of_ones_own_is_proven(studio):
    prove_connection()


def test_a_path_that_does_not_stay_is_found(studio, monkeypatch):
    """The twin without a pooler: every other answer comes from another connection."""
    answers = iter(range(100))
    real = startup._where

    def shared(asked):
        return (next(answers), *real(asked)[1:])

    monkeypatch.setattr(startup, "_where", shared)
    with pytest.raises(ConnectionShared, match="session mode"):
        prove_connection()


@pytest.mark.parametrize(
    ("variables", "code", "told"),
    [
        ({}, 0, ""),
        ({"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}, 1, "DATABASE_URL: the database cannot be reached"),
    ],
    ids=["one that answers", "none"],
)
def test_pages_start_on_a_database_that_answers(studio, variables, code, told):
    command = [sys.executable, "-c", "import studio.wsgi"]

    done = subprocess.run(
        command,
        env=environment() | variables,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr


def free_port() -> int:
    for port in range(20_000, 20_200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no free port")


@pytest.fixture
def pooled():
    """A real PgBouncer in front of this run's server; call it with a mode for the pooled address."""
    if not POOLER or connection.settings_dict["HOST"][:1] in {"", "/"}:
        pytest.skip("Needs pgbouncer (Debian's package of that name) and a DATABASE_URL with a TCP host.")
    started: list[subprocess.Popen[bytes]] = []
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)  # it gives root up before it reads its configuration

    def pool(mode: str) -> str:
        made, port = connection.settings_dict, free_port()
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n{made['NAME']} = host={made['HOST']} port={made['PORT']} user={made['USER']}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\npool_mode = {mode}\n"
            "default_pool_size = 20\nunix_socket_dir =\nignore_startup_parameters = extra_float_digits,options\n"
        )
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [POOLER, *user, str(folder / "pgbouncer.ini")]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=folder))
        for _try in range(100):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        return f"postgresql://{made['USER']}@127.0.0.1:{port}/{made['NAME']}"

    yield pool
    for process in started:
        process.terminate()
        process.wait(timeout=10)
    shutil.rmtree(folder)


@pytest.mark.long
@pytest.mark.parametrize(("mode", "code"), [("transaction", 1), ("session", 0)])
def test_a_real_pooler_is_refused_in_transaction_mode_alone(studio, pooled, mode, code):
    command = [sys.executable, "manage.py", "work", "--until-empty"]
    variables = environment() | {"DATABASE_URL": pooled(mode)}

    done = subprocess.run(
        command, env=variables, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, "session mode" in done.stderr) == (code, code == 1), done.stderr

"""manage.py with a wrong database address: one clear line, soon, without the password."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings

from studio.dev.surroundings import ROOT

PASSWORD = "open-sesame-42"
# A connection that nobody limits is given up after 130 seconds: an answer within this time was limited.
SECONDS = 60


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "PG", "DJANGO_"))
    }
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments],
        env=inherited | {"SECRET_KEY": "only-for-tests", "HTTPS": "0"} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def assert_refused(answer: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith(sentence)
    assert answer.stderr.count("\n") == 1
    assert PASSWORD not in answer.stderr


@pytest.fixture
def silent():
    """Addresses that accept a connection and never say anything."""
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.2", 0)) as second:
        yield [f"{host}:{port}" for host, port in (first.getsockname(), second.getsockname())]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("127.0.0.1:1/studio", "DATABASE_URL: the database cannot be reached (connection failed: "),
        ("localhost:1/studio", "DATABASE_URL: the database cannot be reached (connection failed: "),
        ("no-such-host.invalid/studio", "DATABASE_URL: the database cannot be reached (failed to resolve host "),
        ("127.0.0.1:port/studio", "DATABASE_URL: the database cannot be reached (connection is bad: "),
        ("127.0.0.1:1", "DATABASE_URL names no database."),
        ("127.0.0.1/studio?nonsense=1", "DATABASE_URL is not a PostgreSQL address "),
    ],
    ids=["closed port", "name with closed port", "unknown host", "port in words", "no database", "unknown parameter"],
)
def test_a_wrong_address_is_refused(address, sentence):
    answer = manage("migrate", DATABASE_URL=f"postgresql://somebody:{PASSWORD}@{address}")

    assert_refused(answer, sentence)


@pytest.mark.parametrize(
    "value", [f"mysql://somebody:{PASSWORD}@127.0.0.1/studio", PASSWORD, f"postgresql://somebody:{PASSWORD}%zz@h/x"]
)
def test_something_else_than_an_address_is_refused(value):
    assert_refused(manage("migrate", DATABASE_URL=value), "DATABASE_URL is not a PostgreSQL address ")


def test_a_server_that_never_answers_is_given_up(silent):
    """The second names two servers: each of them is tried."""
    asked = [f"postgresql://somebody:{PASSWORD}@{servers}/studio" for servers in (silent[0], ",".join(silent))]

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda address: manage("migrate", DATABASE_URL=address), asked))

    for answer in answers:
        assert_refused(answer, "DATABASE_URL: the database cannot be reached (connection timeout expired")


@pytest.mark.parametrize("command", ["migrate", "migrate_schemas", "create_studio"])
def test_a_database_that_does_not_exist_is_named(command):
    arguments = ["Nowhere", "--kind", "mixed"] if command == "create_studio" else []
    own = settings.DATABASES["default"]
    address = (
        f"postgresql:///no_such_database?host={own['HOST']}&port={own['PORT']}&user={own['USER']}&password={PASSWORD}"
    )

    answer = manage(command, *arguments, DATABASE_URL=address)

    assert_refused(answer, "DATABASE_URL: the database cannot be reached (connection failed: ")
    assert "no_such_database" in answer.stderr


def test_no_address_at_all_names_the_setting():
    answer = manage("migrate")

    assert answer.returncode == 1
    assert "DATABASE_" in answer.stderr
    assert answer.stderr.count("\n") == 1


PROGRAM = """
from django.db import connection
from studio.tenancy.backend.base import NoStudio
print(connection.get_connection_params()["connect_timeout"])
raise NoStudio("nowhere")
"""


def test_a_command_waits_two_seconds_for_an_address_and_a_mistake_in_it_keeps_its_traceback():
    answer = manage("shell", "-v", "0", "-c", PROGRAM, DATABASE_URL=f"postgresql://x:{PASSWORD}@127.0.0.1:1/studio")

    assert (answer.returncode, answer.stdout) == (1, "2\n")
    assert answer.stderr.startswith("Traceback")

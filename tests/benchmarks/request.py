"""Answering a request: this product against bare Django on the same page, and the stock library.

BENCH_REQUESTS (100) requests a turn, BENCH_ROUNDS (60) rounds of turns, in two ways. *Served*: gunicorn as the README
starts it (two workers of four threads), asked over one kept connection; it is what a visitor gets. *Called*: the WSGI
application alone, in a process of its own, so that neither server nor network hides the difference. All contestants
live for all rounds and the turns are short, so that what else the machine does falls on all alike.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain, Studio
from studio.tenancy.services import studios
from tests.benchmarks._figures import in_turn, show, summary, versions

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "100"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "60"))
WARM_UP = 100
STARTED_WITHIN = 30.0  # seconds
CONTESTANTS = {"bare Django": "bare", "this product": "product", "stock library": "stock"}
PAGES = {
    "one query": ("/one", 1),
    "ten queries": ("/ten", 1),
    "list of 100 clients": ("/list/sessions_app/client/", 20),
}
CLIENTS = 200

CHILD = """
import io, sys, time
import django
django.setup()
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
host, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": host, "SERVER_PORT": "80", "HTTP_HOST": host,
    "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}
def ask():
    answered = []
    body = application(dict(environ), lambda status, headers: answered.append(status))
    text = b"".join(body)
    body.close()
    assert answered[0].startswith("200"), (answered, text[:300])
for _ in sys.stdin:
    begun = time.perf_counter()
    for _ in range(count):
        ask()
    print((time.perf_counter() - begun) / count * 1e6, flush=True)
"""


def prepare() -> tuple[str, str]:
    """Migrate, open one studio with clients, and return its schema and host."""
    call_command("migrate", verbosity=0)
    with as_owner():
        studio = Studio.objects.first()
    studio = studio or studios.create_studio(name="Bench", kind="recording", now=timezone.now())
    with inside(studio), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients (name) SELECT 'Client ' || n FROM generate_series(1, %s) n"
            " WHERE NOT EXISTS (SELECT FROM clients)",
            [CLIENTS],
        )
    with as_owner():
        host = Domain.objects.get(studio=studio, is_primary=True).domain
    return studio.schema_name, host


def variables(contestant: str, schema: str) -> dict[str, str]:
    """Return the environment of a contestant's process."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks._request_settings",
        "BENCH_CONTESTANT": contestant,
        "BENCH_SCHEMA": schema,
    }


@contextmanager
def called(contestant: str, schema: str, host: str, path: str, count: int) -> Iterator[Callable[[], float]]:
    """Yield a turn of `count` calls of the application, which returns microseconds a request."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", CHILD, host, path, str(count)],
        cwd=settings.BASE_DIR,
        env=variables(contestant, schema),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        asked, answered = child.stdin, child.stdout
        assert asked is not None
        assert answered is not None

        def turn() -> float:
            asked.write("\n")
            asked.flush()
            return float(answered.readline())

        yield turn
        asked.close()


@contextmanager
def served(contestant: str, schema: str, host: str, path: str, count: int) -> Iterator[Callable[[], float]]:
    """Yield a turn of `count` requests to a server, which returns microseconds a request."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        # As a server that binds its address itself does: else an answer in two parts waits 40 ms for its second.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"]
        options = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
        server = subprocess.Popen(
            [*command, *options, "--bind", f"fd://{listening.fileno()}", "--keep-alive", "60", "--log-level", "error"],
            cwd=settings.BASE_DIR,
            env=variables(contestant, schema),
            pass_fds=[listening.fileno()],
        )
        connection_ = HTTPConnection(*address, timeout=STARTED_WITHIN)

        def turn() -> float:
            begun = time.perf_counter()
            for _ in range(count):
                connection_.request("GET", path, headers={"Host": host})
                answer = connection_.getresponse()
                text = answer.read()
                assert answer.status == 200, (answer.status, text[:300])
            return (time.perf_counter() - begun) / count * 1e6

        try:
            yield turn
        finally:
            connection_.close()
            server.terminate()
            server.wait()


def measured(way: Callable[..., Any], schema: str, host: str, path: str, count: int) -> dict[str, list[float]]:
    """Return each contestant's figures on one page, after a warm-up of all."""
    with ExitStack() as stack:
        turns = {
            name: stack.enter_context(way(contestant, schema, host, path, count))
            for name, contestant in CONTESTANTS.items()
        }
        for turn in turns.values():
            for _ in range(max(WARM_UP // count, 1)):
                turn()
        return in_turn(turns, rounds=ROUNDS)


def main(*, json: bool = False) -> None:
    """Measure and print."""
    schema, host = prepare()
    figures = {"set-up": versions() | {"requests": REQUESTS, "rounds": ROUNDS}}
    for name, way in {"served": served, "called": called}.items():
        for page, (path, share) in PAGES.items():
            taken = measured(way, schema, host, path, max(REQUESTS // share, 1))
            figures[f"{name}: {page}"] = summary(taken, unit="us", baseline="bare Django")
    show(figures, json=json)

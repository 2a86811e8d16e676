"""Answering a request: this product against bare Django on the same page, and the stock library.

BENCH_REQUESTS (100) requests a turn, BENCH_ROUNDS (60) rounds of turns. Each contestant's WSGI application is called in
a process of its own that lives for all rounds, without a network, so that nothing hides the difference; the turns are
short, so that what else the machine does falls on all alike.
"""

import os
import subprocess
import sys
from contextlib import ExitStack
from functools import partial

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


def serving(contestant: str, schema: str, *arguments: str) -> subprocess.Popen[str]:
    """Start the process of one contestant; each line it is given is answered with microseconds a request."""
    variables = {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks._request_settings",
        "BENCH_CONTESTANT": contestant,
        "BENCH_SCHEMA": schema,
    }
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", CHILD, *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def turn_of(child: subprocess.Popen[str]) -> float:
    """Ask a contestant for one turn and return microseconds a request."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("\n")
    child.stdin.flush()
    return float(child.stdout.readline())


def measured(schema: str, host: str, path: str, count: int) -> dict[str, list[float]]:
    """Return each contestant's figures on one page, after a warm-up of all."""
    with ExitStack() as stack:
        children = {
            name: stack.enter_context(serving(contestant, schema, host, path, str(count)))
            for name, contestant in CONTESTANTS.items()
        }
        for child in children.values():
            for _ in range(max(WARM_UP // count, 1)):
                turn_of(child)
        turns = {name: partial(turn_of, child) for name, child in children.items()}
        figures = in_turn(turns, rounds=ROUNDS)
        for child in children.values():
            child.communicate()
    return figures


def main(json: bool = False) -> None:  # noqa: FBT001, FBT002 -- called by the bench command
    """Measure and print."""
    schema, host = prepare()
    figures = {"set-up": versions() | {"requests": REQUESTS, "rounds": ROUNDS}}
    for page, (path, share) in PAGES.items():
        taken = measured(schema, host, path, max(REQUESTS // share, 1))
        figures[page] = summary(taken, unit="us", baseline="bare Django")
    show(figures, json=json)

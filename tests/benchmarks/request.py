"""Answering a request: this product against bare Django on the same page, and the stock library.

BENCH_REQUESTS (1500) requests a run, BENCH_ROUNDS (7) rounds. The WSGI application is called in a process
of its own, without a network, so that nothing hides the difference.
"""

import os
import subprocess
import sys
from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain, Studio
from studio.tenancy.services import studios
from tests.benchmarks._figures import in_turn, show, summary, versions

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "1500"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
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
for _ in range(max(20, count // 20)):
    ask()
begun = time.perf_counter()
for _ in range(count):
    ask()
print((time.perf_counter() - begun) / count * 1e6)
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


def asked(contestant: str, schema: str, host: str, path: str, count: int) -> Callable[[], float]:
    """Return a run that measures one page under one contestant, in microseconds a request."""
    variables = {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks._request_settings",
        "BENCH_CONTESTANT": contestant,
        "BENCH_SCHEMA": schema,
    }

    def run() -> float:
        command = [sys.executable, "-W", "ignore", "-c", CHILD, host, path, str(count)]
        done = subprocess.run(
            command, check=True, cwd=settings.BASE_DIR, env=os.environ | variables, stdout=subprocess.PIPE, text=True
        )
        return float(done.stdout)

    return run


def main(json: bool = False) -> None:  # noqa: FBT001, FBT002 -- called by the bench command
    """Measure and print."""
    schema, host = prepare()
    figures = {"set-up": versions() | {"requests": REQUESTS, "rounds": ROUNDS}}
    for page, (path, share) in PAGES.items():
        count = REQUESTS // share
        contestants = {
            "bare Django": asked("bare", schema, host, path, count),
            "this product": asked("product", schema, host, path, count),
            "stock library": asked("stock", schema, host, path, count),
        }
        figures[page] = summary(in_turn(contestants, rounds=ROUNDS), unit="us", baseline="bare Django")
    show(figures, json=json)

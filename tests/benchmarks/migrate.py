"""Migrating N studios by one step: this product, the stock library's executor, and bare SQL through psql.

BENCH_STUDIOS (30) studios, BENCH_ROUNDS (3) rounds. The step is what follows BENCH_FROM in sessions_app: by default
everything since the former shape (seven columns, keys, checks, indexes), where the database's own work is most of it; a
late one, such as 0004, shows what the executor itself adds.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from studio.dev.programs import find_programs
from studio.tenancy.history import history
from studio.tenancy.services import migrating
from tests.benchmarks._figures import in_turn, seconds, show, summary, versions
from tests.benchmarks._studios import opened

STUDIOS = int(os.environ.get("BENCH_STUDIOS", "30"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
# What changes nothing by itself; a key is dropped by a text that only begins so.
ASKS = re.compile(r"\s*(SELECT|SET|SAVEPOINT|RELEASE)\b[^;]*;?\s*")
FORMER = ("sessions_app", os.environ.get("BENCH_FROM", "0001_initial"))

STOCK = """
import sys, django
django.setup()
# This product's own afterwork asks where its own backend stands; the stock library is measured without it.
from django.db.models.signals import post_migrate
post_migrate.disconnect(dispatch_uid="accounts.write_roles")
from django_tenants.migration_executors.standard import StandardExecutor
options = dict(database="default", verbosity=0, interactive=False, run_syncdb=False, check_unapplied=False,
    app_label=None, migration_name=None, plan=False, fake=False, fake_initial=False, prune=False, skip_checks=True,
    traceback=True, no_color=True, force_color=False, settings=None, pythonpath=None)
StandardExecutor([], options).run_migrations(tenants=sys.argv[1:])
"""


def take_back(schemas: list[str]) -> None:
    """Bring the studios to the shape before the step."""
    for schema in schemas:
        migrating.migrate_schema(schema, history().target(*FORMER))


def process(*command: str, **extra: str) -> Callable[[], float]:
    """Return a run of a process, timed from its start to its end."""

    def run() -> float:
        def call() -> None:
            subprocess.run(
                command, check=True, cwd=settings.BASE_DIR, env=os.environ | extra, stdout=subprocess.DEVNULL
            )

        return seconds(call)

    return run


def replay_file(schemas: list[str], folder: Path) -> Path:
    """Write what the step sends to one studio as plain SQL, once for each studio, a transaction each."""
    first = schemas[0]
    take_back([first])
    statements: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        text = sql if isinstance(sql, str) else sql.as_string(context["connection"].connection)
        if not ASKS.fullmatch(text):
            statements.append(psycopg.ClientCursor(connection.connection).mogrify(text, params or None))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        migrating.migrate_schema(first)
    file = folder / "replay.sql"
    with file.open("w") as out:
        for schema in schemas:
            body = ";\n".join(statements).replace(first, schema)
            out.write(f"BEGIN;\nSET search_path = {schema}, extensions;\n{body};\nCOMMIT;\n")
    return file


def dsn() -> str:
    """Return the owner's address, as this process was given it."""
    return os.environ["DATABASE_URL"]


def psql() -> str:
    """Return the client program."""
    return shutil.which("psql") or str(find_programs() / "psql")


def main(*, json: bool = False) -> None:
    """Measure and print."""
    schemas = opened(STUDIOS)
    stock = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks._stock_settings"}
    with tempfile.TemporaryDirectory() as folder:
        file = replay_file(schemas, Path(folder))
        ours = process(sys.executable, "manage.py", "migrate_schemas")
        step = {
            "plain SQL (psql)": process(psql(), "-q", "-v", "ON_ERROR_STOP=1", dsn(), "-f", str(file)),
            "this product, whole command": ours,
            "this product, executor alone": lambda: seconds(lambda: migrating.migrate_all(schemas, keep_log=False)),
            "stock library": process(sys.executable, "-c", STOCK, *schemas, **stock),
        }
        moved = in_turn(step, rounds=ROUNDS, before=lambda: take_back(schemas))
    migrating.migrate_all(schemas)
    idle = {
        "interpreter and settings": process(sys.executable, "-c", "import django; django.setup()"),
        "this product": ours,
        "stock library": process(sys.executable, "-c", STOCK, *schemas, **stock),
    }
    rested = in_turn(idle, rounds=ROUNDS)
    show(
        {
            "set-up": versions() | {"studios": STUDIOS, "rounds": ROUNDS},
            "one step": summary(moved, unit="s", baseline="plain SQL (psql)"),
            "nothing to migrate": summary(rested, unit="s", baseline="interpreter and settings"),
        },
        json=json,
    )

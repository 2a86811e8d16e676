"""Events of Stripe: what taking one costs against a bare endpoint, and 6,000 in a minute for 20 studios.

BENCH_EVENTS (6000) in BENCH_SECONDS (60): shuffled, of the true ones 30 % duplicates, 5 % wrongly signed. The server is
gunicorn as the README starts it, with one worker of the queue; Stripe is the double, in a process of its own. Nothing
may be lost or done twice: afterwards the ledger of each studio says what the double's balance of its account says.
"""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Sum
from django.test import Client as Browser

from billing.models import LedgerEntry, Payment, StripeEvent
from billing.selectors import books
from billing.services import stripe_events
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain
from tests.benchmarks._figures import in_turn, show, summary, versions
from tests.benchmarks._payers import TOLD, connected, paid, storm_of
from tests.benchmarks._storm import Sender, asked_meanwhile, is_forged, sent
from tests.benchmarks._studios import opened
from tests.staff import account, signed_in
from tests.stripe_double import control
from tests.stripe_double.delivery import Letter

EVENTS = int(os.environ.get("BENCH_EVENTS", "6000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
STUDIOS = int(os.environ.get("BENCH_STUDIOS", "20"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "40"))
TURN = 50  # events
WANTED = 0.6  # of the bare endpoint's pace, at least
PATIENCE = 600.0  # seconds until what is not dealt with counts as lost
QUIET = 20.0  # seconds in which the page is asked for before
PAGE = "/admin/billing/invoice/"
SERVER = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket", "--keep-alive", "60"]
BARE_TABLE = "DROP TABLE IF EXISTS bench_events; CREATE TABLE bench_events (id text PRIMARY KEY, payload jsonb)"
LEFT = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status IN ('todo', 'doing')"
DEAD = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status = 'failed'"


@contextmanager
def served(application: str, **variables: str) -> Iterator[tuple[str, int]]:
    """Serve as in production, and give the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        command = [sys.executable, "-W", "ignore", "-m", "gunicorn", application, *SERVER, "--log-level", "error"]
        server = subprocess.Popen(
            [*command, "--bind", f"fd://{listening.fileno()}"],
            cwd=settings.BASE_DIR,
            env=os.environ | variables,
            pass_fds=[listening.fileno()],
            stderr=subprocess.DEVNULL,  # it says of each forged event that it is none
        )
        try:
            yield listening.getsockname()
        finally:
            server.terminate()
            server.wait()


def turns_of(address: tuple[str, int], host: str, path: str, letters: Iterator[Letter]) -> Callable[[], float]:
    """Return a turn of 50 events that nobody has sent before, in microseconds an event."""
    sender = Sender(address, host)

    def turn() -> float:
        these = [next(letters) for _event in range(TURN)]
        begun = time.perf_counter()
        for letter in these:
            headers = {"Content-Type": "application/json", "Stripe-Signature": letter.signature}
            status = sender.ask("POST", path, letter.body, **headers)
            if status != 200:
                raise AssertionError(f"{path} answered {status}.")
        return (time.perf_counter() - begun) / TURN * 1e6

    return turn


def fresh(pattern: Sequence[dict[str, Any]]) -> Iterator[Letter]:
    """Yield events that nobody has sent, of payments that were begun."""
    number = 0
    while True:
        number += 1
        yield control.forged(pattern[number % len(pattern)] | {"id": f"evt_bench_{number}"})


def stored(*, of: str) -> int:
    """Return how many jobs that deal with an event wait, or have failed."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(of, [stripe_events.APPLY])
        return int(cursor.fetchone()[0])


@contextmanager
def working(variables: dict[str, str]) -> Iterator[None]:
    """Have a worker work until the block ends."""
    command = [sys.executable, "-W", "ignore", str(settings.BASE_DIR / "manage.py"), "work"]
    worker = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ | variables, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


def drained(variables: dict[str, str], during: Callable[[], Any]) -> tuple[Any, float]:
    """Do something while a worker works, and return what it returned, and in how many seconds all was dealt with."""
    with working(variables):
        told = during()
        begun = time.perf_counter()
        while left := stored(of=LEFT):
            if time.perf_counter() - begun > PATIENCE:
                raise AssertionError(f"{left} events are not dealt with.")
            time.sleep(0.2)
        return told, time.perf_counter() - begun


def require_whole(double: control.Double, accounts: dict[str, str], letters: Sequence[Letter]) -> None:
    """Pass when each event was kept and applied once, and the books say what the double's balance says."""
    told = {letter.id for letter in letters if not is_forged(letter)}
    if failed := stored(of=DEAD):
        raise AssertionError(f"{failed} jobs failed.")
    for schema, name in accounts.items():
        with inside(SimpleNamespace(schema_name=schema)):
            states = set(StripeEvent.objects.filter(event_id__in=told).values_list("state", flat=True))
            told -= set(StripeEvent.objects.values_list("event_id", flat=True))
            sums = LedgerEntry.objects.filter(ledger_account="clearing").aggregate(sum=Sum(F("debit") - F("credit")))
            booked, theirs = sums["sum"], Decimal(double.money(name)["eur"]["net"]).scaleb(-2)
            findings = list(books.findings())
            twice = Payment.objects.count() - len(double.objects("charge", account=name))
        if states != {"applied"} or booked != theirs or findings or twice:
            raise AssertionError(f"{schema}: {states}, {booked} and not {theirs}, {twice} too many, {findings}")
    if told:
        raise AssertionError(f"{len(told)} events were lost.")


def staff_page(schema: str) -> tuple[str, dict[str, str]]:
    """Return the host of a studio, and the cookie of somebody who works there."""
    with as_owner():
        host = Domain.objects.get(studio__schema_name=schema, is_primary=True).domain
    with inside(SimpleNamespace(schema_name=schema)):
        desk = signed_in(Browser(headers={"host": host}), account("front_desk", f"{time.time_ns()}@bench.example"))
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in desk.cookies.items())
    return host, {"Cookie": cookie}


def one_at_a_time(double: control.Double, address: tuple[str, int], schema: str) -> dict[str, Any]:
    """Return what an event costs, sent one after the other, against a bare endpoint that keeps it."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute(BARE_TABLE)
    pattern = [event for event in double.events() if event["type"] in TOLD]
    letters = fresh(pattern)
    given = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks._request_settings", "BENCH_CONTESTANT": "bare"}
    with served("django.core.wsgi:get_wsgi_application()", BENCH_SCHEMA=schema, **given) as bare:
        contestants = {
            "bare, one insert": turns_of(bare, settings.PLATFORM_HOST, "/keep", letters),
            "this product": turns_of(address, settings.PLATFORM_HOST, "/webhooks/stripe/", letters),
        }
        for turn in contestants.values():
            turn()
        taken = in_turn(contestants, rounds=ROUNDS)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_events")
    return summary(taken, unit="us", baseline="bare, one insert")


def stormed(double: control.Double, address: tuple[str, int], letters: Sequence[Letter], schema: str) -> dict[str, Any]:
    """Return how a storm of events was taken, and how a page of staff fared meanwhile."""
    host, cookie = staff_page(schema)
    variables = given_to_children(double)
    with asked_meanwhile(address, host, PAGE, **cookie) as before:
        time.sleep(QUIET)

    def storm() -> Any:
        with asked_meanwhile(address, host, PAGE, **cookie) as meanwhile:
            return *sent(address, settings.PLATFORM_HOST, letters, SECONDS), meanwhile

    (true, forged, meanwhile), seconds = drained(variables, storm)
    for answers, status in ((true, 200), (forged, 400), (before, 200), (meanwhile, 200)):
        if set(answers.statuses) != {status}:
            raise AssertionError(f"Not all were answered by {status}: {answers.statuses}")
    page = {share: (before.within(share), meanwhile.within(share)) for share in (0.5, 0.99)}
    return {
        "events": f"{sum(true.statuses.values())} true and {sum(forged.statuses.values())} forged in {SECONDS:.0f} s",
        "accepted p50, p99, max": ", ".join(f"{true.within(share):.0f} ms" for share in (0.5, 0.99, 1)),
        "refused p99": f"{forged.within(0.99):.0f} ms",
        "all dealt with": f"{seconds:.0f} s after the last",
        "a page of staff, p50": f"{page[0.5][0]:.0f} ms before, {page[0.5][1]:.0f} ms meanwhile",
        "its p99": "{:.0f} ms before, {:.0f} ms meanwhile: {:.2f} x".format(*page[0.99], page[0.99][1] / page[0.99][0]),
    }


def given_to_children(double: control.Double) -> dict[str, str]:
    """Return the variables of a server or worker that takes payments at the double."""
    stripe = {"STRIPE_SECRET_KEY": control.KEY, "STRIPE_API_BASE": double.url, "STRIPE_WEBHOOK_SECRETS": control.SECRET}
    return {"DJANGO_SETTINGS_MODULE": "tests.benchmarks._webhook_settings"} | stripe


def main(*, json: bool = False) -> None:
    """Measure and print."""
    chance, schemas = random.Random(12), opened(STUDIOS)
    figures: dict[str, Any] = {"set-up": versions() | {"events": EVENTS, "studios": STUDIOS, "rounds": ROUNDS}}
    with control.apart() as double:
        accounts = connected(double, schemas)
        payments = -(-round(EVENTS * 0.95 * 0.7) // (STUDIOS * len(TOLD)))
        events = paid(double, schemas, payments)
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
        login = {"DATABASE_LOGIN": "web"} if "DATABASE_WEB_URL" in os.environ else {}
        with served("studio.wsgi:application", **given_to_children(double), **login) as address:
            taken = one_at_a_time(double, address, schemas[0])
            figures["an event is taken, one after the other"] = taken
            figures["bare / this product"] = {"found": round(1 / taken["this product"]["ratio"], 2), "wanted": WANTED}
            chance.shuffle(events)
            letters = storm_of(double, events, EVENTS, chance)
            figures["storm"] = stormed(double, address, letters, schemas[0])
        require_whole(double, accounts, letters)
    show(figures, json=json)

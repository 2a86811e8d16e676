"""Stripe in a black hole: what it drops for BENCH_SECONDS (300) holds nobody up, and all is made up for after it.

Server, worker and double run as for the webhooks, with a gate before the double that drops what comes. Meanwhile a page
of the timetable is asked for five times a second, a client of each studio wants to pay every few seconds, and events of
what was paid before come in. Nothing counts unless afterwards the books hold, and say what the double's balance says.
"""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, PaymentAttempt
from billing.selectors import pay_links, pay_pages
from billing.services import paying, payments, stripe_events
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain, ProviderBreaker
from tests.benchmarks._figures import show, versions
from tests.benchmarks._gate import Gate
from tests.benchmarks._payers import connected, documents, paid
from tests.benchmarks._storm import Answers, Sender, asked_meanwhile
from tests.benchmarks._studios import opened
from tests.benchmarks.webhook import given_to_children, require_whole, served, staff_page, working
from tests.stripe_double import control

SECONDS = float(os.environ.get("BENCH_SECONDS", "300"))
STUDIOS = int(os.environ.get("BENCH_STUDIOS", "4"))
EVERY = 7.0  # seconds between two clicks of a studio's clients: an address may ask for 60 pages in ten minutes
PAID = 10  # payments of a studio that are told of meanwhile
CLICKS = int(SECONDS / EVERY) + 1
WITHIN = 30.0  # seconds until a click counts as stuck
PATIENCE = 600.0
QUIET = 30.0  # seconds in which the page is asked for before
AT_ONCE = 8  # threads of the server
PAGE = "/admin/sessions_app/studiosession/free/"
THEIRS = [stripe_events.APPLY, payments.SEND_REFUND, paying.LOOK_AFTER, payments.LOOK_AFTER_REFUND]
LEFT = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = ANY (%s) AND status IN ('todo', 'doing')"


@dataclass(slots=True)
class Seen:
    """What the breaker was seen to do: how many had failed when it opened, and how long after the first of them."""

    failures: int = 0
    seconds: float = 0
    ended: threading.Event = field(default_factory=threading.Event)


def clicks_of(schema: str) -> list[tuple[str, str, str]]:
    """Return the pay buttons of what is due in a studio: host, address, body."""
    with as_owner():
        host = Domain.objects.get(studio__schema_name=schema, is_primary=True).domain
    found = []
    with inside(SimpleNamespace(schema_name=schema)):
        for invoice in Invoice.objects.unpaid().filter(payment_attempts=None).order_by("pk"):
            token = pay_links.token_of(invoice, today=timezone.localdate())
            offer = pay_pages.page_of(invoice, now=timezone.now()).offers[0].key
            found.append((host, reverse("billing:pay-page", "studio.urls", kwargs={"token": token}), offer))
    return found


def clicked(address: tuple[str, int], click: tuple[str, str, str]) -> int:
    """Open a pay page, press its button, and return the status of the answer; 0 for none."""
    host, page, offer = click
    asking = HTTPConnection(*address, timeout=WITHIN)
    try:
        asking.request("GET", page, headers={"Host": host})
        answer = asking.getresponse()
        cookie = str(answer.headers["Set-Cookie"]).split(";")[0]
        token = answer.read().decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        body = urlencode({"offer": offer, "csrfmiddlewaretoken": token})
        headers = {"Host": host, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        asking.request("POST", page, body, headers)
        answer = asking.getresponse()
        answer.read()
    except (OSError, HTTPException, IndexError):
        return 0
    else:
        return answer.status
    finally:
        asking.close()


@contextmanager
def clicking(address: tuple[str, int], clicks: Sequence[Sequence[tuple[str, str, str]]]) -> Iterator[Answers]:
    """Have the clients of each studio click every few seconds until the block ends, and give what was answered."""
    answers, ended = Answers(), threading.Event()

    def work(mine: Sequence[tuple[str, str, str]]) -> None:
        for click in mine:
            since = time.perf_counter()
            answers.note(clicked(address, click), since)
            if ended.wait(EVERY):
                return

    people = [threading.Thread(target=work, args=(mine,)) for mine in clicks]
    for each in people:
        each.start()
    try:
        yield answers
    finally:
        ended.set()
        for each in people:
            each.join()


@contextmanager
def watched() -> Iterator[Seen]:
    """Watch the breaker until the block ends, and give what was seen."""
    seen = Seen()

    def work() -> None:
        first = 0.0
        while not seen.ended.wait(0.05):
            with as_owner():
                breaker = ProviderBreaker.objects.filter(failures__gt=0).first()
            first = first or (time.perf_counter() if breaker else 0)
            if breaker and breaker.opened_at and not seen.failures:
                seen.failures, seen.seconds = breaker.failures, time.perf_counter() - first
        connections.close_all()

    watching = threading.Thread(target=work)
    watching.start()
    try:
        yield seen
    finally:
        seen.ended.set()
        watching.join()


def tell(double: control.Double, address: tuple[str, int], events: Sequence[str], taken: Answers) -> None:
    """Send events, evenly over the time of the outage; each is signed when it leaves."""
    sender = Sender(address, settings.PLATFORM_HOST)
    for event in events:
        since = time.perf_counter()
        (letter,) = double.letters(event)
        taken.note(sender.send(letter), since)
        time.sleep(SECONDS / len(events))


def unsettled(schemas: Sequence[str]) -> int:
    """Return how many jobs about Stripe wait, and payments of which nobody knows whether Stripe heard of them."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(LEFT, [THEIRS])
        left = int(cursor.fetchone()[0])
    for schema in schemas:
        with inside(SimpleNamespace(schema_name=schema)):
            left += PaymentAttempt.objects.filter(state="intended").count()
    return left


def made_up_for(schemas: Sequence[str]) -> float:
    """Wait until nothing is left to do, and return how many seconds that took."""
    begun = time.perf_counter()
    while left := unsettled(schemas):
        if time.perf_counter() - begun > PATIENCE:
            raise AssertionError(f"{left} jobs and payments are not dealt with.")
        time.sleep(0.2)
    return time.perf_counter() - begun


def stuck(address: tuple[str, int], host: str, cookie: dict[str, str]) -> int:
    """Return how many of the server's threads do not answer within five seconds."""
    answers = Answers()

    def ask() -> None:
        since = time.perf_counter()
        answers.note(Sender(address, host).ask("GET", PAGE, **cookie), since)

    asking = [threading.Thread(target=ask, daemon=True) for _thread in range(AT_ONCE)]
    for each in asking:
        each.start()
    for each in asking:
        each.join(5)
    return AT_ONCE - answers.statuses.get(200, 0)


def outage(double: control.Double, gate: Gate, address: tuple[str, int], schemas: Sequence[str]) -> dict[str, Any]:
    """Return how everybody fared before, in and after the outage."""
    accounts = connected(double, schemas)
    events, taken = paid(double, schemas, PAID), Answers()
    documents(schemas, CLICKS + 2)
    host, cookie = staff_page(schemas[0])
    clicks = [clicks_of(schema) for schema in schemas]
    with working(given_to_children(double) | {"STRIPE_API_BASE": gate.url}):
        with clicking(address, [mine[:1] for mine in clicks]) as usual:
            time.sleep(EVERY)
        with asked_meanwhile(address, host, PAGE, **cookie) as before:
            time.sleep(QUIET)
        gate.shut()
        telling = threading.Thread(target=tell, args=(double, address, events, taken))
        with watched() as seen, asked_meanwhile(address, host, PAGE, **cookie) as meanwhile:
            telling.start()
            with clicking(address, [mine[1:] for mine in clicks]) as refused:
                time.sleep(SECONDS)
            held = stuck(address, host, cookie)
        telling.join()
        gate.open()
        after = made_up_for(schemas)
    for answers, status in ((usual, 303), (refused, 503), (before, 200), (meanwhile, 200), (taken, 200)):
        if set(answers.statuses) != {status}:
            raise AssertionError(f"Not all were answered by {status}: {answers.statuses}")
    require_whole(double, accounts, double.letters(*events))
    if most := max(double.charges_per("attempt").values()) - 1:
        raise AssertionError(f"Somebody was charged {most} times too often.")
    normal, slow = before.within(0.99), meanwhile.within(0.99)
    return {
        "clicks in it": f"{sum(refused.statuses.values())}, all answered by 503",
        "the slowest of them": f"{refused.within(1) / 1000:.1f} s; half within {refused.within(0.5):.0f} ms",
        "calls without answer until nobody asked": f"{seen.failures}, {seen.seconds:.0f} s after the first",
        "a page of the timetable, p50": f"{before.within(0.5):.0f} ms before, {meanwhile.within(0.5):.0f} ms in it",
        "its p99": f"{normal:.0f} ms before, {slow:.0f} ms in it: {slow / normal:.2f} x",
        "threads that did not answer at its end": str(held),
        "all made up for": f"{after:.0f} s after its end",
    }


def main(*, json: bool = False) -> None:
    """Measure and print."""
    schemas = opened(STUDIOS)
    login = {"DATABASE_LOGIN": "web"} if "DATABASE_WEB_URL" in os.environ else {}
    with control.apart() as double:
        behind = urlsplit(double.url)
        with Gate((str(behind.hostname), int(behind.port or 0))) as gate:
            given = given_to_children(double) | {"STRIPE_API_BASE": gate.url}
            with served("studio.wsgi:application", **given, **login) as address:
                figures = outage(double, gate, address, schemas)
    show({"set-up": versions() | {"seconds": SECONDS, "studios": STUDIOS}, "outage": figures}, json=json)

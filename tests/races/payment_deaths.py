"""A payment's way from the draft to money that goes back, and processes that are killed at twelve points of it.

Nothing in the product knows of this: a process stands still because the double does not answer it, or because somebody
else holds a lock that it needs; then it is killed.
"""

import multiprocessing
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone

from billing import tasks
from billing.models import Invoice, RefundAttempt, StripeEvent
from billing.services import issuing, refunds, stripe_events
from billing.services.credit_notes import Part
from studio.tenancy.context import inside
from tests.billing.stripe_journeys import begun
from tests.fleet import dsn
from tests.stripe_double import control

PATIENCE = 30  # seconds until somebody counts as stuck
PAGES, INTENTS, REFUNDS = "/v1/checkout/sessions", "/v1/payment_intents/[^/]+", "/v1/refunds"
WAITING = "SELECT pid FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
ALIVE = "SELECT FROM pg_stat_activity WHERE pid = %s"


# What a process does, by the key of what it does it to --------------------------------------------


def issue(key):
    """Issue a draft."""
    issuing.issue_invoice(invoice=Invoice.objects.get(pk=key), actor=None, now=timezone.now())


def pay(key):
    """Send the client of a document to Stripe."""
    begun(Invoice.objects.get(pk=key))


def hear(key):
    """Deal with an event."""
    stripe_events.apply_event(event=StripeEvent.objects.get(pk=key), now=timezone.now())


def pay_back(key):
    """Credit half of a document and write down that it is to be paid back."""
    invoice = Invoice.objects.get(pk=key)
    part = Part(invoice.items.get(), Decimal(50))
    refunds.credit_and_refund(invoice=invoice, parts=[part], reason="Late", actor=None, now=timezone.now())


def send(key):
    """Ask Stripe to pay back what was written down."""
    tasks.send_refund(refund_id=RefundAttempt.objects.get(payment__origin__attempt__invoice=key).pk)


# Where it stands still ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """Where a process is killed.

    at: what of the double's does not answer: kind of fault, path, method
    lock: what somebody else holds, which it then waits for; with an invoice's key
    """

    act: Callable[[int], None]
    at: tuple[str, str, str] | None = None
    lock: str = ""


OF_CLIENT = "SELECT FROM clients WHERE id = (SELECT client_id FROM invoices WHERE id = %(key)s) FOR UPDATE"
POINTS = {
    "issue: before the number": Point(issue, lock="SELECT FROM number_series FOR UPDATE"),
    "issue: with the number": Point(issue, lock="LOCK TABLE audit_events IN SHARE MODE"),
    "pay: while it is written down": Point(pay, lock="LOCK TABLE public.payment_routes IN SHARE MODE"),
    "pay: before Stripe does it": Point(pay, ("hold_before", PAGES, "POST")),
    "pay: before Stripe says so": Point(pay, ("hold_after", PAGES, "POST")),
    "pay: before what it says is written down": Point(pay, ("hold_after", PAGES, "POST"), OF_CLIENT),
    "hear: while Stripe is read": Point(hear, ("hold_after", INTENTS, "GET")),
    "hear: while the books are written": Point(hear, lock="LOCK TABLE ledger_entries IN SHARE MODE"),
    "pay back: while it is written down": Point(pay_back, lock="LOCK TABLE refund_attempts IN SHARE MODE"),
    "send: before Stripe does it": Point(send, ("hold_before", REFUNDS, "POST")),
    "send: before Stripe says so": Point(send, ("hold_after", REFUNDS, "POST")),
    "send: before what it says is written down": Point(send, ("hold_after", REFUNDS, "POST"), OF_CLIENT),
}


# Somebody who dies --------------------------------------------------------------------------------


def run(schema, base, act, key, line):
    """Do something as a process of its own, and tell which connection is ours, and the end."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = control.KEY, base
    with inside(SimpleNamespace(schema_name=schema)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            line.send(cursor.fetchone()[0])
        act(key)
    line.send("ended")


@contextmanager
def begun_apart(schema, double, act, key):
    """Begin something in a process of its own, and give the process, its line and its connection's number."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.races.racing"])
    ours, theirs = context.Pipe()
    process = context.Process(target=run, args=(schema, double.url, act, key, theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(PATIENCE)
        yield process, ours, ours.recv()
    finally:
        process.kill()
        process.join(PATIENCE)


def killed(schema, double, point, key):
    """Do something in a process of its own, and kill it at a point; return when nothing of it is left."""
    with psycopg.connect(dsn(), options=f"-c search_path={schema}") as holder:
        if point.at:
            kind, path, method = point.at
            double.fault(kind, path=path, method=method)
        else:
            holder.execute(point.lock, {"key": key})
        with begun_apart(schema, double, point.act, key) as (process, line, backend):
            if point.at:
                assert double.wait_held() == 1
            if point.at and point.lock:
                holder.execute(point.lock, {"key": key})
                double.let_go()
            if point.lock:
                until(lambda: (backend,) in holder.execute(WAITING, [holder.info.backend_pid]).fetchall())
            process.kill()
            process.join(PATIENCE)
            assert not line.poll()
    double.let_go()
    with psycopg.connect(dsn(), autocommit=True) as watcher:
        until(lambda: watcher.execute(ALIVE, [backend]).fetchone() is None)


def until(is_so):
    """Wait until something is so."""
    ends = timezone.now().timestamp() + PATIENCE
    while not is_so():
        assert timezone.now().timestamp() < ends

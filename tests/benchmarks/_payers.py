"""Payments at the double of Stripe, of many studios, and the events that tell of them."""

import multiprocessing
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from billing.models import Invoice, PaymentAttempt, VatRate
from billing.services import drafts, issuing, paying
from billing.services.drafts import NewLine
from sessions_app.models import Client
from studio.office.models import StudioProfile
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Studio
from studio.tenancy.services import payment_accounts
from tests.stripe_double import control
from tests.stripe_double.delivery import Letter

EMPTIED = "clients, number_series, stripe_events, payments, audit_events, email_messages, ledger_days"
TOLD = ("payment_intent.succeeded", "charge.updated", "checkout.session.completed")
SELLER = {"street": "1 rue des Archives", "postal_code": "75003", "city": "Paris"}
PAGE = "http://bench.localhost/pay/token/"
PROCESSES = 2


def connected(double: control.Double, schemas: Sequence[str]) -> dict[str, str]:
    """Empty the studios, give each an account at the double, and return those by schema."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE procrastinate_jobs, payment_routes, payment_accounts, provider_breakers, provider_places CASCADE"
        )
        studios = {each.schema_name: each for each in Studio.objects.filter(schema_name__in=schemas)}
    accounts = {}
    for schema in schemas:
        with as_owner(schema), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {EMPTIED} CASCADE")
        accounts[schema] = double.connect(schema)
        payment_accounts.assign_account(studio=studios[schema], account=accounts[schema], by="Bench")
    return accounts


def begin(schemas: Sequence[str], payments: int, base: str) -> None:
    """Issue documents in some studios, and send the client of each to the double."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = control.KEY, base
    for schema in schemas:
        for invoice in documents([schema], payments):
            with inside(SimpleNamespace(schema_name=schema)):
                paying.begin_payment(invoice=invoice, page_address=PAGE, actor=None, now=timezone.now())
    connections.close_all()


def documents(schemas: Sequence[str], count: int) -> list[Invoice]:
    """Issue so many documents in each of some studios, each to a client of its own, and return them."""
    made = []
    for schema in schemas:
        with inside(SimpleNamespace(schema_name=schema)):
            StudioProfile.objects.update(**SELLER)
            line = NewLine("Mix", Decimal(100), VatRate.objects.get(is_default=True))
            for number in range(count):
                client, now = Client.objects.create(name=f"Payer {number}"), timezone.now()
                draft = drafts.create_draft(client=client, lines=[line], actor=None, now=now)
                made.append(issuing.issue_invoice(invoice=draft, actor=None, now=now))
    return made


def paid(double: control.Double, schemas: Sequence[str], payments: int) -> list[str]:
    """Have so many clients of each studio pay at the double, and return the events that tell of it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.benchmarks._payers"])
    parts = [schemas[number::PROCESSES] for number in range(PROCESSES)]
    working = [context.Process(target=begin, args=(part, payments, double.url), daemon=True) for part in parts]
    for process in working:
        process.start()
    for process in working:
        process.join()
    for schema in schemas:
        with inside(SimpleNamespace(schema_name=schema)):
            for session in PaymentAttempt.objects.values_list("checkout_session_id", flat=True):
                double.pay(session)
    events = double.pending(*TOLD)
    double.drop()
    return events


def storm_of(double: control.Double, events: Sequence[str], size: int, chance: random.Random) -> list[Letter]:
    """Return so many letters, shuffled: 5 % wrongly signed, and of the others 30 % duplicates of the rest."""
    bad = size // 20
    unique = double.letters(*events[: round((size - bad) * 0.7)])
    twice = chance.choices(unique, k=size - bad - len(unique))
    forged = [replace(each, signature=each.signature[:-70] + "0" * 70) for each in chance.choices(unique, k=bad)]
    letters = [*unique, *twice, *forged]
    chance.shuffle(letters)
    return letters

"""Quotes, periods and prepaid hours that two act on at once: one of them has their way, and the rest follows."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from billing.models import Package, Quote, RecurringPeriod, ServiceUnit
from billing.services import packages
from sessions_app.models import Project, StudioSession
from studio.tenancy.context import inside
from tests.billing_factories import (
    DraftFactory,
    PackageFactory,
    RecurringFactory,
    accepted,
    held,
    line,
    quote_line,
    sent,
)
from tests.factories import ClientFactory
from tests.races import quote_attempts
from tests.races.figures import in_rounds
from tests.races.quote_attempts import NOW, ROUNDS
from tests.races.racing import AGAIN, Race, outcomes_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]

LOST = {"taken", "came late", AGAIN}
# What may come of a round: for each the outcomes that racers tell of, beside having lost.
POSSIBLE = (
    ({"accepted": 1}, {"expired": 1}, {"expired": 2}),
    ({"accepted": 1}, {"taken back": 1}),
    ({"a project": 1},),
    ({"an invoice": 1},),
    ({"a period": 1},),
    ({"hours used": 1},),
)
ENDS = {("accepted", "scheduled"), ("expired", "cancelled"), ("expired", "expired"), ("draft", "hold")}


def offer(client, number):
    """Send a quote with a slot, and accept it where the round is about what it becomes."""
    lines = [quote_line(session=held(client, days=3 + number, now=NOW))]
    version = sent(now=NOW, client=client, title=f"Round {number}", lines=lines, deposit_percent=0)
    if number % len(ROUNDS) > 1:
        accepted(version, now=NOW)


def buy_hours(client, number):
    """Write two invoices that each use six of ten hours."""
    package = PackageFactory(client=client, bought_on=date(2029, 12, 1), now=NOW)
    for order in "ab":
        lines = [line("50", quantity=Decimal(6), unit=ServiceUnit.HOUR)]
        draft = DraftFactory(client=client, lines=lines, purchase_order=f"Round {number}{order}", now=NOW)
        packages.draw_down(item=draft.items.get(), package=package, hours=Decimal(6), actor=None, now=NOW)


def prepare(numbers):
    client = ClientFactory(email="a@example.org")
    for number in numbers:
        kind = number % len(ROUNDS)
        if kind < 4:
            offer(client, number)
        elif kind == 4:
            RecurringFactory(client=client, title=f"Round {number}", starts_on=date(2030, 1, 1), now=NOW)
        else:
            buy_hours(client, number)


@in_rounds(gate=6)
def test_of_two_acts_on_a_quote_one_counts(course, rounds):
    with inside(course):
        race = Race(connection.schema_name, "quote", rounds, racers=quote_attempts.RACERS)

        outcomes = outcomes_of(race, prepare=prepare)

        for number, outcome in enumerate(outcomes):
            done = {told: times for told, times in outcome.items() if told not in LOST}
            assert done in POSSIBLE[number % len(ROUNDS)], (number, outcome)
        slots = StudioSession.objects.in_bulk()
        assert {(quote.status, slots[quote.items.get().session_id].status) for quote in Quote.objects.all()} <= ENDS
        of_kind = Counter(number % len(ROUNDS) for number in range(rounds))
        assert (Project.objects.count(), RecurringPeriod.objects.count()) == (of_kind[2], of_kind[4])
        assert set(Package.objects.values_list("hours_left", flat=True)) == {4}

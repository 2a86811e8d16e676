"""Clerks who pay back, put, credit, deduct and issue the same thing at once: one of them does, and the books hold."""

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat

from billing.models import Invoice
from billing.selectors import books
from sessions_app.models import Client
from studio.tenancy.context import as_owner, inside
from tests.billing_factories import settle_seller
from tests.factories import ClientFactory
from tests.races.billing_attempts import NOW, draft_for, payer_of, prepare
from tests.races.figures import in_rounds
from tests.races.racing import AGAIN, Race, outcomes_of, so_many_won

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]
CLERKS = 8
ONE_OF_THEM = ("pay_back", "put_or_pay_back", "credit", "deduct_or_credit", "issue_one")
PARTS = 50  # rounds that are prepared at once


@pytest.fixture
def till(course):
    """Return a studio for these races alone."""
    with inside(course):
        settle_seller()
    return course


def raced(till, attempt, rounds, **how):
    """Race, each round with a client of its own who has money, an invoice, a deposit and a draft."""

    def prepared(numbers):
        with inside(till):
            for number in numbers:
                ClientFactory(name=f"Payer {number}", now=NOW)
                prepare(number)
                Invoice.objects.filter(pk=draft_for(payer_of(number)).pk).update(notes="the one")

    race = Race(till.schema_name, attempt, rounds, racers=CLERKS, **how)
    try:
        return outcomes_of(race, prepare=prepared, at_once=PARTS)
    finally:  # a race finds its clients by name
        with inside(till):
            Client.objects.filter(name__startswith="Payer ").update(name=Concat(Value("Former "), "name"))


def wrong(till):
    with inside(till):
        return [(finding.rule, finding.says) for finding in books.findings()]


@in_rounds(1)
def test_of_many_clerks_one_has_their_way(till, rounds):
    outcomes = {attempt: raced(till, attempt, rounds) for attempt in ONE_OF_THEM}
    assert {attempt: told for attempt, told in outcomes.items() if not so_many_won(told)} == {}
    assert wrong(till) == []


@in_rounds(2)
def test_a_client_is_merged_while_they_are_billed_and_pay(till, rounds):
    with inside(till):
        ClientFactory(name="Survivor", now=NOW)
    outcomes = raced(till, "merge_or_bill", rounds)
    assert {told for outcome in outcomes for told in outcome} <= {"won", "taken", AGAIN}
    assert wrong(till) == []


@pytest.mark.usefixtures("own_rules")
def test_without_locks_and_guard_the_same_money_goes_back_twice(till):
    with as_owner(till.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER payments_within_payment ON payments")
    outcomes = raced(till, "pay_back", 3, locked=False)
    assert max(outcome["won"] for outcome in outcomes) > 1
    assert {"P1", "P5"} <= {rule for rule, _says in wrong(till)}

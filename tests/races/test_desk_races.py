"""Forms that are sent twice at once, and a day that two clerks close: the money is there once."""

import pytest

from billing.models import Invoice, Payment, PaymentReceipt, TillClosing, TillMovement
from sessions_app.models import Client
from studio.tenancy.context import inside
from tests.billing_factories import issued, settle_seller
from tests.factories import ClientFactory
from tests.membership_factories import PlanFactory
from tests.races.desk_attempts import HUNDRED, NOW
from tests.races.figures import in_rounds
from tests.races.racing import Race, all_had_their_way, outcomes_of, so_many_won
from tests.training_factories import MemberFactory
from training.models import Subscription
from training.services.session_types import seed_session_types

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]
CLERKS = 6


@pytest.fixture
def till(course):
    """Return a studio for these races alone."""
    with inside(course):
        settle_seller()
        seed_session_types()
        PlanFactory(price=HUNDRED, now=NOW)
    return course


def raced(till, attempt, rounds, **how):
    return outcomes_of(Race(till.schema_name, attempt, rounds, racers=CLERKS, **how))


@in_rounds(2)
def test_forms_sent_by_many_at_once_are_written_once_and_a_day_is_closed_once(till, rounds):
    with inside(till):
        for number in range(rounds):
            issued(client=ClientFactory(name=f"Desk {number}", now=NOW), now=NOW)
            MemberFactory(first_name=f"Buyer {number}", now=NOW)
    for attempt in ("same_form", "same_sale"):
        assert all_had_their_way(raced(till, attempt, rounds)), attempt
    assert so_many_won(raced(till, "sell_plan_paid", rounds))

    with inside(till):
        assert Payment.objects.count() == 3 * rounds
        assert Invoice.objects.count() == 3 * rounds
        assert Subscription.objects.filter(paid_amount=HUNDRED).count() == rounds
        assert Client.objects.filter(name__startswith="Walk-in").count() == rounds
        numbers = PaymentReceipt.objects.order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, rounds + 1))
    assert so_many_won(raced(till, "close_till", 1))
    with inside(till):
        assert (TillClosing.objects.count(), TillMovement.objects.count()) == (1, 3 * rounds)


def test_without_the_lock_of_the_form_a_walk_in_is_written_down_more_than_once_or_refused(till):
    (outcome,) = raced(till, "same_sale", 1, locked=False)
    assert outcome["won"] < CLERKS

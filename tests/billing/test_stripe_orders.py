"""Events come in any order, twice or never, and the books say the same in the end."""

import random
from itertools import chain, combinations
from math import factorial

import pytest

from tests.billing.stripe_journeys import set_up
from tests.billing.stripe_stories import EVENTS, STORIES, Teller, digest, look, require_committable, taken_back
from tests.billing_factories import settle_seller

pytestmark = pytest.mark.django_db
CAUSAL = tuple(range(EVENTS))
FIRST, REST = CAUSAL[:2], CAUSAL[2:]
STORMS = 34  # of each story


@pytest.fixture
def teller(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    settle_seller()
    return Teller(stripe_double)


def said(teller, tale, order):
    """Return what the books say of a story told to its end, which is taken back."""
    with taken_back(teller.double):
        return digest(teller.tell_on(tale.twin(), order))


def known(tale):
    """Return of each payment begun whether it is known under which number it is at Stripe."""
    numbers = tale.invoice.payment_attempts.order_by("pk").values_list("payment_intent_id", flat=True)
    return tuple(bool(number) for number in numbers)


@pytest.mark.early
def test_in_another_order_twice_or_never_it_is_the_same(teller):
    chance, expected, parts = random.Random(6), {}, {}
    for story in STORIES:
        tale, storm = teller.begin(story), chance.sample(CAUSAL + CAUSAL[::2], EVENTS + 3)
        in_a_storm = said(teller, tale, storm)
        for number in FIRST:
            teller.hear_of(tale, number)
        expected[story] = said(teller, tale, REST)
        assert in_a_storm == expected[story], (story, storm)
        parts[story] = teller.tell_on(tale, ())
        assert digest(parts[story]) != expected[story], story  # what is lost is missing

    assert look() == []
    assert {story: digest(tale) for story, tale in parts.items()} == expected


@pytest.mark.long
@pytest.mark.parametrize("story", STORIES)
def test_every_order_of_up_to_six_events_comes_to_the_same(teller, story):
    """Which events came counts, and not in which order.

    Even less counts: what has happened at Stripe, and of which payments there a number is known, as is said by what is
    paid. What is said of a number that nobody knows yet is nothing's, until something else tells whose it is.
    """
    expected, ends = {}, 0
    for heard, tale in teller.beginnings(teller.begin(story)):
        require_committable()
        found = digest(tale)
        for what in (frozenset(heard), (len(tale.to_come), known(tale))):
            assert expected.setdefault(what, found) == found, (heard, what)
        if len(heard) == EVENTS:
            ends += 1
            assert (look(), digest(tale)) == ([], found), heard
    assert ends == factorial(EVENTS)


@pytest.mark.long
@pytest.mark.parametrize("story", STORIES)
def test_whichever_events_are_lost_one_look_finds_what_they_said(teller, story):
    expected = digest(teller.tell(story, CAUSAL))
    subsets = chain.from_iterable(combinations(CAUSAL, size) for size in range(EVENTS + 1))
    tales = {order: teller.tell(story, order) for order in subsets}
    assert look() == []
    assert {order: found for order, tale in tales.items() if (found := digest(tale)) != expected} == {}


@pytest.mark.long
@pytest.mark.parametrize("story", STORIES)
def test_storms_come_to_the_same(teller, story):
    chance, tale = random.Random(f"{story} 2026"), teller.begin(story)
    expected = said(teller, tale, CAUSAL)
    for _storm in range(STORMS):
        storm = list(CAUSAL) + chance.choices(CAUSAL, k=chance.randint(0, 12))
        chance.shuffle(storm)
        with taken_back(teller.double):
            told = teller.tell_on(tale.twin(), storm)
            require_committable()
            assert (digest(told), look()) == (expected, []), storm

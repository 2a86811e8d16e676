"""Events come in any order, twice or never, and the books say the same in the end."""

import random
from itertools import chain, combinations, permutations

import pytest

from tests.billing.stripe_journeys import set_up
from tests.billing.stripe_stories import EVENTS, STORIES, Teller, digest, look
from tests.billing_factories import settle_seller

pytestmark = pytest.mark.django_db
CAUSAL = tuple(range(EVENTS))
FIRST = CAUSAL[:2]
STORMS = 200


@pytest.fixture
def teller(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    settle_seller()
    return Teller(stripe_double)


def others(tales, expected):
    """Return the orders in which a story came to something else, and to what."""
    return {order: found for order, tale in tales.items() if (found := digest(tale)) != expected}


@pytest.mark.early
def test_in_another_order_twice_or_never_it_is_the_same(teller):
    chance, expected, storms, parts = random.Random(6), {}, {}, {}
    for story in STORIES:
        expected[story] = digest(teller.tell(story, CAUSAL))
        storm = tuple(chance.sample(CAUSAL + CAUSAL[::2], EVENTS + 3))
        storms[story] = {storm: teller.tell(story, storm)}
        parts[story] = {FIRST: teller.tell(story, FIRST)}
    assert {story: others(storms[story], expected[story]) for story in STORIES} == {story: {} for story in STORIES}
    assert [story for story in STORIES if not others(parts[story], expected[story])] == []  # what is lost is missing

    assert look() == []
    assert {story: others(parts[story], expected[story]) for story in STORIES} == {story: {} for story in STORIES}


@pytest.mark.long
@pytest.mark.parametrize("story", STORIES)
def test_every_order_of_six_events_comes_to_the_same(teller, story):
    expected = digest(teller.tell(story, CAUSAL))
    tales = {order: teller.tell(story, order) for order in permutations(CAUSAL)}
    assert others(tales, expected) == {}
    assert look() == []


@pytest.mark.long
@pytest.mark.parametrize("story", STORIES)
def test_whichever_events_are_lost_one_look_finds_what_they_said(teller, story):
    expected = digest(teller.tell(story, CAUSAL))
    subsets = chain.from_iterable(combinations(CAUSAL, size) for size in range(EVENTS + 1))
    tales = {order: teller.tell(story, order) for order in subsets}
    assert look() == []
    assert others(tales, expected) == {}


@pytest.mark.long
def test_storms_come_to_the_same(teller):
    chance = random.Random(2026)
    expected = {story: digest(teller.tell(story, CAUSAL)) for story in STORIES}
    for story in chance.choices(list(STORIES), k=STORMS):
        storm = list(CAUSAL) + chance.choices(CAUSAL, k=chance.randint(0, 12))
        chance.shuffle(storm)
        assert others({tuple(storm): teller.tell(story, storm)}, expected[story]) == {}, story
    assert look() == []

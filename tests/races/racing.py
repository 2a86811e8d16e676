"""Processes that try the same thing at the same moment.

Each is a process of its own with a connection of its own; they are forked from a server that has loaded the product
once and holds no connection, and stay for all rounds.
"""

import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from django.conf import settings
from django.db import connections
from django.urls import get_resolver

from sessions_app.models import StudioSession
from studio.db import Deadlocked, TryAgain
from studio.tenancy.context import inside
from tests.races import (
    billing_attempts,
    desk_attempts,
    door_attempts,
    figures,
    payment_attempts,
    quote_attempts,
    recording_attempts,
    training_attempts,
)
from tests.races.recording_attempts import RACERS

PAGES = get_resolver("studio.urls").url_patterns  # loaded once, before the racers are forked
PATIENCE = 60  # seconds until a round counts as stuck
TRIED = (recording_attempts, training_attempts, door_attempts, desk_attempts, quote_attempts, billing_attempts)
TRIED += (payment_attempts,)
ATTEMPTS = {name: attempt for each in TRIED for name, attempt in each.ATTEMPTS.items()}
REFUSALS = tuple(refusal for each in TRIED for refusal in getattr(each, "REFUSALS", ()))
DEADLOCK, AGAIN = "told of a deadlock", "asked to try again"


@dataclass(frozen=True)
class Race:
    """What every racer is told.

    attempt: the name of one of the attempts
    locked: False takes the advisory lock away
    settings: names and values that the racers have, and the processes before them have not
    """

    schema: str
    attempt: str
    rounds: int
    locked: bool = True
    racers: int = RACERS
    settings: tuple[tuple[str, object], ...] = ()


def tried(attempt, number, racer):
    """Return how an attempt ended."""
    try:
        return attempt(number, racer) or "won"
    except REFUSALS:
        return "taken"
    except Deadlocked:
        return DEADLOCK
    except TryAgain:
        return AGAIN
    except Exception as exc:  # noqa: BLE001 -- counted: the test shows whatever it was
        return f"{type(exc).__name__}: {exc}"


def run(race, racer, numbers, barrier, results):
    """Try once a round, all at once, and report how each ended and how many seconds it took."""
    if not race.locked:
        recording_attempts.unlock()
        training_attempts.unlock()
        desk_attempts.unlock()
        billing_attempts.unlock()
    for name, value in race.settings:
        setattr(settings, name, value)
    attempt, ended = ATTEMPTS[race.attempt], []
    with inside(SimpleNamespace(schema_name=race.schema)):
        StudioSession.objects.exists()  # the connection is open before the first round
        for number in numbers:
            barrier.wait(PATIENCE)
            began = time.perf_counter()
            outcome = tried(attempt, number, racer)
            ended.append((outcome, time.perf_counter() - began))
    connections.close_all()
    results.put(ended)


def raced(race, numbers):
    """Run some rounds of a race, and return for each how it ended for every racer, and in how many seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.races.racing"])
    barrier, results = context.Barrier(race.racers), context.Queue()
    given = [(race, racer, numbers, barrier, results) for racer in range(race.racers)]
    racers = [context.Process(target=run, args=each, daemon=True) for each in given]
    for racer in racers:
        racer.start()
    gathered = [results.get(timeout=PATIENCE + len(numbers) * 5) for _racer in racers]
    for racer in racers:
        racer.join(PATIENCE)
    return list(zip(*gathered, strict=True))


def outcomes_of(race, *, prepare=lambda _numbers: None, at_once=figures.LONG):
    """Run a race and return how often each outcome was had, round by round.

    In the long profile 99 of 100 attempts are answered within a second, and nobody is told of a deadlock.
    prepare: called with the numbers of the rounds that follow, before each part of a race
    at_once: rounds of a part, for a race that what lies about of other rounds slows down
    """
    rounds = []
    for first in range(0, race.rounds, at_once):
        numbers = range(first, min(first + at_once, race.rounds))
        prepare(numbers)
        rounds += raced(race, numbers)
    outcomes = [Counter(outcome for outcome, _took in ended) for ended in rounds]
    if race.rounds == figures.LONG:
        seconds = [took for ended in rounds for _outcome, took in ended]
        deadlocks = sum(outcome[DEADLOCK] for outcome in outcomes)
        figures.hold(figures.Figures(f"{race.attempt}, {race.racers} processes", seconds, deadlocks))
    return outcomes


# On a slow machine the last of a crowd are asked to try again, after 3 seconds; the long profile bounds how many.


def all_had_their_way(outcomes):
    """Return whether nobody met anything but a lock."""
    return all(outcome["won"] and outcome.keys() <= {"won", AGAIN} for outcome in outcomes)


def so_many_won(outcomes, won=1):
    """Return whether in each round so many got it, and all others were told that it is taken."""
    return all(outcome["won"] == won and outcome.keys() <= {"won", "taken", AGAIN} for outcome in outcomes)

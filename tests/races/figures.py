"""How long the attempts of a race took: held to the target in the long profile, and shown at the end of its run."""

from dataclasses import dataclass

import pytest

LONG = 500  # rounds of a race in the long profile
TARGET = 1.0  # seconds within which 99 of 100 attempts are answered there
NAMED = "race"
SHOWN: list[str] = []
_of_this_test: list[str] = []


def in_rounds(gate):
    """Return the mark that runs a race for some rounds in the gate, and for 500 in the long profile."""
    profiles = [pytest.param(gate, id="gate"), pytest.param(LONG, id="long", marks=pytest.mark.long)]
    return pytest.mark.parametrize("rounds", profiles)


@dataclass(frozen=True)
class Figures:
    """How long the attempts of a race took, and how many were told of a deadlock.

    seconds: of every attempt, in any order
    """

    race: str
    seconds: list[float]
    deadlocks: int

    def within(self, share):
        """Return the seconds within which a share of the attempts was answered, e.g. 0.99."""
        return sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)]

    def __str__(self):
        p50, p99, slowest = (f"{self.within(share) * 1000:.0f}" for share in (0.5, 0.99, 1))
        times = f"p50 {p50} ms, p99 {p99} ms, max {slowest} ms"
        return f"{self.race}: {len(self.seconds)} attempts, {times}, {self.deadlocks} deadlocks"


def hold(figures):
    """Keep the figures for the end of the run, and fail when they miss the target."""
    _of_this_test.append(str(figures))
    assert figures.within(0.99) <= TARGET, str(figures)
    assert figures.deadlocks == 0, str(figures)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    """Hand the figures of a test on with its report, also out of a process of pytest-xdist."""
    item.user_properties += [(NAMED, line) for line in _of_this_test]
    _of_this_test.clear()


def pytest_runtest_logreport(report):
    if report.when == "teardown":
        SHOWN.extend(line for name, line in report.user_properties if name == NAMED)


def pytest_terminal_summary(terminalreporter):
    if SHOWN:
        terminalreporter.section("races: from the start of an attempt to its answer")
        terminalreporter.write_line("\n".join(SHOWN))

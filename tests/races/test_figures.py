"""The long profile says how long a race took, and fails when that is too long or somebody was told of a deadlock."""

import pytest

from tests.races import figures

QUICK = [each / 1000 for each in range(1, 201)]  # 1 to 200 ms


@pytest.fixture(autouse=True)
def _own_lines(monkeypatch):
    """Keep these figures out of the report of the run."""
    monkeypatch.setattr(figures, "_of_this_test", [])


def test_a_race_is_summed_up_in_a_line():
    figures.hold(figures.Figures("book, 2 processes", QUICK[::-1], deadlocks=0))

    line = "book, 2 processes: 200 attempts, p50 101 ms, p99 199 ms, max 200 ms, 0 deadlocks"
    assert figures._of_this_test == [line]


def test_one_of_a_hundred_may_take_longer():
    figures.hold(figures.Figures("book", [*QUICK, 3.0, 3.0], deadlocks=0))


@pytest.mark.parametrize(
    ("seconds", "deadlocks", "said"),
    [([*QUICK, 3.0, 3.0, 3.0], 0, "p99 3000 ms"), (QUICK, 1, "1 deadlocks")],
    ids=["slow", "deadlock"],
)
def test_what_misses_the_target_fails_with_its_figures(seconds, deadlocks, said):
    with pytest.raises(AssertionError, match=said):
        figures.hold(figures.Figures("book", seconds, deadlocks))

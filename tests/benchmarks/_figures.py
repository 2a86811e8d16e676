"""Rounds in turn (A B A B), medians, ratios to a baseline of the same run."""

import json as json_module
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django
from django.db import connection

from studio.tenancy.context import as_owner


def seconds(work: Callable[[], object]) -> float:
    """Return how long a call took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_turn(
    contestants: dict[str, Callable[[], float]], *, rounds: int, before: Callable[[], object] = lambda: None
) -> dict[str, list[float]]:
    """Return each contestant's figures; every round runs all of them, one after the other.

    before: untimed preparation of each run
    """
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, run in contestants.items():
            before()
            figures[name].append(run())
            sys.stderr.write(f"  round {number + 1}/{rounds} {name}: {figures[name][-1]:.4g}\n")
    return figures


def summary(figures: dict[str, list[float]], *, unit: str, baseline: str) -> dict[str, Any]:
    """Return median, least and most of each contestant, and the median of its ratios to the baseline, turn by turn."""
    base = figures[baseline]
    return {
        name: {
            "unit": unit,
            "median": round(statistics.median(values), 5),
            "least": round(min(values), 5),
            "most": round(max(values), 5),
            "ratio": round(statistics.median(mine / its for mine, its in zip(values, base, strict=True)), 4),
            "baseline": baseline,
        }
        for name, values in figures.items()
    }


def versions() -> dict[str, str]:
    """Return what was measured with."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = str(cursor.fetchone()[0])
    return {"python": platform.python_version(), "django": django.__version__, "postgresql": postgres}


def show(figures: dict[str, Any], *, json: bool) -> None:
    """Print the figures as a table, or as JSON."""
    if json:
        sys.stdout.write(json_module.dumps(figures, indent=2) + "\n")
        return
    for title, content in figures.items():
        if not all(isinstance(row, dict) for row in content.values()):
            sys.stdout.write(f"{title}: {', '.join(f'{key} {value}' for key, value in content.items())}\n")
            continue
        sys.stdout.write(f"\n{title}\n")
        for name, row in content.items():
            span = f"{row['least']:.4g} to {row['most']:.4g}"
            figure = f"{row['median']:>10.4g} {row['unit']} ({span})"
            sys.stdout.write(f"  {name:34} {figure:44} {row['ratio']:>8.3f} x {row['baseline']}\n")

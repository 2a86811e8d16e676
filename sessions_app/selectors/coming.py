"""What is booked in the house's hours from an instant on, by this app and by those above that book in them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model

from sessions_app.models import SessionKind, StudioSession


@dataclass(frozen=True, slots=True)
class Booked:
    """A row that stands in the hours, by what it is called and when."""

    row: Model
    title: str
    starts_at: datetime
    ends_at: datetime


type Coming = Callable[[datetime], Iterable[Booked]]


def _sessions(since: datetime) -> list[Booked]:
    rows = StudioSession.objects.upcoming(since).filter(room__isnull=False).exclude(kind=SessionKind.BLOCKER)
    return [Booked(row, row.title, row.starts_at, row.ends_at) for row in rows.order_by("starts_at", "pk")]


_asked: list[Coming] = [_sessions]


def ask_also(coming: Coming) -> None:
    """Ask an app above as well; when it books it shares the lock of the hours, as `slots.lock_rooms` does."""
    if coming not in _asked:
        _asked.append(coming)


def booked_from(since: datetime) -> list[Booked]:
    """Return what is booked in the hours and has not ended at an instant, by start.

    queries: 1 for each app that is asked
    """
    return sorted((each for coming in _asked for each in coming(since)), key=lambda each: each.starts_at)

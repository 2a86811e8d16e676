"""What people of the house are booked for by apps above this one."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from studio.accounts.models import User


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A booking of another app that needs somebody.

    user_id: of whose account
    title: what the staff call it, without its time; says no more than all of them may read
    """

    user_id: str
    title: str
    starts_at: datetime
    ends_at: datetime


type People = Collection[User] | QuerySet[User]
type Asked = Callable[[People, datetime, datetime], Iterable[Elsewhere]]

_asked: list[Asked] = []


def ask_also(asked: Asked) -> None:
    """Ask an app above as well; when it books somebody it takes the lock that `crew.Crew.resources` names."""
    if asked not in _asked:
        _asked.append(asked)


def elsewhere(people: People, start: datetime, end: datetime) -> list[Elsewhere]:
    """Return what people are booked for by apps above in some of [start, end), by start.

    queries: 1 for each app that is asked
    """
    found = (each for asked in _asked for each in asked(people, start, end))
    return sorted(found, key=lambda each: (each.starts_at, each.user_id))

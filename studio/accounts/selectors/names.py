"""What people are called where several of them are shown."""

from collections import Counter
from collections.abc import Collection, Iterable

from studio.accounts.models import User


def shared_names(people: Iterable[User]) -> frozenset[str]:
    """Return the names that more than one of some people has."""
    counted = Counter(person.name for person in set(people))
    return frozenset(name for name, count in counted.items() if count > 1)


def name_among(user: User, shared: Collection[str]) -> str:
    """Return somebody's name, with their address where others are called so too.

    shared: as `shared_names` returns it
    """
    return user.label if user.name in shared else user.get_full_name()

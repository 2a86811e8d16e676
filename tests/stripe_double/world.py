"""All that the double knows: accounts, their objects in either mode, events, calls made, faults planned."""

import random
import string
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_double.faults import Faults
from tests.stripe_double.idempotency import Keys

API_VERSION = "2026-10-28.endive"
PLATFORM = ""  # the name of the platform's own account, for which no header is sent
LETTERS = string.ascii_letters + string.digits

type Json = dict[str, Any]


class Clock:
    """Seconds since 1970: the machine's, moved, or stopped."""

    def __init__(self) -> None:
        self._ahead, self._stopped_at = 0, None  # type: tuple[int, int | None]

    def now(self) -> int:
        """Return the present second."""
        return int(time.time()) + self._ahead if self._stopped_at is None else self._stopped_at

    def stop_at(self, second: int) -> None:
        """Stop at a second."""
        self._stopped_at = second

    def advance(self, seconds: int) -> None:
        """Move on, whether stopped or not."""
        if self._stopped_at is None:
            self._ahead += seconds
        else:
            self._stopped_at += seconds

    def follow(self) -> None:
        """Be the machine's clock again."""
        self._ahead, self._stopped_at = 0, None


@dataclass(slots=True)
class Books:
    """What one account holds in one mode: kind of object -> id -> object, in the order they were made."""

    account: str
    livemode: bool
    objects: dict[str, dict[str, Json]] = field(default_factory=dict)

    def all(self, kind: str) -> dict[str, Json]:
        """Return the objects of a kind by id, oldest first."""
        return self.objects.setdefault(kind, {})

    def add(self, made: Json) -> Json:
        """Keep an object."""
        self.all(made["object"])[made["id"]] = made
        return made


@dataclass(slots=True)
class Endpoint:
    """Where events are sent.

    secrets: each signs, as Stripe does while a secret is being replaced
    """

    url: str
    secrets: list[str]


@dataclass(slots=True)
class Settings:
    """How the double behaves until told otherwise.

    auto: events are delivered by themselves, and again when refused
    refunds_wait: refunds of cards stay pending until told; those of bank debits always do
    fees_wait: a charge has no balance transaction until told, as for a moment with Stripe
    later: after how many seconds bank debits begun now come, and refunds made now end that end later; days, with Stripe
    """

    auto: bool = False
    refunds_wait: bool = False
    fees_wait: bool = False
    later: int = 60
    endpoints: list[Endpoint] = field(default_factory=list)


class World:
    """The state of the double. Whoever reads or changes it holds `lock`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.news = threading.Condition(self.lock)  # told when there is an event to deliver
        self.base_url = ""
        self.clock, self.faults = Clock(), Faults()
        self.forget()

    def forget(self) -> None:
        """Be as on the first day."""
        with self.lock:
            self.clock.follow()
            self.settings = Settings()
            self.books: dict[tuple[str, bool], Books] = {}
            self.accounts: dict[str, Json] = {}
            self.links: dict[str, Json] = {}
            self.history: list[Json] = []  # every event of every account, as they happened
            self.pending: dict[str, Json] = {}  # not yet delivered: {"event": ..., "tries": ..., "not_before": ...}
            self.wakes_at: float = 0
            self.calls: list[Json] = []
            self.cause: tuple[str | None, str | None] = (None, None)  # request id and key of the act under way
            self.keys = Keys(self.clock)
            self.snapshots: list[str] = []  # what was known, to be known again; the last is the first to be
            self.faults.let_go()

    def wake_at(self, second: int) -> None:
        """Remember that something is due then; until the first such second nobody looks."""
        self.wakes_at = min(self.wakes_at, second)

    def put_off(self, books: "Books", thing: Json) -> None:
        """Write down when an object comes to its end by itself."""
        due_at = self.clock.now() + self.settings.later
        books.all("(due)")[thing["id"]] = {"at": due_at}
        self.wake_at(due_at)

    def is_due(self, books: "Books", thing: Json) -> bool:
        """Return whether an object has come to its end; while it has not, somebody looks again then."""
        due_at: int = books.all("(due)").get(thing["id"], {"at": 0})["at"]
        if due_at > self.clock.now():
            self.wake_at(due_at)
            return False
        return True

    def new_id(self, prefix: str, length: int = 24) -> str:
        """Return an identifier nobody has."""
        return prefix + "".join(random.choices(LETTERS, k=length))

    def books_of(self, account: str, *, livemode: bool) -> Books:
        """Return the books of an account in a mode."""
        return self.books.setdefault((account, livemode), Books(account, livemode))

    def holding(self, name: str) -> tuple[Books, Json] | None:
        """Return the object of that id with the books it is in, whichever account's they are."""
        for books in self.books.values():
            for kind, objects in books.objects.items():
                if name in objects and not kind.startswith("("):  # what is noted of an object is none
                    return books, objects[name]
        return None

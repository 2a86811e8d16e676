"""Letters sent at a rate, whoever answers or not, and a page asked for meanwhile."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from tests.stripe_double.delivery import Letter

SENDERS = 24
WITHIN = 60.0  # seconds until an answer counts as lost
PATH = "/webhooks/stripe/"
A_SECOND = 5.0  # asking for the page


@dataclass
class Answers:
    """What was answered, and how many milliseconds after it was due."""

    statuses: dict[int, int] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, since: float) -> None:
        """Add one."""
        with self.lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.milliseconds.append((time.perf_counter() - since) * 1000)

    def within(self, share: float) -> float:
        """Return the milliseconds within which a share was answered."""
        return sorted(self.milliseconds)[min(int(len(self.milliseconds) * share), len(self.milliseconds) - 1)]


class Sender:
    """One kept connection to a server."""

    def __init__(self, address: tuple[str, int], host: str) -> None:
        self._connection, self._host = HTTPConnection(*address, timeout=WITHIN), host

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> int:
        """Return the status of the answer, 0 for none."""
        try:
            self._connection.request(method, path, body and body.encode(), {"Host": self._host} | headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            self._connection.close()
            return 0
        return answer.status

    def send(self, letter: Letter) -> int:
        """Send an event as Stripe does."""
        headers = {"Content-Type": "application/json", "Stripe-Signature": letter.signature}
        return self.ask("POST", PATH, letter.body, **headers)


def is_forged(letter: Letter) -> bool:
    """Return whether a letter bears a signature that nobody made."""
    return letter.signature.endswith("0" * 70)


def sent(address: tuple[str, int], host: str, letters: Sequence[Letter], seconds: float) -> tuple[Answers, Answers]:
    """Send letters at an even rate, and return what was answered to true and to forged ones."""
    true, forged = Answers(), Answers()
    turns, begun = iter(range(len(letters))), time.perf_counter() + 0.5

    def work() -> None:
        sender = Sender(address, host)
        for turn in turns:  # of a range: taking the next is one step for all threads
            due = begun + seconds * turn / len(letters)
            time.sleep(max(due - time.perf_counter(), 0))
            letter = letters[turn]
            (forged if is_forged(letter) else true).note(sender.send(letter), due)

    senders = [threading.Thread(target=work) for _sender in range(SENDERS)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    return true, forged


@contextmanager
def asked_meanwhile(address: tuple[str, int], host: str, path: str, **headers: str) -> Iterator[Answers]:
    """Ask for a page five times a second until the block ends, and give what was answered."""
    answers, ended = Answers(), threading.Event()

    def work() -> None:
        sender, number, begun = Sender(address, host), 0, time.perf_counter()
        while not ended.wait(max(begun + number / A_SECOND - time.perf_counter(), 0)):
            answers.note(sender.ask("GET", path, **headers), begun + number / A_SECOND)
            number += 1

    asking = threading.Thread(target=work)
    asking.start()
    try:
        yield answers
    finally:
        ended.set()
        asking.join()

"""What stands in for Stripe in a demonstration: the payers, banks and hours there do as they are told.

It is the double of the tests, steered over HTTP as nobody can steer Stripe, and only ever on this machine.
"""

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

HERE = "127.0.0.1"
PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class StandIn:
    """A double that runs already.

    port: at which it listens on this machine
    secret: what it signs with
    """

    port: int
    secret: str

    @contextmanager
    def steered(self) -> Iterator[None]:
        """Let it deliver nothing by itself meanwhile; afterwards it is that hour again."""
        self.tell("settings", auto=False)
        try:
            yield
        finally:
            self.tell("clock", follow=True)

    def tell(self, act: str, **told: Any) -> dict[str, Any]:
        """Have one of the acts done that the double's own pages name, and return what it says."""
        connection = http.client.HTTPConnection(HERE, self.port, timeout=PATIENCE_SECONDS)
        try:
            body = json.dumps(told)
            connection.request("POST", f"/_control/{act}", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said: dict[str, Any] = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"{act} was refused by the stand-in for Stripe: {said}")
        return said

    def be(self, moment: datetime) -> None:
        """Let it be that moment there, and stay."""
        self.tell("clock", at=int(moment.timestamp()))

    def news(self, now: datetime) -> Sequence[tuple[bytes, str]]:
        """Return what it has to tell, each with its signature of now; nobody else is told."""
        numbers = [event["id"] for event in self.tell("pending")["events"]]
        letters = self.tell("letters", events=numbers, secrets=[self.secret], at=int(now.timestamp()))["letters"]
        self.tell("drop", events=numbers)
        return [(letter["body"].encode(), letter["signature"]) for letter in letters]


def at(address: str, *, secret: str) -> StandIn:
    """Return what stands in for Stripe at an address, which has to be of this machine."""
    parts = urlsplit(address)
    if parts.hostname != HERE or parts.port is None:
        raise ValueError(f"{address} is not on this machine.")
    return StandIn(parts.port, secret)

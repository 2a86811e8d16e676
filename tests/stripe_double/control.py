"""Steering the double from a test: what payers, banks, owners and the network do.

with control.here() as double:                      # or control.apart(): a process of its own
    double.endpoint("http://localhost:8000/webhooks/stripe/", "whsec_double")
    ...the product makes a checkout session...
    double.pay(session_id)
    first, *rest = double.pending()
    double.deliver(*rest, first, first)             # out of order, and one twice
"""

import hashlib
import http.client
import importlib
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.stripe_double.delivery import Letter, letter

KEY, LIVE_KEY, SECRET = "sk_test_double", "sk_live_double", "whsec_double"
CARD = "4242424242424242"
PATIENCE = 90  # longer than anybody is held
START_SECONDS = 60
ROOT = Path(__file__).resolve().parents[2]

type Json = dict[str, Any]


class Refusal(Exception):
    """The double says no; the sentence says why."""


class Double:
    """A running double, by its address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def tell(self, act: str, **told: Any) -> Json:
        """Do one of the acts of `acts`."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        try:
            connection.request("POST", f"/_control/{act}", json.dumps(told), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said: Json = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise Refusal(said["error"]["message"])
        return said

    def forget(self) -> None:
        """Be as on the first day, endpoints and settings included."""
        self.tell("forget")

    def snapshot(self) -> None:
        """Remember all that happened until now, for `restore`; this may be done again before that."""
        self.tell("snapshot")

    def restore(self) -> None:
        """Be as at the last snapshot that was not gone back to: what happened since never did."""
        self.tell("restore")

    # Payers ---------------------------------------------------------------------------------------

    def pay(self, session: str, card: str = CARD) -> Json:
        """Pay a session with a test card and return the payment intent."""
        return self.tell("pay", session=session, card=card)

    def decline(self, session: str) -> Json:
        """Try to pay with a card that is declined; the session stays open."""
        return self.tell("decline", session=session)

    def pay_later(self, session: str) -> Json:
        """Pay by bank debit: complete, unpaid, until `settle`."""
        return self.tell("pay_later", session=session)

    def settle(self, session: str, *, came: bool = True) -> Json:
        """Say whether the money of a bank debit came."""
        return self.tell("settle", session=session, came=came)

    # The studio's dashboard, banks and owners -------------------------------------------------------

    def refund(self, intent: str, amount: int | None = None) -> Json:
        """Refund in Stripe's dashboard: without the product, without metadata."""
        return self.tell("refund", intent=intent, amount=amount)

    def refund_succeeds(self, refund: str) -> Json:
        """End a pending refund well."""
        return self.tell("refund_succeeds", refund=refund)

    def refund_fails(self, refund: str, reason: str = "lost_or_stolen_card") -> Json:
        """Let a refund fail, pending or believed done."""
        return self.tell("refund_fails", refund=refund, reason=reason)

    def dispute(self, intent: str, amount: int | None = None, *, asks: bool = False) -> Json:
        """Dispute a payment; `asks` makes it an inquiry, for which no money moves."""
        return self.tell("dispute", intent=intent, amount=amount, asks=asks)

    def close_dispute(self, dispute: str, *, won: bool) -> Json:
        """Decide a dispute."""
        return self.tell("close_dispute", dispute=dispute, won=won)

    def connect(self, name: str = "A studio", *, finished: bool = True, livemode: bool = False) -> str:
        """Connect an account and return its id; one not `finished` cannot take money yet."""
        return str(self.tell("connect", name=name, finished=finished, livemode=livemode)["id"])

    def disconnect(self, account: str) -> None:
        """Take the platform's access to an account away."""
        self.tell("disconnect", account=account)

    def settings(self, **settings: bool | int) -> None:
        """Change how it behaves: `auto`, `refunds_wait`, `fees_wait` (ended by `book_fees`), `later` in seconds."""
        self.tell("settings", **settings)

    def book_fees(self) -> None:
        """Give every captured charge its balance transaction."""
        self.tell("book_fees")

    def change(self, name: str, **members: Any) -> Json:
        """Write into an object without a word, as nobody can with Stripe."""
        return self.tell("change", id=name, members=members)

    def sell(
        self, metadata: list[dict[str, str]], *, amount: int, currency: str = "eur", account: str = ""
    ) -> list[dict[str, str]]:
        """Have a paid session for each metadata, without a call to the API; return the ids of session and intent."""
        told = self.tell("sell", metadata=metadata, amount=amount, currency=currency, account=account)
        return list(told["sold"])

    # Events -----------------------------------------------------------------------------------------

    def endpoint(self, url: str, *secrets: str) -> None:
        """Send events there, signed with each of the secrets."""
        self.tell("endpoint", url=url, secrets=secrets or (SECRET,))

    def pending(self, *types: str) -> list[str]:
        """Return the ids of the events not yet delivered, in order; only of those types when any are named."""
        return [event["id"] for event in self.tell("pending")["events"] if not types or event["type"] in types]

    def events(self) -> list[Json]:
        """Return every event of every account in the order they happened."""
        return list(self.tell("events")["events"])

    def deliver(self, *events: str, at: datetime | None = None) -> list[int]:
        """Post events in the order given, one named twice twice; all that are pending when none is named.

        at: of the signatures; now by the machine's clock when left out
        returns: what was answered, 0 where nobody did; what was not accepted stays pending
        """
        names = events or self.pending()
        answers = self.tell("deliver", events=names, at=_second(at))["answers"]
        return [each["status"] for each in answers]

    def storm(self, seed: int, duplicates: float = 0.3) -> list[int]:
        """Deliver all that is pending shuffled, some of it twice."""
        chance, names = random.Random(seed), self.pending()
        names += chance.sample(names, round(len(names) * duplicates))
        chance.shuffle(names)
        return self.deliver(*names)

    def drop(self, *events: str) -> None:
        """Lose events on the way; all that are pending when none is named."""
        self.tell("drop", events=events or self.pending())

    def letters(self, *events: str, at: datetime | None = None, secrets: tuple[str, ...] = (SECRET,)) -> list[Letter]:
        """Return events, or all that are pending, as they would be sent: for a test that posts them itself."""
        told = self.tell("letters", events=events or self.pending(), at=_second(at), secrets=secrets)
        return [Letter(**each) for each in told["letters"]]

    # Time -------------------------------------------------------------------------------------------

    def stop_clock(self, at: datetime) -> None:
        """Let it be that moment, and stay."""
        self.tell("clock", at=_second(at))

    def advance(self, seconds: int) -> None:
        """Let time pass: sessions expire, slow refunds end."""
        self.tell("clock", advance=seconds)

    # Faults -----------------------------------------------------------------------------------------

    def fault(self, kind: str, path: str = ".*", method: str = "", **more: Any) -> None:
        """Let the next matching call go wrong, in one of the ways of `faults.Kind`.

        path: a regular expression for all of `/v1/...`
        more: times, skip, account, seconds, code, as in `faults.Fault`
        """
        self.tell("fault", kind=kind, path=path, method=method, **more)

    def wait_held(self, calls: int = 1, seconds: float = 10) -> int:
        """Wait until that many calls are held by `hold_before` or `hold_after`, and return how many are."""
        return int(self.tell("wait_held", calls=calls, seconds=seconds)["held"])

    def let_go(self) -> None:
        """Let go all calls that are held or slow, and forget the faults still planned."""
        self.tell("let_go")

    # What came of it --------------------------------------------------------------------------------

    def calls(self, **wanted: Any) -> list[Json]:
        """Return the calls made, in order: number, at, method, path, key, account, params, status, replayed, fault.

        wanted: only those with these members
        """
        return list(self.tell("calls", **wanted)["calls"])

    def objects(self, kind: str, account: str | None = None) -> list[Json]:
        """Return all objects of a kind, such as `charge`, of one account or of all."""
        return list(self.tell("objects", kind=kind, account=account)["objects"])

    def charges_per(self, key: str) -> Counter[str]:
        """Return how many captured charges there are for each value of a key of their metadata."""
        return Counter(each["metadata"].get(key, "") for each in self.objects("charge") if each["captured"])

    def money(
        self, account: str = "", *, since: datetime | None = None, until: datetime | None = None, livemode: bool = False
    ) -> Json:
        """Return per currency the sums of the balance: charge, refund, refund_failure, dispute, ..., fees, net."""
        return self.tell("money", account=account, since=_second(since) or 0, until=_second(until), livemode=livemode)

    def digest(self) -> str:
        """Return one text that is the same whenever all accounts hold the same money for the same payments."""
        moved = [
            (each["source"], each["reporting_category"], each["net"]) for each in self.objects("balance_transaction")
        ]
        return hashlib.sha256(json.dumps(sorted(moved)).encode()).hexdigest()


class DoubleHere(Double):
    """A double in a thread of this process, whose address can go dead."""

    def __init__(self, running: Any) -> None:
        super().__init__(f"http://127.0.0.1:{running.port}")
        self._running = running

    @contextmanager
    def down(self) -> Iterator[None]:
        """Have nobody listen: connections are refused."""
        self._running.go_down()
        try:
            yield
        finally:
            self._running.come_up()


def forged(event: Json, *secrets: str, at: datetime | None = None) -> Letter:
    """Return an event of a test's own making, signed as if it were Stripe's.

    event: such as one of `Double.events`, changed
    """
    return letter(event, list(secrets or (SECRET,)), _second(at))


def _second(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


@contextmanager
def here() -> Iterator[DoubleHere]:
    """Run a double in a thread of this process, on a free port."""
    running = importlib.import_module("tests.stripe_double.server").Running()
    try:
        yield DoubleHere(running)
    finally:
        running.stop()


@contextmanager
def apart(*arguments: str) -> Iterator[Double]:
    """Run a double in a process of its own, on a free port."""
    command = [sys.executable, "-m", "tests.stripe_double", "--by-hand", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Double(process.stdout.readline().split()[-1])
        finally:
            process.terminate()
            process.wait(START_SECONDS)

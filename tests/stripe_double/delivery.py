"""Events on their way: signed as Stripe signs them, sent when a test says so or by themselves."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.stripe_double.errors import Refused
from tests.stripe_double.world import Endpoint, Json, World

ANSWER_WITHIN = 30
FIRST_RETRY, LAST_RETRY = 0.25, 60
GOOD = range(200, 300)


@dataclass(frozen=True, slots=True)
class Letter:
    """An event as it is sent."""

    id: str
    type: str
    account: str
    body: str
    signature: str


def sign(body: str, secrets: list[str], at: int, *, livemode: bool = False) -> str:
    """Return the header `Stripe-Signature`; in test mode with one of the old scheme, which is not to count."""
    signatures = [f"v1={_mac(body, secret, at)}" for secret in secrets]
    old = [] if livemode else [f"v0={_mac(body, 'test', at)}"]
    return ",".join([f"t={at}", *signatures, *old])


def _mac(body: str, secret: str, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()


def find_event(world: World, name: str) -> Json:
    """Return an event, delivered or not."""
    held = world.holding(name)
    if held is None:
        raise Refused(f"No such event: {name}", status=404)
    return held[1]


def letter(event: Json, secrets: list[str], at: int | None = None) -> Letter:
    """Return an event signed as of a second: now by the machine's clock, wherever that of the double stands."""
    body = json.dumps(event, indent=2)
    signature = sign(body, secrets, int(time.time()) if at is None else at, livemode=event["livemode"])
    return Letter(event["id"], event["type"], event.get("account", ""), body, signature)


def deliver(world: World, names: list[str], at: int | None = None) -> list[Json]:
    """Send events in the order given, one named twice twice; return what was answered.

    at: the second of the signatures, now when left out
    returns: `{"id", "type", "url", "status"}`, the status 0 where nobody answered
    """
    answered = []
    for name in names:
        with world.lock:
            event, endpoints = find_event(world, name), list(world.settings.endpoints)
        if not endpoints:
            raise Refused("Nobody has told where events go: set an endpoint.")
        sent = [_send(event, endpoint, at) for endpoint in endpoints]
        if all(each["status"] in GOOD for each in sent):
            with world.lock:
                world.pending.pop(name, None)
                event["pending_webhooks"] = 0
        answered += sent
    return answered


def _send(event: Json, endpoint: Endpoint, at: int | None) -> Json:
    sent = letter(event, endpoint.secrets, at)
    return {"id": sent.id, "type": sent.type, "url": endpoint.url, "status": post(endpoint.url, sent)}


def is_local(url: str) -> bool:
    """Return whether an address is on this machine: nothing is ever sent elsewhere."""
    host = urlsplit(url).hostname or ""
    return host in {"127.0.0.1", "::1", "localhost"} or host.endswith(".localhost")


def post(url: str, sent: Letter) -> int:
    """Send a letter and return the status of the answer, 0 when there was none."""
    if not is_local(url):
        raise Refused(f"The double speaks to this machine only, not to {url}.")
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=ANSWER_WITHIN)
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": sent.signature,
    }
    try:
        connection.request("POST", parts.path or "/", sent.body.encode(), headers | {"User-Agent": "Stripe/1.0"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    else:
        return answer.status
    finally:
        connection.close()


class Postman:
    """Delivers by itself while the double is told to, and tries again what was refused."""

    def __init__(self, world: World) -> None:
        self._world, self._ended = world, False
        self._thread = threading.Thread(target=self._walk, name="stripe-double-postman", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait until ended."""
        with self._world.lock:
            self._ended = True
            self._world.news.notify_all()
        self._thread.join()

    def _walk(self) -> None:
        while (name := self._next()) is not None:
            if name and not all(each["status"] in GOOD for each in deliver(self._world, [name])):
                self._later(name)

    def _next(self) -> str | None:
        """Return the event to deliver, an empty name when there is none just now, None at the end."""
        with self._world.lock:
            if self._ended:
                return None
            settings, now = self._world.settings, time.monotonic()
            if settings.auto and settings.endpoints:
                for name, entry in self._world.pending.items():
                    if entry["not_before"] <= now:
                        return name
            self._world.news.wait(0.5)
            return ""

    def _later(self, name: str) -> None:
        with self._world.lock:
            if entry := self._world.pending.get(name):
                entry["tries"] += 1
                entry["not_before"] = time.monotonic() + min(LAST_RETRY, FIRST_RETRY * 2 ** entry["tries"])

"""Keys under which an act happens once: the first answer is the answer."""

import threading
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from tests.stripe_double.errors import Refused

KEPT_SECONDS = 24 * 3600
LONGEST = 255
type Scope = tuple[str, bool, str]  # account, mode, key


class Telling(Protocol):
    """What tells the time."""

    def now(self) -> int:
        """Return the present second."""


@dataclass(slots=True)
class Kept:
    """The answer to the first call under a key; none while that is under way."""

    asked: tuple[str, str, Any]
    since: int
    request: str
    status: int | None = None
    body: Any = None


class Keys:
    """The answers kept, by account, mode and key."""

    def __init__(self, clock: Telling) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._kept: dict[Scope, Kept] = {}

    def begin(self, scope: Scope, *, asked: tuple[str, str, Any], request: str) -> Kept | None:
        """Return the answer to repeat, or None when the call is the first and may go on.

        asked: method, path and parameters
        raises: Refused when the key was used for another call, or is in use at this moment
        """
        key = scope[2]
        if len(key) > LONGEST:
            raise Refused(f"Idempotency keys are at most {LONGEST} characters long.", kind="idempotency_error")
        with self._lock:
            kept = self._kept.get(scope)
            if kept is None or (kept.status is not None and self._clock.now() - kept.since >= KEPT_SECONDS):
                self._kept[scope] = Kept(asked, self._clock.now(), request)
                return None
            if kept.asked != asked:
                raise Refused(
                    "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                    f"Try using a key other than '{key}' if you meant to execute a different request.",
                    kind="idempotency_error",
                )
            if kept.status is None:
                raise Refused(
                    "There is currently another in-progress request using this Stripe idempotency key (that probably "
                    "means you submitted twice, and the other request is still going through): "
                    f"{key}. Please try again later.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            return kept

    def keep(self, scope: Scope, status: int, body: Any) -> None:
        """Keep the answer under the key."""
        with self._lock:
            kept = self._kept[scope]
            kept.status, kept.body = status, body

    def release(self, scope: Scope) -> None:
        """Forget the key: nothing had begun."""
        with self._lock:
            self._kept.pop(scope, None)

    def told(self) -> list[Any]:
        """Return the answers kept, to be written down."""
        with self._lock:
            return [[*scope, asdict(kept)] for scope, kept in self._kept.items() if kept.status is not None]

    def recall(self, told: list[Any]) -> None:
        """Keep the answers that were written down, and no others."""
        with self._lock:
            self._kept.clear()
            for account, livemode, key, kept in told:
                asked = tuple(kept.pop("asked"))
                self._kept[account, livemode, key] = Kept(asked=asked, **kept)

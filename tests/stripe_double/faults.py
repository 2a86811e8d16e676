"""What is to go wrong with coming calls."""

import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a call goes wrong."""

    DECLINED = "declined"  # 402, kept under the key
    ERROR = "error"  # 500 without effect, kept under the key as Stripe does
    ERROR_AFTER = "error_after"  # 500 with the effect made, kept under the key
    BUSY = "busy"  # 429 with Retry-After, not kept
    SLOW = "slow"  # answers after `seconds`
    CUT_BEFORE = "cut_before"  # the connection ends, nothing happened
    CUT_AFTER = "cut_after"  # the connection ends, the effect is made and kept under the key
    RESET = "reset"  # the connection is reset before the call is looked at
    HOLD_BEFORE = "hold_before"  # waits without effect until let go
    HOLD_AFTER = "hold_after"  # waits with the effect made until let go
    GARBAGE = "garbage"  # 200 with a page in place of an object; the effect is made


@dataclass(slots=True)
class Fault:
    """A fault for the next calls that match.

    path: a regular expression that the whole path matches
    account: None for every account
    times: for how many calls; skip: how many matching ones pass before
    seconds: of SLOW, and of the Retry-After of BUSY
    """

    kind: Kind
    method: str = ""
    path: str = ".*"
    account: str | None = None
    times: int = 1
    skip: int = 0
    seconds: float = 1
    code: str = "card_declined"
    _gate: threading.Event = field(default_factory=threading.Event)

    def fits(self, method: str, path: str, account: str) -> bool:
        """Return whether a call is meant."""
        return (
            self.times > 0
            and self.method in {"", method}
            and self.account in {None, account}
            and re.fullmatch(self.path, path) is not None
        )

    def wait(self, seconds: float) -> None:
        """Wait that long, or until let go."""
        self._gate.wait(seconds)

    def open(self) -> None:
        """Let go whoever waits."""
        self._gate.set()


HELD_SECONDS = 60  # nobody is held for longer, whatever a test forgets


class Faults:
    """The plan of faults, and who is held by one."""

    def __init__(self) -> None:
        self._plan: list[Fault] = []
        self._taken: list[Fault] = []
        self._changed = threading.Condition()
        self._held = 0

    def add(self, fault: Fault) -> None:
        """Plan a fault, after those planned already."""
        with self._changed:
            self._plan.append(fault)

    def take(self, method: str, path: str, account: str) -> Fault | None:
        """Return the fault that a call meets, and use it up."""
        with self._changed:
            for fault in self._plan:
                if not fault.fits(method, path, account):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                self._taken.append(fault)
                return fault
        return None

    def hold(self, fault: Fault) -> None:
        """Stay here until let go."""
        with self._changed:
            self._held += 1
            self._changed.notify_all()
        fault.wait(HELD_SECONDS)
        with self._changed:
            self._held -= 1
            self._changed.notify_all()

    def wait_held(self, calls: int, seconds: float) -> int:
        """Wait until that many calls are held, and return how many are."""
        with self._changed:
            self._changed.wait_for(lambda: self._held >= calls, seconds)
            return self._held

    def let_go(self) -> None:
        """Let go all that is held or slow, and forget the plan."""
        with self._changed:
            for fault in (*self._plan, *self._taken):
                fault.open()
            self._plan, self._taken = [], []

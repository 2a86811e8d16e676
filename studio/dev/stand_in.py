"""What stands in for Stripe in the demonstration: how it is started, and how programs are told where it is."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from studio.dev.surroundings import VAR

KEY, SECRET = "sk_test_demo", "whsec_demo"  # its own: they open nothing
PORTS = (12_111, 12_199)
STATE = VAR / "stripe.json"  # what it remembers over restarts
LOOPBACK = "127.0.0.1"


def is_wanted(variables: Mapping[str, str]) -> bool:
    """Return whether something stands in for Stripe: nobody gave a key."""
    return not (variables.get("STRIPE_SECRET_KEY") or variables.get("STRIPE_SECRET_KEY_FILE"))


def arguments(listening: socket.socket) -> list[str]:
    """Return how Python starts it on a socket that listens already."""
    socket_and_file = ["--listening", str(listening.fileno()), "--state", str(STATE)]
    return ["-m", "tests.stripe_double", *socket_and_file, "--secret", SECRET]


def variables_of(port: int) -> dict[str, str]:
    """Return how the product is told of it."""
    base = f"http://{LOOPBACK}:{port}"
    return {"STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRETS": SECRET, "STRIPE_API_BASE": base}


@contextmanager
def noted(base: str) -> Iterator[None]:
    """Let `./dev manage` find it for a block.

    base: its address; "" where there is none
    """
    note = STATE.with_suffix(".port")
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(base.rpartition(":")[2], encoding="utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def of_the_demonstration() -> dict[str, str]:
    """Return how a management command is told of the one that is served right now; nothing where none is, or a key."""
    note = STATE.with_suffix(".port")
    try:
        port = int(note.read_text(encoding="utf-8")) if is_wanted(os.environ) else 0
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except (OSError, ValueError):
        return {}
    return variables_of(port)

"""`python -m tests.stripe_double --port N`: the double by itself, delivering events as they happen."""

import argparse
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

from tests.stripe_double.server import Running, listening_socket
from tests.stripe_double.world import Endpoint


def main(arguments: list[str]) -> int:
    """Serve until asked to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.stripe_double", description="A stateful double of Stripe.")
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1 (default: a free port)")
    parser.add_argument("--listening", type=int, help="the number of a socket handed on that listens already")
    parser.add_argument("--state", type=Path, help="a file to remember everything in, over restarts")
    parser.add_argument("--base-url", default="", help="how browsers reach the pages, when it is not that address")
    parser.add_argument("--webhook", default="", help="where events are sent")
    parser.add_argument("--secret", action="append", default=[], help="what signs them; more than one may be given")
    parser.add_argument("--by-hand", action="store_true", help="deliver only when told under /_control/")
    given = parser.parse_args(arguments)
    listening = listening_socket(given.port) if given.listening is None else socket.socket(fileno=given.listening)
    running = Running(listening, base_url=given.base_url, state=given.state)
    running.world.settings.auto = not given.by_hand
    if given.webhook:
        running.world.settings.endpoints = [Endpoint(given.webhook, given.secret)]

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    sys.stdout.write(f"The double of Stripe listens on http://127.0.0.1:{running.port}\n")
    sys.stdout.flush()
    try:
        running.wait()
    except KeyboardInterrupt:
        running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

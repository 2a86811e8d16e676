"""The double on the wire: HTTP/1.1 on this machine, connections kept open as the library likes them."""

import contextlib
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.stripe_double import acts, api, memory, pages
from tests.stripe_double.api import Answer, Call, Cut
from tests.stripe_double.delivery import Postman, is_local
from tests.stripe_double.errors import Refused
from tests.stripe_double.world import World

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 1024 * 1024
CONTROL = "/_control/"


class Handler(BaseHTTPRequestHandler):
    """Reads a request, has it answered, writes the answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: "Server"

    def do_GET(self) -> None:
        """Answer a request that reads."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer a request that acts."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            self._write(Answer(413, {"error": {"type": "invalid_request_error", "message": "Too large."}}))
            return
        self._answer(self.rfile.read(length))

    def do_DELETE(self) -> None:
        """Answer a request that the double does not know."""
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        world, parts = self.server.world, urlsplit(self.path)
        try:
            if parts.path.startswith(CONTROL):
                given = self._control(parts.path.removeprefix(CONTROL), body)
            elif parts.path.startswith("/v1/"):
                given = api.answer(world, self._call(parts.path, parts.query, body))
            else:
                given = pages.answer(world, self.command, parts.path, dict(parse_qsl(body.decode())))
        except Refused as refusal:
            given = Answer(refusal.status, refusal.body())
        except Cut as cut:
            self._cut(reset=cut.reset)
            return
        if self.command == "POST":
            self.server.keep()  # before the answer: what was said has happened, also after a restart
        self._write(given)

    def _control(self, name: str, body: bytes) -> Answer:
        # A page in a browser cannot send this kind of content to another site without asking first.
        if self.headers.get("Content-Type") != "application/json" or not is_local(f"//{self.headers.get('Host')}"):
            raise Refused("The double is steered from this machine, in JSON.", status=403)
        try:
            return Answer(200, acts.act(self.server.world, name, json.loads(body or b"{}")))
        except (KeyError, TypeError, ValueError) as failure:
            raise Refused(f"{name} was told {body.decode()}: {failure!r}") from failure

    def _call(self, path: str, query: str, body: bytes) -> Call:
        pairs = parse_qsl(body.decode() if self.command == "POST" else query, keep_blank_values=True)
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        return Call(
            method=self.command,
            path=path,
            pairs=pairs,
            token=token if scheme == "Bearer" else "",
            account=self.headers.get("Stripe-Account") or "",
            key=self.headers.get("Idempotency-Key") or "",
            version=self.headers.get("Stripe-Version") or "",
        )

    def _write(self, given: Answer) -> None:
        content = given.content()
        with contextlib.suppress(ConnectionError):
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", given.content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def _cut(self, *, reset: bool) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            if reset:  # closing then sends a reset in place of an end
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            else:
                self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the library's name
        """Say nothing; the calls are kept in the world."""


class Server(ThreadingHTTPServer):
    """The listening side; ends with all its connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, world: World, listening: socket.socket, keep: Callable[[], None]) -> None:
        self.world, self.keep = world, keep
        self._open: set[socket.socket] = set()
        super().__init__(listening.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.server_port = listening, listening.getsockname()[1]
        world.base_url = world.base_url or f"http://{LOOPBACK}:{self.server_port}"

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, remembering it."""
        self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away; tell of everything else."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def cut_all(self) -> None:
        """End every connection."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def listening_socket(port: int = 0) -> socket.socket:
    """Return a socket of this machine's own that listens already, on a free port when none is named."""
    return socket.create_server((LOOPBACK, port), backlog=256)


class Running:
    """A double that serves from a thread of this process.

    state: a file that it remembers in what it was told, over restarts
    """

    def __init__(
        self, listening: socket.socket | None = None, *, base_url: str = "", state: Path | None = None
    ) -> None:
        self.world = World()
        self.world.base_url = base_url
        self._state = state
        if state:
            memory.recall_from(self.world, state)
        self._listen(listening or listening_socket())
        self.port = self._server.server_port
        self._postman = Postman(self.world)
        self._postman.start()

    def _listen(self, listening: socket.socket) -> None:
        self._server = Server(self.world, listening, self._keep)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="stripe-double", daemon=True
        )
        self._thread.start()

    def _keep(self) -> None:
        if self._state:
            memory.keep(self.world, self._state)

    def go_down(self) -> None:
        """Listen no more: whoever calls is refused by the machine itself."""
        self._server.shutdown()
        self._server.server_close()
        self._server.cut_all()
        self._thread.join()

    def come_up(self) -> None:
        """Listen again, at the same address."""
        self._listen(listening_socket(self.port))

    def stop(self) -> None:
        """End for good."""
        self.world.faults.let_go()
        self._postman.stop()
        self.go_down()
        self._keep()

    def wait(self) -> None:
        """Serve until the thread ends."""
        self._thread.join()

"""A gate before the double of Stripe: open, or a black hole that takes no connection and answers on none."""

import socket
import threading
from types import TracebackType
from typing import Self

PIECE = 65_536
LOOKS = 0.1  # seconds until a thread looks whether the gate is still what it was
FILLERS = 4  # connections that nobody takes: then the kernel drops who asks for another


class Gate:
    """Leads what comes in at an address on to another while it is open; on this machine alone.

    Shut, it drops: who connects hears nothing, and who is connected hears nothing more.
    """

    def __init__(self, beyond: tuple[str, int]) -> None:
        self._beyond, self._fillers = beyond, list[socket.socket]()
        self._is_open, self._is_over, self._rests = threading.Event(), threading.Event(), threading.Event()
        self._is_open.set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=0)
        self._listening.settimeout(LOOKS)
        self.url = "http://127.0.0.1:{1}".format(*self._listening.getsockname())
        threading.Thread(target=self._take, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._is_over.set()
        self.open()
        self._listening.close()

    def shut(self) -> None:
        """Drop everything from now on."""
        self._rests.clear()
        self._is_open.clear()
        self._rests.wait()
        self._fillers = [socket.socket() for _filler in range(FILLERS)]
        for filler in self._fillers:
            filler.setblocking(False)
            filler.connect_ex(self._listening.getsockname())

    def open(self) -> None:
        """Lead on again."""
        for filler in self._fillers:
            filler.close()
        self._fillers = []
        self._is_open.set()

    def _take(self) -> None:
        while not self._is_over.is_set():
            if not self._is_open.is_set():
                self._rests.set()
                self._is_open.wait()
            try:
                came, _address = self._listening.accept()
            except OSError:
                continue
            try:
                gone = socket.create_connection(self._beyond)
            except OSError:
                came.close()
                continue
            came.settimeout(LOOKS)
            gone.settimeout(LOOKS)
            for one, other in ((came, gone), (gone, came)):
                threading.Thread(target=self._lead, args=(one, other), daemon=True).start()

    def _lead(self, one: socket.socket, other: socket.socket) -> None:
        """Hand on what one side says, until it ends or the gate does."""
        while not self._is_over.is_set():
            try:
                said = one.recv(PIECE)
            except TimeoutError:
                continue
            except OSError:
                break
            self._is_open.wait()
            try:
                other.sendall(said)
            except OSError:
                break
            if not said:
                break
        for each in (one, other):
            each.close()

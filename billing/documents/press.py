"""The renderer seen from here: a process of its own, warm, that is told markup and answers with a document."""

import atexit
import io
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Buffer, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from billing.documents import press_program
from billing.models import PrintProblem

SECONDS = 15
MEGABYTES = 512
GRACE_SECONDS = 5  # for hearing what the program itself noticed
STYLE = Path("templates/documents/document.css")
FONTS = Path("studio/static/vendor/inter")
WEIGHTS = {"inter-regular.woff2": 400, "inter-semibold.woff2": 600}
FACE = '@font-face {{ font-family: "Studio Sans"; font-weight: {weight}; src: url("font:{name}"); }}\n'
# Archives keep this kind for decades: all fonts inside, texts readable, and room for an electronic invoice.
VARIANT = "pdf/a-3u"


class NotPrinted(Exception):
    """No document came out."""

    def __init__(self, problem: PrintProblem) -> None:
        super().__init__(problem.label)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may use up.

    seconds: of the processor; where many wait for one, it may take `press_program.PATIENCE` times as long by the clock
    """

    seconds: int = SECONDS
    megabytes: int = MEGABYTES


LIMITS = Limits()


class Press:
    """One program, started when it is first needed and again after it failed; one document at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def print(self, parts: Mapping[str, bytes], *, identifier: str, limits: Limits = LIMITS) -> bytes:
        """Return the document of a page.

        parts: `page`, and the bytes of its images
        identifier: in hex; with the same parts it makes the same document
        raises: NotPrinted
        """
        asked = {
            "seconds": limits.seconds,
            "megabytes": limits.megabytes,
            "identifier": identifier,
        }
        with self._turn:
            try:
                said, found = self._ask(self._running(), asked, parts, _by_the_clock(limits.seconds))
            except (OSError, EOFError, TimeoutError) as exc:
                self._stop()
                raise NotPrinted(PrintProblem.BROKEN) from exc
        if said["problem"]:
            raise NotPrinted(PrintProblem(said["problem"]))
        return found["document"]

    def close(self) -> None:
        """End the program."""
        with self._turn:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._program is not None and self._program.poll() is None:
            return self._program
        self._stop()
        self._folder = tempfile.TemporaryDirectory(prefix="documents-")
        self._program = subprocess.Popen(
            [sys.executable, "-I", press_program.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=self._folder.name,
            start_new_session=True,
            # Nothing of ours, least of all the database's address.
            env={"TMPDIR": self._folder.name, "HOME": self._folder.name, "LANG": "C.UTF-8", "PATH": os.defpath},
        )
        said, _nothing = self._ask(self._program, {"variant": VARIANT}, shelf(), _by_the_clock(SECONDS))
        if said["problem"]:
            self._stop()
            raise NotPrinted(PrintProblem(said["problem"]))
        return self._program

    def _ask(
        self, program: subprocess.Popen[bytes], asked: dict[str, Any], parts: Mapping[str, bytes], seconds: int
    ) -> tuple[dict[str, Any], press_program.Parts]:
        until = time.monotonic() + seconds
        press_program.write_frame(_Pipe(program.stdin, until), asked, dict(parts))
        answer = press_program.read_frame(io.BufferedReader(_Pipe(program.stdout, until)))
        if answer is None:
            raise EOFError
        return answer

    def _stop(self) -> None:
        if self._program is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._program.pid, signal.SIGKILL)  # and whatever child it has
            self._program.wait()
            for pipe in (self._program.stdin, self._program.stdout):
                if pipe is not None:
                    pipe.close()
            self._program = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


class _Pipe(io.RawIOBase):
    """An end of a pipe that is waited for until an instant, and no longer."""

    def __init__(self, pipe: IO[bytes] | None, until: float) -> None:
        super().__init__()
        if pipe is None:
            raise EOFError
        self._end, self._until = pipe.fileno(), until
        os.set_blocking(self._end, False)

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def writable(self) -> bool:
        """Return that it is."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Read what is there, once something is."""
        self._wait([self._end], [])
        return os.readv(self._end, [buffer])

    def write(self, data: Buffer) -> int:
        """Write all of it."""
        left = memoryview(data)
        while left:
            self._wait([], [self._end])
            left = left[os.write(self._end, left) :]
        return memoryview(data).nbytes

    def _wait(self, read: list[int], write: list[int]) -> None:
        seconds = self._until - time.monotonic()
        if seconds <= 0 or not any(select.select(read, write, [], seconds)):
            raise TimeoutError


def _by_the_clock(seconds: int) -> int:
    return seconds * press_program.PATIENCE + GRACE_SECONDS


@cache
def shelf() -> Mapping[str, bytes]:
    """Return what all documents share: `style`, and in `faces` what names its fonts, and the fonts by those names."""
    faces = "".join(FACE.format(weight=weight, name=name) for name, weight in WEIGHTS.items())
    style = (settings.BASE_DIR / STYLE).read_bytes()
    fonts = {f"font:{name}": (settings.BASE_DIR / FONTS / name).read_bytes() for name in WEIGHTS}
    return {"faces": faces.encode(), "style": style, **fonts}


_press = Press()
atexit.register(_press.close)


def the_press() -> Press:
    """Return the one of this process."""
    return _press

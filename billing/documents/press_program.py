"""The program that lays out pages, started by `press`: it knows no studio, no database and no secret.

It is told style and fonts once, and makes ready what all documents share. Each document is then laid out in a child
of its own, which has limits, reads nothing but what came with it, and ends. In and out: a line of JSON, and behind it
as many bytes as the line says.
"""

import gc
import io
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

MEGABYTE = 1024 * 1024
PATIENCE = 4  # by the clock, for each second of the processor
BLOCK = 1 << 16
# What a child says by ending.
DONE, BROKEN, TOO_LARGE = 0, 1, 3
LARGEST_FONT = 8 * MEGABYTE  # the only files that a child writes, into a folder that is emptied behind it
MOST_PIXELS, LOGO_PIXELS = 40_000_000, (1400, 500)
LOGO_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
LOGO, CODE = "part:logo", "part:code"
WOFF2 = b"wOF2"
# Nobody's page, with something of all that a page of ours has: two weights, a table, a drawing.
BLANK = f'<h1>1</h1><table class="lines"><tr><td>1</table><img src="{CODE}">'.encode()
BLANK_CODE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
THREADS, A_MOMENT = Path("/proc/self/task"), 0.01

type Parts = dict[str, bytes]


def read_frame(source: BinaryIO) -> tuple[dict[str, Any], Parts] | None:
    """Return what is asked and the bytes that came with it, by name; None at the end."""
    line = source.readline()
    if not line:
        return None
    asked = json.loads(line)
    return asked, {name: source.read(size) for name, size in asked["sizes"].items()}


def write_frame(sink: BinaryIO | io.RawIOBase, said: dict[str, Any], parts: Parts) -> None:
    """Say something, with bytes behind it."""
    sizes = {name: len(data) for name, data in parts.items()}
    sink.write(json.dumps({**said, "sizes": sizes}).encode() + b"\n" + b"".join(parts.values()))
    sink.flush()


def leave_the_network() -> bool:
    """Go where no other machine can be reached, and not even this one; return whether the system lets us."""
    if not hasattr(os, "unshare"):
        return False
    for flags in (os.CLONE_NEWNET, os.CLONE_NEWUSER | os.CLONE_NEWNET):
        with suppress(OSError):
            os.unshare(flags)
            return True
    return False


def main() -> None:
    """Lay out documents until nothing more is asked."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    first = read_frame(source)
    if first is None:
        return
    try:
        import_module("weasyprint")
    except OSError as exc:  # one of the libraries that it needs
        write_frame(sink, {"problem": "no_renderer", "said": str(exc)[:500]}, {})
        return
    leave_the_network()
    stock = made_ready(first[1], first[0]["variant"])
    write_frame(sink, {"problem": ""}, {})
    while frame := read_frame(source):
        problem, document = in_a_child(*frame, stock)
        write_frame(sink, {"problem": problem}, {"document": document})


@dataclass(frozen=True, slots=True)
class Stock:
    """What all documents share.

    fonts: by the names that `faces` gives them
    faces: the rules that name them; each child registers them for itself, as files that end with it
    style: parsed
    variant: of PDF
    """

    fonts: Parts
    faces: str
    style: Any
    variant: str


def made_ready(shelf: Parts, variant: str) -> Stock:
    """Return what all documents share, after all is done that the renderer does at its first document.

    A fork copies only the thread that calls it, so what the renderer began in others has to be over before the first.
    """
    fonts = {name: _opened(data) for name, data in shelf.items() if name not in {"faces", "style"}}
    style = import_module("weasyprint").CSS(string=shelf["style"].decode(), url_fetcher=Shelf({}))
    stock = Stock(fonts, shelf["faces"].decode(), style, variant)
    import_module("PIL.Image").init()
    lay_out("", {"page": BLANK, "code": BLANK_CODE}, stock)
    gc.collect()
    gc.disable()  # each child ends before there is garbage worth looking for: half the time of a long document
    until = time.monotonic() + 1
    while THREADS.exists() and len(list(THREADS.iterdir())) > 1 and time.monotonic() < until:
        time.sleep(A_MOMENT)
    _tidy()
    return stock


def _opened(data: bytes) -> bytes:
    """Return what stands on the shelf; fonts unpacked, once for all documents."""
    if not data.startswith(WOFF2):
        return data
    font = io.BytesIO()
    import_module("fontTools.ttLib.woff2").decompress(io.BytesIO(data), font)
    return font.getvalue()


# In a child ---------------------------------------------------------------------------------------


def in_a_child(asked: dict[str, Any], parts: Parts, stock: Stock) -> tuple[str, bytes]:
    """Lay out a document in a child and return what is wrong with it, or "", and the document."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = BROKEN
        try:
            os.close(reader)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library says is no answer of ours
            set_limits(seconds=asked["seconds"], megabytes=asked["megabytes"])
            document = lay_out(asked["identifier"], parts, stock)
            with os.fdopen(writer, "wb") as out:
                out.write(document)
            code = DONE
        except MemoryError:
            code = TOO_LARGE
        finally:
            _end(code)
    os.close(writer)
    data, is_late = _gather(reader, child, time.monotonic() + asked["seconds"] * PATIENCE)
    _, status = os.waitpid(child, 0)
    _tidy()
    return _problem(status, is_late=is_late), data


def _end(code: int) -> None:
    """End a child here and now, without what its parent would have done at its own end."""
    try:
        if code == BROKEN:
            sys.stderr.write(f"A document could not be laid out: {sys.exc_info()[0]}\n")
            sys.stderr.flush()
    finally:
        os._exit(code)


def set_limits(*, seconds: int, megabytes: int) -> None:
    """Bound what this process may use up."""
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_DATA, megabytes * MEGABYTE),
        (resource.RLIMIT_FSIZE, LARGEST_FONT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _gather(reader: int, child: int, until: float) -> tuple[bytes, bool]:
    """Return what a child writes, and whether it was stopped for being late."""
    data = bytearray()
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while (left := until - time.monotonic()) > 0:
            if select.select([pipe], [], [], left)[0]:
                block = pipe.read(BLOCK)
                if not block:
                    return bytes(data), False
                data += block
        os.kill(child, signal.SIGKILL)
    return b"", True


def _problem(status: int, *, is_late: bool) -> str:
    if is_late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL}):
        return "too_slow"
    code = os.waitstatus_to_exitcode(status)
    return {DONE: "", TOO_LARGE: "too_large"}.get(code, "broken")


def _tidy() -> None:
    """Remove what a child left in the folder for passing files, which is this program's own."""
    for path in Path(tempfile.gettempdir()).glob("weasyprint-*"):
        shutil.rmtree(path, ignore_errors=True)


def lay_out(identifier: str, parts: Parts, stock: Stock) -> bytes:
    """Return the document of a page of markup.

    identifier: in hex
    parts: `page`, and what its images show
    """
    weasyprint = import_module("weasyprint")
    fetcher = Shelf({**stock.fonts, **_images(parts)})
    fonts = import_module("weasyprint.text.fonts").FontConfiguration()
    faces = weasyprint.CSS(string=stock.faces, url_fetcher=fetcher, font_config=fonts)
    page = weasyprint.HTML(string=parts["page"].decode(), url_fetcher=fetcher)
    document: bytes = page.write_pdf(
        stylesheets=[faces, stock.style],
        font_config=fonts,
        pdf_variant=stock.variant,
        pdf_identifier=bytes.fromhex(identifier),
    )
    return document


def _images(parts: Parts) -> Parts:
    """Return what images may show: a code as it was drawn, a logo as we write it anew."""
    found = {CODE: parts["code"]} if "code" in parts else {}
    if "logo" in parts and (logo := redrawn(parts["logo"])):
        found[LOGO] = logo
    return found


def redrawn(data: bytes) -> bytes | None:
    """Return an image as PNG, no larger than it is shown; None for what is no image, or far too large a one."""
    images = import_module("PIL.Image")
    files: Any = import_module("PIL.ImageFile")
    files.LOAD_TRUNCATED_IMAGES = False  # the renderer would draw half of it
    try:
        with images.open(io.BytesIO(data), formats=LOGO_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            image.thumbnail(LOGO_PIXELS)
            drawn = io.BytesIO()
            image.convert("RGBA" if image.has_transparency_data else "RGB").save(drawn, "PNG")
    except (OSError, ValueError, SyntaxError):
        return None
    return drawn.getvalue()


class Shelf:
    """What answers whenever the renderer wants to fetch something: it knows no way to open anything else."""

    _fail_on_errors = False  # an image that is not there is left out

    def __init__(self, things: Parts) -> None:
        self._things = things

    def __call__(self, url: str) -> Any:
        """Return what stands on the shelf under that very name.

        raises: ValueError for all else
        """
        if url not in self._things:
            raise ValueError("Nothing is fetched.")
        kind = "image/svg+xml" if url == CODE else "image/png" if url == LOGO else "font/otf"
        answer = import_module("weasyprint.urls").URLFetcherResponse
        return answer(url, self._things[url], {"Content-Type": kind})


if __name__ == "__main__":
    main()

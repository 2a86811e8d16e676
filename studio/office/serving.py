"""Answering with the bytes of a stored file: all of them, or the part a player asks for."""

import re
from io import BytesIO

from django.core.files.base import File
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header

from studio.office.contents import AUDIO
from studio.office.models import StoredFile
from studio.office.services import files
from studio.office.storage import store

DIRECT_SECONDS = 60  # it is enough to begin; whoever comes later asks us again
RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")
MOST_DIGITS = 18
# Nothing of ours is ever run or shown as a page, is kept by others, or tells where somebody came from.
GUARDED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, max-age=3600",
}


def file_response(request: HttpRequest, stored: StoredFile, *, as_download: bool) -> HttpResponseBase:
    """Return the answer to a request for a file; from a bucket the browser fetches the bytes itself.

    as_download: to be saved; anything but audio always is
    raises: FileNotFoundError
    """
    as_download = as_download or stored.content_type not in AUDIO
    direct = store().timed_url(
        files.own_key(stored),
        seconds=DIRECT_SECONDS,
        content_type=stored.content_type,
        disposition=content_disposition_header(as_download, stored.name) or "inline",
    )
    if direct is not None:
        return HttpResponseRedirect(direct, headers={**GUARDED, "Cache-Control": "no-store"})
    headers = {**GUARDED, "Accept-Ranges": "bytes", "ETag": f'"{stored.sha256}"'}
    asked = _asked(request, stored)
    if asked is not None and not asked:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{stored.size}"})
    part = range(stored.size) if asked is None else asked
    response = FileResponse(
        _Part(files.open_file(stored), part),
        as_attachment=as_download,
        filename=stored.name,
        content_type=stored.content_type,
        headers=headers,
    )
    response["Content-Length"] = str(len(part))
    if asked is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{stored.size}"
    return response


def bytes_response(*, data: bytes, name: str, digest: str, content_type: str) -> HttpResponseBase:
    """Return the answer with bytes that are in hand, to be saved.

    digest: SHA-256 of them, in hex
    """
    headers = {**GUARDED, "ETag": f'"{digest}"', "Content-Length": str(len(data))}
    return FileResponse(BytesIO(data), as_attachment=True, filename=name, content_type=content_type, headers=headers)


class _Part:
    """Some consecutive bytes of an open file."""

    def __init__(self, file: File[bytes], part: range) -> None:
        self.file, self.left = file, len(part)
        file.seek(part.start)

    def read(self, most: int) -> bytes:
        """Return the next bytes, empty behind the last."""
        block: bytes = self.file.read(min(most, self.left))
        self.left -= len(block)
        return block

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def _asked(request: HttpRequest, stored: StoredFile) -> range | None:
    """Return the bytes that a request asks for; None: all; an empty range: some that do not exist."""
    match = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if not match or request.headers.get("If-Range", f'"{stored.sha256}"') != f'"{stored.sha256}"':
        return None
    first, last = match["first"], match["last"]
    if max(len(first), len(last)) > MOST_DIGITS or not (first or last):
        return None
    if not first:
        return range(max(stored.size - int(last), 0), stored.size)
    end = min(int(last) + 1, stored.size) if last else stored.size
    return range(int(first), end)

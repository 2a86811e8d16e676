"""Answering with a list as a file: written down in the trail, and kept by nobody on the way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import urlencode

from django.db import models
from django.http import FileResponse, HttpRequest
from django.utils import timezone

from studio.accounts.requests import actor_of
from studio.accounts.services import exports
from studio.spreadsheet import write_csv, write_xlsx

KINDS = {
    "csv": ("text/csv; charset=utf-8", write_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
}
IN_MEMORY = 2 * 1024 * 1024  # bytes; the rest of a long list waits in a file


def table_file(
    request: HttpRequest,
    *,
    name: str,
    kind: str,
    head: Sequence[object],
    rows: Iterable[Sequence[object]],
    of: type[models.Model],
    subject: models.Model | None = None,
) -> FileResponse:
    """Return the answer that saves a table as `name`.`kind`; the trail tells how many rows, of what and chosen how.

    kind: one of KINDS
    of: what the rows are
    subject: the one thing whose rows they are; None: they are the studio's
    The file is written before it is sent: by then the request has left the studio.
    """
    content_type, write_table = KINDS[kind]

    def write(file: IO[bytes], lines: Iterable[Sequence[object]]) -> None:
        write_table(file, head, lines)

    name = f"{name}.{kind}"
    return kept_file(
        request, filename=name, content_type=content_type, write=write, rows=rows, kind=kind, of=of, subject=subject
    )


def kept_file(
    request: HttpRequest,
    *,
    filename: str,
    content_type: str,
    write: Callable[[IO[bytes], Iterable[Sequence[object]]], None],
    rows: Iterable[Sequence[object]],
    kind: str,
    of: type[models.Model],
    subject: models.Model | None = None,
) -> FileResponse:
    """Return the answer that saves rows as a file of another kind, with the same line in the trail."""
    with ExitStack() as on_failure:
        file = on_failure.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        counted = _Counted(rows)
        write(file, counted)
        exports.note_export(
            rows=of,
            count=counted.count,
            filters=urlencode(sorted(request.GET.items())),
            kind=kind,
            subject=subject,
            actor=actor_of(request),
            now=timezone.now(),
        )
        file.seek(0)
        on_failure.pop_all()  # from here on the response closes it
    return FileResponse(
        file,
        as_attachment=True,
        filename=filename,
        content_type=content_type,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


class _Counted:
    """Rows on their way, and how many have passed."""

    def __init__(self, rows: Iterable[Sequence[object]]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Sequence[object]]:
        for row in self.rows:
            self.count += 1
            yield row

"""Reading tables that somebody sends, as CSV or XLSX: every bound is checked before anything is unpacked or parsed.

A table is text: what is in a cell is returned as it would be typed, and understood by whoever asked for it.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from studio.errors import DomainError

MEBIBYTE = 1024 * 1024
MOST_BYTES = 5 * MEBIBYTE
MOST_ROWS = 10_000
MOST_COLUMNS = 100
LONGEST_CELL = 32_767  # what a spreadsheet program takes into one
# A workbook, unpacked.
MOST_UNPACKED = 40 * MEBIBYTE
MOST_PACKED_RATIO = 100  # beyond this, from a mebibyte on, it is no list that somebody typed
MOST_ENTRIES = 500
MOST_PART = 2 * MEBIBYTE  # of a part other than the sheets and their texts
MOST_CELLS = 250_000
CHUNK = 256 * 1024
LARGE_PARTS = ("xl/worksheets/sheet", "xl/sharedstrings")

ZIP = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
DELIMITERS = (",", ";", "\t", "|")
SNIFFED_LINES = 30
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
ROW, CELL, TEXT = re.compile(rb"<(?:\w+:)?row\b[^>]*"), re.compile(rb"<(?:\w+:)?c[ />]"), re.compile(rb"<(?:\w+:)?si\b")
ROW_NUMBER = re.compile(rb'\br="(\d{1,9})"')


class UnreadableTable(DomainError):
    """The file is no table that can be read."""

    status_code = 400


class TableTooLarge(DomainError):
    """The file, or what is in it, is more than is taken at once."""

    status_code = 413


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says.

    heads: the first row that says anything
    rows: (number as a spreadsheet program counts, cells), those that say nothing left out; as many cells as heads,
        or more where a row says something beyond them
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(data: bytes) -> Table:
    """Return the table in a file; which kind of file it is gets found in its bytes.

    raises: UnreadableTable, TableTooLarge
    """
    if len(data) > MOST_BYTES:
        raise TableTooLarge(_("A list may have %(limit)d MB at most.") % {"limit": MOST_BYTES // MEBIBYTE})
    if data.startswith(OLD_WORKBOOK):
        raise UnreadableTable(_("This is a workbook of an old kind. Save it as .xlsx or .csv and send that."))
    lines = _workbook_lines(data) if data.startswith(ZIP) else _text_lines(data)
    return _table(lines)


def _table(lines: Iterable[tuple[int, Sequence[str]]]) -> Table:
    heads: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = []
    for number, line in lines:
        cells = [cell.strip() for cell in line]
        if not any(cells):
            continue
        _insist_on_cells(number, cells)
        if not heads:
            heads = tuple(cells[: _width(cells)])
            continue
        if len(rows) == MOST_ROWS:
            raise TableTooLarge(_("A list may have %(limit)d rows at most.") % {"limit": MOST_ROWS})
        rows.append((number, tuple(cells[: _width(cells)] + [""] * (len(heads) - _width(cells)))))
    if not heads:
        raise UnreadableTable(_("There is nothing in this file."))
    return Table(heads, tuple(rows))


def _width(cells: Sequence[str]) -> int:
    return max(position for position, cell in enumerate(cells, 1) if cell)


def _insist_on_cells(number: int, cells: Sequence[str]) -> None:
    if len(cells) > MOST_COLUMNS and _width(cells) > MOST_COLUMNS:
        raise TableTooLarge(_("A list may have %(limit)d columns at most.") % {"limit": MOST_COLUMNS})
    if any(len(cell) > LONGEST_CELL for cell in cells):
        facts = {"row": number, "limit": LONGEST_CELL}
        raise TableTooLarge(_("Row %(row)d has a cell of more than %(limit)d characters.") % facts)


# Text -----------------------------------------------------------------------------------------------


def _text_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(data)
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            sentence = _("Row %(row)d cannot be read: a quotation mark that is never closed, perhaps.")
            raise UnreadableTable(sentence % {"row": number}) from error


def _decoded(data: bytes) -> str:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _decode(data, encoding)
    if data.count(0) > len(data) // 4:  # every second byte of plain Latin text in UTF-16
        return _decode(data, "utf-16-le" if data[1:2] == b"\x00" else "utf-16-be")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _decode(data, "cp1252")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        sentence = _("The letters in this file cannot be read. Save it as .xlsx, or as .csv in UTF-8.")
        raise UnreadableTable(sentence) from error


def _delimiter(text: str) -> str:
    """Return the sign that parts the first lines into the most columns, the same number in each."""
    lines = StringIO(text[:CHUNK], newline="")
    first = [line for _number, line in zip(range(SNIFFED_LINES), lines, strict=False)]
    return max(DELIMITERS, key=lambda sign: _parts(first, sign))


def _parts(lines: Sequence[str], sign: str) -> tuple[int, int]:
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=sign) if any(row)]
    except csv.Error:
        return 0, 0
    if not widths or widths[0] == 1:
        return 0, 0
    return sum(width == widths[0] for width in widths), widths[0]


# Workbooks ------------------------------------------------------------------------------------------


def _workbook_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 -- slow import

    _insist_on_harmless(data)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the sheet says of its own size may be wrong
        for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), 1):
            yield number, [_shown(value) for value in row]
    except DomainError:
        raise
    except Exception as error:  # whatever a damaged workbook makes the library raise
        raise UnreadableTable(_("This workbook is damaged. Open it, save it anew as .xlsx and send that.")) from error


def _shown(value: Any) -> str:
    """Return what is in a cell as somebody would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | str):
        return str(value)
    number = str(value)
    return number.removesuffix(".0")


def _insist_on_harmless(data: bytes) -> None:
    """Pass when a workbook can be read in little time and room.

    raises: UnreadableTable, TableTooLarge
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _insist_on_sizes(entries, len(data))
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels")):
                    _insist_on_part(archive, entry)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:  # damaged, or with a password
        raise UnreadableTable(_("This workbook is damaged or has a password.")) from error


def _insist_on_sizes(entries: Sequence[ZipInfo], packed: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)  # no more than this is ever unpacked
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED:
        raise TableTooLarge(_("There is too much in this workbook. Keep the one sheet with the list and send that."))
    if unpacked > MEBIBYTE and unpacked > packed * MOST_PACKED_RATIO:
        raise TableTooLarge(_("This workbook unpacks to something much larger than a list."))
    if any(entry.file_size > MOST_PART and not _may_be_large(entry) for entry in entries):
        raise TableTooLarge(_("There is too much in this workbook. Keep the one sheet with the list and send that."))


def _may_be_large(entry: ZipInfo) -> bool:
    name = entry.filename.lower()
    return name.startswith(LARGE_PARTS) or not name.endswith((".xml", ".rels"))


def _insist_on_part(archive: ZipFile, entry: ZipInfo) -> None:
    """Count what is in a part while it streams by; a declaration of entities has no place in any."""
    cells = rows = texts = 0
    rest = b""
    with archive.open(entry) as part:
        while piece := part.read(CHUNK):
            seen = rest + piece
            end = max(seen.rfind(b">") + 1, len(seen) - CHUNK)  # a tag is counted where it ends
            whole, rest = seen[:end], seen[end:]
            if b"<!" in whole.replace(b"<![CDATA[", b"").replace(b"<!--", b"") or b"\x00" in whole:
                raise UnreadableTable(_("This workbook declares things that no list needs. It is not opened."))
            cells += len(CELL.findall(whole))
            texts += len(TEXT.findall(whole))
            for row in ROW.finditer(whole):
                rows += 1
                number = ROW_NUMBER.search(row[0])
                rows = max(rows, int(number[1])) if number else rows
            if rows > MOST_ROWS + 1:
                raise TableTooLarge(_("A list may have %(limit)d rows at most.") % {"limit": MOST_ROWS})
            if cells > MOST_CELLS or texts > MOST_CELLS:
                raise TableTooLarge(_("A list may have %(limit)d cells at most.") % {"limit": MOST_CELLS})

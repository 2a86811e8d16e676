"""Tables as files that spreadsheet programs open, without giving them anything to run."""

import csv
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO, StringIO

# A cell that begins so is taken for a formula by some program; the apostrophe makes it text in all of them.
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
# No XML holds these, so no XLSX does.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheet programs guess the encoding


def cell(value: object) -> str:
    """Return a value as text that no spreadsheet program takes for a formula; nothing is an empty cell."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_BEGINNINGS) else text


def without_guard(text: str) -> str:
    """Return what `cell` was given: a list of ours that comes back says what it said."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_BEGINNINGS) else text


def csv_file(head: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file: UTF-8, commas, every cell made harmless."""
    lines = StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow([cell(value) for value in head])
    writer.writerows([cell(value) for value in row] for row in rows)
    return (BYTE_ORDER_MARK + lines.getvalue()).encode()


def xlsx_file(head: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """Return an XLSX file: numbers as numbers, every other cell as harmless text."""
    from openpyxl import Workbook  # noqa: PLC0415 -- slow import

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (head, *rows):
        sheet.append([_typed(value) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _typed(value: object) -> int | Decimal | str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    return NOT_IN_XML.sub("", cell(value))

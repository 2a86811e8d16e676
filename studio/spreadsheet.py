"""Tables as files that spreadsheet programs open, without giving them anything to run."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper
from typing import IO, Any

# A cell that begins so is taken for a formula by some program, also behind blanks and in full width; the apostrophe
# makes it text in all of them.
FORMULA = re.compile("[ \u00a0\u3000]*[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]")
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheet programs guess the encoding
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_CELL = 32_767  # what a spreadsheet program takes into one


def cell(value: object) -> str:
    """Return a value as text that no spreadsheet program takes for a formula; nothing is an empty cell."""
    text = "" if value is None else str(value)
    if isinstance(value, int | Decimal):
        return text  # a number below zero is one
    return f"'{text}" if FORMULA.match(text) else text


def without_guard(text: str) -> str:
    """Return what `cell` was given: a list of ours that comes back says what it said."""
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def csv_file(head: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file: UTF-8, commas, every cell made harmless."""
    lines = StringIO(newline="")
    _write_lines(lines, head, rows)
    return (BYTE_ORDER_MARK + lines.getvalue()).encode()


def write_csv(file: IO[bytes], head: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    """Write what `csv_file` returns, row by row."""
    lines = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    _write_lines(lines, head, rows)
    lines.detach()


def _write_lines(lines: Any, head: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow([cell(value) for value in head])
    writer.writerows([cell(value) for value in row] for row in rows)


def write_xlsx(file: IO[bytes], head: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    """Write a workbook row by row: numbers and dates are such, and every text is a text, whatever it begins with."""
    from openpyxl import Workbook  # noqa: PLC0415 -- slow import
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 -- slow import

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"

    def typed(value: object) -> Any:
        if value is None or isinstance(value, int | Decimal):
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        made = WriteOnlyCell(sheet, value="")
        made.value = NO_XML.sub("", str(value))[:LONGEST_CELL]
        made.data_type = "s"
        return made

    sheet.append([typed(value) for value in head])
    for row in rows:
        sheet.append([typed(value) for value in row])
    book.save(file)


def xlsx_file(head: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """Return what `write_xlsx` writes."""
    file = BytesIO()
    write_xlsx(file, head, rows)
    return file.getvalue()

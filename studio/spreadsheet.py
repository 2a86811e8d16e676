"""Tables as files that spreadsheet programs open, without giving them anything to run."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from typing import IO, Any

# A cell that begins so is taken for a formula by some program, also behind blanks and in full width; the apostrophe
# makes it text in all of them.
FORMULA = re.compile("[ \u00a0\u3000]*[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]")
# What may stand as it is although it begins so: a telephone number in international form. Digits in groups parted by
# one blank are no number and no formula anywhere; those of E.164 without blanks are at worst shown without their plus.
# Brackets, dashes, dots and letters would be reckoned with, so they keep their apostrophe.
TELEPHONE = re.compile(r"\+[1-9](?:[0-9]{6,14}|[0-9]{0,2}(?: [0-9]{1,4}){2,6})", re.ASCII)
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_CELL = 32_767  # what a spreadsheet program takes into one


def cell(value: object) -> str:
    """Return a value as text that no spreadsheet program takes for a formula; nothing is an empty cell."""
    text = "" if value is None else str(value)
    if isinstance(value, int | Decimal):
        return text  # a number below zero is one
    return f"'{text}" if FORMULA.match(text) and not TELEPHONE.fullmatch(text) else text


def without_guard(text: str) -> str:
    """Return what `cell` was given: a list of ours that comes back says what it said."""
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def write_csv(file: IO[bytes], head: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    """Write CSV row by row: UTF-8 with a mark, without which programs guess, commas, every cell made harmless."""
    lines = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow([cell(value) for value in head])
    writer.writerows([cell(value) for value in row] for row in rows)
    lines.detach()


def write_xlsx(file: IO[bytes], head: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    """Write a workbook row by row: numbers and dates are such, and every text is a text, whatever it begins with."""
    import openpyxl  # noqa: PLC0415 -- slow import

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"

    def typed(value: object) -> Any:
        if value is None or isinstance(value, int | Decimal):
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        made = openpyxl.cell.WriteOnlyCell(sheet, value="")
        made.value = NO_XML.sub("", str(value))[:LONGEST_CELL]
        made.data_type = "s"
        return made

    try:
        sheet.append([typed(value) for value in head])
        for row in rows:
            sheet.append([typed(value) for value in row])
    except BaseException:
        book.save(BytesIO())  # ends the sheet and removes the file that it is written to on the way
        raise
    book.save(file)

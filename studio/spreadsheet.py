"""Tables as files that spreadsheet programs open, without giving them anything to run."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# A cell that begins so is taken for a formula by some program; the apostrophe makes it text in all of them.
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
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

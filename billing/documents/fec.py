"""The journal as the French tax office takes it: the file of entries with its 18 columns (LPF A. 47 A-1)."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import IO

from studio.spreadsheet import cell

COLUMNS = (
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum"),
    *("CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet"),
    *("ValidDate", "Montantdevise", "Idevise"),
)
BETWEEN = "\t"
APART = re.compile(r"[\x00-\x1f\x7f|\u0085\u2028\u2029]+")  # what would begin another field or line somewhere
SIREN = re.compile(r"(?<![0-9])[0-9]{9}(?:[0-9]{5})?(?![0-9])")


def fec_name(registration: str, last: date) -> str:
    """Return the name that the file has to have: SIREN, FEC and the last day.

    registration: of the studio: SIREN or SIRET, whatever else stands beside it
    """
    found = SIREN.search(re.sub(r"\s", "", registration))
    return f"{found[0][:9] if found else '000000000'}FEC{last:%Y%m%d}"


def write_fec(file: IO[bytes], rows: Iterable[Sequence[object]]) -> None:
    """Write the head and the rows of 18 values, line by line: UTF-8, tabs between, days and amounts as asked.

    Bookkeepers open it in a spreadsheet, so that no name begins as a formula: an apostrophe stands before it.
    """
    file.write(_line(COLUMNS))
    for row in rows:
        file.write(_line([_field(value) for value in row]))


def _line(fields: Sequence[str]) -> bytes:
    return (BETWEEN.join(fields) + "\r\n").encode()


def _field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    if isinstance(value, Decimal):
        return f"{value:.2f}".replace(".", ",")
    return cell(APART.sub(" ", str(value)).strip())

"""Tables that somebody sends: read whatever the encoding, and refused in no time where they are bombs."""

import io
import subprocess
import sys
import zipfile

import openpyxl
import pytest
from django.utils.dateparse import parse_date, parse_datetime

from studio.sheets import MOST_ROWS, UnreadableTable, read_table
from tests.source_tree import ROOT

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
TAIL = b"</sheetData></worksheet>"
SHEET, STRINGS, STYLES, BOOK = (
    f"xl/{name}.xml" for name in ("worksheets/sheet1", "sharedStrings", "styles", "workbook")
)
ACCENTED = "Pr\u00e9nom;Ville\n\u00c9lise;N\u00eemes\n"


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def with_part(name, content, data=None):
    """A workbook with one part that says something else."""
    source = zipfile.ZipFile(io.BytesIO(data or workbook(["Name"], ["Ann"])))
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in {*source.namelist(), name}:
            archive.writestr(each, content if each == name else source.read(each))
    return changed.getvalue()


# Text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_letters_are_read_in_whatever_encoding(encoding):
    table = read_table(ACCENTED.encode(encoding))

    assert (table.heads, table.rows) == (("Pr\u00e9nom", "Ville"), ((2, ("\u00c9lise", "N\u00eemes")),))


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_columns_are_parted_by_whatever_parts_them(sign):
    lines = [["Name", "City"], ["Ann, the first", "Lyon; France"], ["Bob | Co", "Nice\tSud"]]
    text = "\n".join(sign.join(f'"{cell}"' for cell in line) for line in lines)

    assert read_table(text.encode()).rows == ((2, ("Ann, the first", "Lyon; France")), (3, ("Bob | Co", "Nice\tSud")))


def test_rows_are_numbered_as_a_spreadsheet_program_counts_them():
    table = read_table(b"\r\nName,City\r\n\r\nAnn\r\n,,\r\nBob,Nice,more\r\n")

    assert table.rows == ((4, ("Ann", "")), (6, ("Bob", "Nice", "more")))


@pytest.mark.parametrize(
    "data", [bytes(range(128, 256)) * 40, b'Name\n"Ann\n' + b"x,y\n" * 60_000], ids=["no text", "open"]
)
def test_what_is_no_text_is_refused(data):
    with pytest.raises(UnreadableTable):
        read_table(data)


# Workbooks --------------------------------------------------------------------------------------------


def test_cells_are_read_as_they_would_be_typed():
    data = workbook(
        ["Name", "Born", "At", "Phone", "Share", "VIP", "Sum"],
        ["\u00c9lise", parse_date("1990-05-01"), parse_datetime("2026-01-02 03:04"), 612345678.0, 12.5, True, "=1+1"],
    )

    assert read_table(data).rows == (
        (2, ("\u00c9lise", "1990-05-01", "2026-01-02 03:04:00", "612345678", "12.5", "yes", "")),
    )


def test_rows_that_are_missing_are_counted():
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A5"] = "Name", "Ann"
    data = io.BytesIO()
    book.save(data)

    assert read_table(data.getvalue()).rows == ((5, ("Ann",)),)


ROW = b'<row><c t="inlineStr"><is><t>a</t></is></c></row>'
BOMBS = {
    "200 MiB of blanks": lambda: with_part(SHEET, HEAD + b" " * (200 << 20) + TAIL),
    "a million rows": lambda: with_part(SHEET, HEAD + ROW * 1_000_000 + TAIL),
    "the last row": lambda: with_part(SHEET, HEAD + ROW.replace(b"<row", b'<row r="1048576"') + TAIL),
    "16,384 columns": lambda: with_part(SHEET, HEAD + b"<row>" + ROW[5:-6] * 16_384 + b"</row>" + TAIL),
    "a cell of 10 MB": lambda: with_part(SHEET, HEAD + ROW.replace(b">a<", b">" + b"ab" * (5 << 20) + b"<") + TAIL),
    "entities": lambda: with_part(
        SHEET, b'<!DOCTYPE x [<!ENTITY a "aaa">]>' + HEAD + ROW.replace(b">a<", b">&a;<") + TAIL
    ),
    "an external entity": lambda: with_part(BOOK, b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><workbook/>'),
    "entities in UTF-16": lambda: with_part(SHEET, '<!DOCTYPE x [<!ENTITY a "a">]><x/>'.encode("utf-16")),
    "a million texts": lambda: with_part(
        STRINGS, f'<sst xmlns="{MAIN}">'.encode() + b"<si><t>a</t></si>" * 1_000_000 + b"</sst>"
    ),
    "a million styles": lambda: with_part(STYLES, f'<styleSheet xmlns="{MAIN}">'.encode() + b"<xf/>" * 1_000_000),
    "a damaged archive": lambda: workbook(["Name"])[:-100],
    "no workbook": lambda: b"PK\x03\x04" + b"x" * 1000,
    "an old workbook": lambda: b"\xd0\xcf\x11\xe0" + b"x" * 1000,
    "a million lines": lambda: b"a,b\n" * 1_000_000,
}


# A process of its own: what it used at most is the bomb's doing. What it loads for any workbook is there before.
READER = """
import openpyxl, re, sys, time
from django.conf import settings
settings.configure(USE_I18N=False)
from studio import sheets

def most_memory():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) << 10

data = sys.stdin.buffer.read()
sheets.MOST_ROWS = int(sys.argv[1])
before, begun = most_memory(), time.process_time()
try:
    sheets.read_table(data)
except (sheets.TableTooLarge, sheets.UnreadableTable) as refusal:
    print(refusal)
else:
    print("taken")
print(time.process_time() - begun)
print(most_memory() - before)
"""


def reading(data, most_rows=MOST_ROWS):
    """What is said of a table, the seconds and the bytes that it took."""
    command = [sys.executable, "-W", "ignore", "-c", READER, str(most_rows)]
    said, seconds, most = subprocess.run(
        command, cwd=ROOT, input=data, capture_output=True, check=True
    ).stdout.splitlines()
    return said.decode(), float(seconds), int(most)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_within_two_seconds_and_150_mebibytes(bomb):
    said, seconds, most = reading(BOMBS[bomb]())

    assert said.endswith(".")
    assert seconds < 2
    assert most < 150 << 20


def test_a_bomb_that_is_taken_is_seen_to_cost_more():
    said, _seconds, most = reading(BOMBS["a million lines"](), most_rows=1_000_000)

    assert said == "taken"
    assert most > 150 << 20


def test_the_largest_list_that_is_taken_is_read():
    data = workbook(*[[f"{row}-{column}" for column in range(12)] for row in range(MOST_ROWS)])

    assert len(read_table(data).rows) == MOST_ROWS - 1

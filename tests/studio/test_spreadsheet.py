import csv
import io

import pytest

from studio.spreadsheet import cell, write_csv


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_never_begins_as_a_formula(beginning):
    assert cell(f"{beginning}cmd|' /C calc'!A0") == f"'{beginning}cmd|' /C calc'!A0"


@pytest.mark.parametrize("number", ["+33612345678", "+33 6 12 34 56 78", "+1 555 0100 200"])
def test_a_telephone_number_stays_as_it_is(number):
    assert cell(number) == number


@pytest.mark.parametrize(
    "formula",
    [
        *("+33 6", "+33-6-12-34-56", "+1 (555) 0100 20", "+33.6.12.34", "+33 6 12 34 56 78\n=1+1", "+33 6 12 34A1"),
        *(
            "++33 6 12 34 56",
            "+0 12 34 56",
            "+33  6 12 34 56",
            " +33 6 12 34 56 78",
            "+33612345678901234",
            "-33 6 12 34",
        ),
        "+\u0663\u0663 6 12 34 56",
    ],
)
def test_what_only_begins_like_a_telephone_number_is_made_harmless(formula):
    assert cell(formula) == f"'{formula}"


def test_other_cells_are_left_as_they_are():
    assert [cell(value) for value in ("a=1", None, 0, "", "Zo\u00eb")] == ["a=1", "", "0", "", "Zo\u00eb"]


def test_a_file_reads_back_as_it_was_written():
    file = io.BytesIO()
    rows = [["=1+1", 'say "hi", twice\nor more'], [None, 7]]

    write_csv(file, ["at", "@by"], rows)
    read = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))

    assert read == [["at", "'@by"], ["'=1+1", 'say "hi", twice\nor more'], ["", "7"]]

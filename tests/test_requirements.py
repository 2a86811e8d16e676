"""The table of requirements is complete, and what it names exists."""

import re
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from studio.tenancy.selectors.requirements import State, names_of_tests, read_requirements

ROOT: Path = settings.BASE_DIR
TABLE = ROOT / "tests" / "requirements.toml"
ROWS = {"S0": 20, "S1": 35, "S2": 20, "S3": 34, "S4": 35}
DEFERRED = 0  # may only fall


def rows():
    return read_requirements(TABLE, root=ROOT)


def a_table(folder, text):
    """A project of one test module, which holds test_one and TestTwo::test_three."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_a.py").write_text("def test_one(): ...\nclass TestTwo:\n    def test_three(self): ...\n")
    path = folder / "tests" / "requirements.toml"
    path.write_text(text)
    return path


def test_requirements_hold_every_id_once_in_order():
    expected = [f"{group}-{number:02}" for group, last in ROWS.items() for number in range(1, last + 1)]

    assert [row.id for row in rows()] == expected


def test_requirements_say_what_the_readable_copy_says():
    readable = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")

    assert dict(re.findall(r"^\| (S\d-\d\d) \| (.*?) \|", readable, re.MULTILINE)) == {
        row.id: row.says for row in rows()
    }


def test_requirements_deferred_only_become_fewer():
    assert sum(row.state is State.DEFERRED for row in rows()) == DEFERRED


def test_requirements_are_met_or_deferred():
    assert [f"{row.id} {' '.join(row.unknown)}" for row in rows() if row.state is State.MISSING] == []


@pytest.mark.parametrize(
    ("row", "state"),
    [
        pytest.param('tests = ["tests/test_a.py::test_one"]', State.MET, id="function"),
        pytest.param('tests = ["tests/test_a.py::TestTwo::test_three"]', State.MET, id="method"),
        pytest.param('tests = ["tests/test_a.py::test_one[case]"]', State.MET, id="case"),
        pytest.param('deferred = "billing"', State.DEFERRED, id="deferred"),
        pytest.param("", State.MISSING, id="neither"),
        pytest.param("tests = []", State.MISSING, id="empty"),
        pytest.param('tests = ["tests/test_a.py::test_gone"]', State.MISSING, id="no-such-test"),
        pytest.param('tests = ["tests/test_b.py::test_one"]', State.MISSING, id="no-such-module"),
        pytest.param('tests = ["tests/test_a.py"]', State.MISSING, id="module-alone"),
        pytest.param('deferred = "someday"', State.MISSING, id="no-such-part"),
        pytest.param('tests = ["tests/test_a.py::test_one"]\ndeferred = "billing"', State.MISSING, id="both"),
        pytest.param('test = ["tests/test_a.py::test_one"]', State.MISSING, id="misspelt"),
    ],
)
def test_requirements_state_of_a_row(tmp_path, row, state):
    path = a_table(tmp_path, f'["S0-01"]\nsays = "a fact"\n{row}\n')

    assert [found.state for found in read_requirements(path, root=tmp_path)] == [state]


def test_requirements_command_fails_and_names_what_is_missing(tmp_path):
    path = a_table(tmp_path, '["S0-01"]\nsays = "a fact"\n["S0-02"]\nsays = "another"\ndeferred = "billing"\n')
    out = StringIO()

    with pytest.raises(CommandError, match=r"1 requirements are neither met nor deferred\."):
        call_command("requirements", file=path, stdout=out)

    assert out.getvalue().splitlines() == [
        "S0-01  missing   a fact",
        "S0-02  deferred  another",
        "                 (billing)",
        "0 met, 1 deferred, 1 missing, 2 in all",
    ]


def test_requirements_command_passes_when_nothing_is_missing(tmp_path):
    path = a_table(tmp_path, '["S0-01"]\nsays = "a fact"\ndeferred = "billing"\n')
    out = StringIO()

    call_command("requirements", file=path, stdout=out)

    assert Counter(out.getvalue().splitlines())["0 met, 1 deferred, 0 missing, 1 in all"] == 1


def test_requirements_command_refuses_an_unreadable_table(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("requirements", file=a_table(tmp_path, '["S0-01"]\n["S0-01"]\n'))


def test_names_of_tests_knows_this_module():
    assert "test_names_of_tests_knows_this_module" in names_of_tests(Path(__file__))

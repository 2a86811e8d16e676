"""The script `dev`: which Python it takes, and what it says when there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.dev.surroundings import ROOT

TOOLS = ("sh", "dirname", "cmp", "cp", "id", "sed", "head")
FAILS = "exit 127"
OLD = 'case "$2" in *"(3, 12)"*) exit 1 ;; esac'  # what the version question gets from Python 3.11


class Machine:
    """A clone without .venv on a machine with only the programs given."""

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "a clone"
        self.home = folder / "home"
        self.path = folder / "bin"
        for made in (self.clone / "studio" / "dev", self.home, self.path):
            made.mkdir(parents=True)
        shutil.copy(ROOT / "dev", self.clone / "dev")
        (self.clone / "requirements-dev.txt").write_text("# nothing\n")
        for package in ("studio/__init__.py", "studio/dev/__init__.py"):
            (self.clone / package).touch()
        (self.clone / "studio" / "dev" / "__main__.py").write_text(
            "import os, sys\nprint(sys.version_info[:2], os.getcwd(), sys.argv[1:])\n"
        )
        for tool in TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool))

    def has(self, name: str, script: str) -> None:
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def has_python_of_pyenv(self) -> Path:
        program = self.home / ".pyenv" / "versions" / "3.12.99" / "bin" / "python"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        program.chmod(0o755)
        return program

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.clone / "dev", *arguments],
            env={"PATH": str(self.path), "HOME": str(self.home), "LC_ALL": "C"},
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_names_that_fail_and_an_old_python_are_passed_over(machine, tmp_path):
    machine.has("python3.14", FAILS)  # a version manager's stand-in
    machine.has("python3.12", FAILS)
    machine.has("python3", OLD)
    chosen = machine.has_python_of_pyenv()

    first = machine.run("some", "two words", cwd=tmp_path)

    assert first.returncode == 0, first.stderr
    assert first.stdout == f"{sys.version_info[:2]} {tmp_path} ['some', 'two words']\n"
    assert str(chosen) in first.stderr

    second = machine.run("some", "two words", cwd=tmp_path)

    assert (second.stdout, second.stderr) == (first.stdout, "")


def test_changed_requirements_are_installed_and_wrong_ones_stop_the_command(machine, tmp_path):
    machine.has_python_of_pyenv()
    assert machine.run(cwd=tmp_path).returncode == 0
    (machine.clone / "requirements-dev.txt").write_text("no-such-thing==1\n")  # without a hash

    for _attempt in range(2):
        refused = machine.run(cwd=tmp_path)

        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.endswith(
            "The requirements could not be installed; the lines above say why. Nothing else was started.\n"
        )


def test_no_python_is_one_sentence(machine, tmp_path):
    machine.has("python3", OLD)

    answer = machine.run(cwd=tmp_path)

    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (
        "This needs Python 3.12 or newer, and none was found. Install one (with its venv module) and start again.\n"
    )
    assert not (machine.clone / ".venv").exists()


def test_a_python_without_venv_is_told_by_its_package(machine, tmp_path):
    machine.has("python3", 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo python3.13-venv ;; esac')

    answer = machine.run(cwd=tmp_path)

    assert (answer.returncode, answer.stdout) == (1, "")
    assert "Install the package python3.13-venv (sudo apt install python3.13-venv)" in answer.stderr


def test_ci_runs_the_same_command():
    script = (ROOT / ".ci" / "run").read_text()

    assert script == '#!/bin/sh\nexec "$(dirname "$0")/../dev" test\n'
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert os.access(ROOT / "dev", os.X_OK)

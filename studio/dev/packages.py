"""What pip cannot bring: Pango for documents, Chromium for the browser tests."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from ctypes.util import find_library
from dataclasses import dataclass

from studio.dev.surroundings import say

PANGO_LIBRARIES = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class Package:
    """Something the machine has or lacks.

    without: what happens while it is missing
    apt: Debian's names for it
    """

    name: str
    without: str
    apt: tuple[str, ...]
    is_here: Callable[[], bool]


def has_pango() -> bool:
    """Return whether the libraries that lay out documents can be loaded."""
    return all(_loads(name) for name in PANGO_LIBRARIES)


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome, None when there is none."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


PANGO = Package(
    "Pango",
    "PDF documents cannot be made",
    ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
    has_pango,
)
CHROMIUM = Package("Chromium", "tests in a browser are skipped", ("chromium",), lambda: find_chromium() is not None)


def provide(*packages: Package) -> list[Package]:
    """Install by apt what is missing, when this is root; say what to do otherwise; return what stays missing."""
    missing = [package for package in packages if not package.is_here()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        for package in missing:
            say(f"Installing {package.name} by apt.")
            if not _install(package.apt):
                say(f"apt could not install {package.name}.")
        missing = [package for package in missing if not package.is_here()]
    for package in missing:
        say(f"{package.name} is missing: {package.without}. On Debian: sudo apt install {' '.join(package.apt)}")
    return missing


def _install(names: tuple[str, ...]) -> bool:
    # The lists may be older than what the mirror still has, or not there at all.
    return _apt("install", *names) or (_apt("update") and _apt("install", *names))


def _apt(action: str, *names: str) -> bool:
    options = ["-y", "--no-install-recommends"] if action == "install" else []
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-qq", action, *options, *names]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


def _loads(name: str) -> bool:
    for file in (f"lib{name}.so.0", f"lib{name}.so.1", find_library(name)):
        if file:
            try:
                ctypes.CDLL(file)
            except OSError:
                continue
            return True
    return False

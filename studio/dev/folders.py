"""Folders and files that the server's user owns, and nobody else enters."""

import os
import shutil
from hashlib import sha256
from pathlib import Path

from studio.dev.programs import NOBODY, PACKAGE, can_reach, find_programs, server_user
from studio.dev.surroundings import CannotGoOn


def private_folder(parent: Path, key: Path) -> Path:
    """Return a folder with a short name that only the server's user can enter.

    key: the path it stands for; the same key gives the same folder
    raises: CannotGoOn when somebody else made it
    """
    user = server_user()
    folder = parent / f"studio-pg-{user.uid}-{sha256(os.fsencode(key)).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.lstat().st_uid not in {user.uid, os.geteuid()}:
        raise CannotGoOn(f"{folder} belongs to somebody else.")
    folder.chmod(0o700)
    os.chown(folder, user.uid, user.gid)
    return folder


def own(folder: Path) -> None:
    """Give a folder and all in it to the server's user, when it is another's."""
    user = server_user()
    if folder.stat().st_uid != user.uid:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, user.uid, user.gid, follow_symlinks=False)


def existing(path: Path) -> Path:
    """Return the nearest folder above that exists, or the path itself."""
    while not path.exists():
        path = path.parent
    return path


def write(file: Path, text: str) -> None:
    """Write a file of the data folder."""
    file.write_text(text, encoding="utf-8")
    file.chmod(0o644)  # the folder is closed; inside it the server's user must read what root wrote


def server_programs() -> Path:
    """Return the folder of programs that the server's user can run.

    raises: CannotGoOn when it can enter neither them nor a copy
    """
    programs = find_programs()
    if can_reach(server_user(), programs / "postgres"):
        return programs
    # The server's user cannot enter the clone (a home folder that is closed, for one): it gets a copy.
    site = programs.parents[2]
    if not programs.is_relative_to(site / PACKAGE):
        raise CannotGoOn(f"PostgreSQL would run as the user {NOBODY}, who cannot enter {programs}.")
    copy = private_folder(Path("/var/tmp"), programs) / "programs"  # noqa: S108 -- owned and closed by private_folder
    if not copy.exists():
        new = copy.with_name("programs.new")
        for part in site.glob(f"{PACKAGE}*"):  # the libraries it loads lie in a folder beside it
            shutil.copytree(part, new / part.name, symlinks=True, dirs_exist_ok=True)
        new.rename(copy)
    return copy / programs.relative_to(site)

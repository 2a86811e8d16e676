"""Where things are, what is said, and what child processes see of the environment."""

import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
PLATFORM_HOST = "localhost"


class CannotGoOn(Exception):
    """The command ends here; `str(error)` is the sentence that says why and what to do."""


def say(sentence: str) -> None:
    """Tell the person what happens; stdout is left to what the command prints."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def without_postgres_variables() -> dict[str, str]:
    """Return the environment without PGHOST, PGOPTIONS and the like, which would redirect every client."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def has_own_server() -> bool:
    """Return whether the person named a server of their own; then no private one is started."""
    return bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


def is_true(name: str) -> bool:
    """Return whether an environment variable says yes."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def secret_key_file() -> Path:
    """Return the file with this clone's own SECRET_KEY, made the first time."""
    file = VAR / "secret_key"
    if not file.exists():
        VAR.mkdir(exist_ok=True)
        new = VAR / f"secret_key.{os.getpid()}"
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        new.rename(file)
    return file

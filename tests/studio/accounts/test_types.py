"""The inputs that make accounts and login sessions are checked by the type checker: S3-13."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RIGHT = """
from datetime import datetime
from studio.accounts.models import AccountSession, LoginSession, NewLoginSession, NewUser, User

def make(record: AccountSession, at: datetime) -> tuple[User, LoginSession]:
    facts: NewUser = {"email": "a@studio.example", "name": "Ann", "email_verified": False}
    user: User = User.objects.create_user("secret", **facts)
    given: NewLoginSession = {
        "id": "0" * 64, "user": user, "expires_at": at, "auth_hash": "", "account_session": record, "last_seen_at": at,
    }
    return user, LoginSession.objects.create(**given)

def read(user: User, session: LoginSession) -> tuple[str, str, bool, str, datetime]:
    return user.id, user.email, user.email_verified, session.user_id, session.expires_at
"""
WRONG = {
    "an unknown field": ('"name": "Ann"', '"nickname": "Ann"', "typeddict-unknown-key"),
    "a missing address": ('"email": "a@studio.example", ', "", "typeddict-item"),
    "a wrong type": ('"email_verified": False', '"email_verified": "no"', "typeddict-item"),
    "a session without an end": ('"expires_at": at, ', "", "typeddict-item"),
    "a session of nobody": ('"user": user', '"user": None', "typeddict-item"),
    "reading what is not there": ("session.expires_at", "session.expires_on", "attr-defined"),
}


def complaints(tmp_path: Path, source: str) -> str:
    file = tmp_path / "example.py"
    file.write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "\n".join(line for line in done.stdout.splitlines() if line.startswith(str(file)))


def test_right_inputs_pass(tmp_path):
    assert complaints(tmp_path, RIGHT) == ""


@pytest.mark.parametrize(("part", "instead", "code"), WRONG.values(), ids=[*WRONG])
def test_wrong_inputs_are_told(tmp_path, part, instead, code):
    assert RIGHT.count(part) == 1

    assert f"[{code}]" in complaints(tmp_path, RIGHT.replace(part, instead))

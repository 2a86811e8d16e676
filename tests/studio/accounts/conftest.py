"""The cast: one account per role that matters."""

from datetime import UTC, datetime

import pytest

from studio.accounts.models import User
from studio.accounts.services import users

NOW = datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
PASSWORD = "a-long-passphrase-1"


def made_account(name: str, role: str = "") -> User:
    """Return a new account <name>@studio.example, which can sign in, with a role when one is named."""
    return users.create_account(
        email=f"{name}@studio.example",
        name=name.title(),
        password=PASSWORD,
        email_verified=True,
        role=role,
        actor=None,
        now=NOW,
    )


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def owner(studio) -> User:
    return made_account("owner", "owner")


@pytest.fixture
def manager(studio) -> User:
    return made_account("manager", "manager")


@pytest.fixture
def desk(studio) -> User:
    return made_account("desk", "front_desk")


@pytest.fixture
def stranger(studio) -> User:
    return made_account("stranger")

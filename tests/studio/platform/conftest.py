"""The cast of the platform: two operators, one of them signed in; people of the public schema."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client

from studio.accounts.models import User
from studio.accounts.services import users
from studio.tenancy.context import on_platform

NOW = datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
PASSWORD = "a-long-passphrase-1"


def made_operator(name: str) -> User:
    """Return a new operator <name>@platform.example of the public schema."""
    with on_platform():
        return users.create_account(
            email=f"{name}@platform.example",
            name=name.title(),
            password=PASSWORD,
            email_verified=True,
            role="operator",
            actor=None,
            now=NOW,
        )


@pytest.fixture
def operator(studio) -> User:
    return made_operator("olive")


@pytest.fixture
def platform(studio) -> Client:
    """A stranger's browser at the platform's address."""
    return Client(headers={"host": settings.PLATFORM_HOST})


@pytest.fixture
def desk(operator, platform) -> Client:
    """The operator's browser, signed in by the page."""
    answer = platform.post("/accounts/login/", {"login": operator.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return platform

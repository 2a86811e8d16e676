"""The staff of the tests: an account per role, signed in without a password."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.test import Client
from django.utils import timezone

from studio.accounts.models import User
from studio.accounts.services import users

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)


def account(role: str, email: str = "") -> User:
    """Return a new account with a role, e.g. owner@studio.example."""
    return users.create_account(
        email=email or f"{role.replace('_', '-')}@studio.example",
        name=role.replace("_", " ").title(),
        email_verified=True,
        role=role,
        actor=None,
        now=NOW,
    )


def signed_in(web: Client, user: User) -> Client:
    """Return the browser with the account signed in, under a login session of its own."""
    web.force_login(user)
    return web


def studio_day() -> date:
    """Return today on the clock of the studio, whose day begins while that of the tests, in UTC, still goes on."""
    return timezone.localdate(timezone=ZoneInfo("Europe/Paris"))

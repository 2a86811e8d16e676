"""Let somebody operate the platform."""

from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studio.accounts.models import RoleName
from studio.accounts.services import invitations, users
from studio.errors import DomainError
from studio.tenancy.context import on_platform


class Command(BaseCommand):
    """Print an invitation's link, or make the account with a password typed here."""

    help = "Invites an operator of the platform and prints the link, or with --password makes the account at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address, and which of the two."""
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="The person's name; with --password.")
        parser.add_argument("--password", action="store_true", help="Ask for a password on the terminal.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it in the public schema; a refusal is one sentence."""
        try:
            with on_platform():
                told = self._account(options) if options["password"] else self._link(options)
        except DomainError as exc:
            raise CommandError(str(exc), returncode=2) from exc
        self.stdout.write(told)

    def _link(self, options: dict[str, Any]) -> str:
        return invitations.invite_by_link(email=options["email"], role=RoleName.OPERATOR, now=timezone.now())

    def _account(self, options: dict[str, Any]) -> str:
        user = users.create_account(
            email=options["email"],
            name=options["name"],
            password=getpass("Password: "),
            email_verified=True,
            role=RoleName.OPERATOR,
            actor=None,
            now=timezone.now(),
        )
        return f"{user.label} may sign in."

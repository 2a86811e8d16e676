"""Make the database roles again after a restore on another server."""

from typing import Any

from django.core.management.base import BaseCommand

from studio.tenancy.services import grants


class Command(BaseCommand):
    """Make what is missing of roles and grants; it may run at any time."""

    help = "Makes the roles that a dump does not hold, and what each may touch; run it after a restore."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it and say for how many schemas."""
        self.stdout.write(f"The roles of {len(grants.ensure_roles())} schemas are as they must be.")

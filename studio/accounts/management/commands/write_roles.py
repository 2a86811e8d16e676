"""Bring every studio's groups and permissions to the table of roles."""

from typing import Any

from django.core.management.base import BaseCommand

from studio.accounts.services import role_groups
from studio.tenancy.context import inside, on_platform
from studio.tenancy.selectors import registry


class Command(BaseCommand):
    """Write the roles; migrating does it too, for the schemas it changes."""

    help = "Writes the table of roles into the platform and every active studio; running it again changes nothing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write them schema by schema."""
        with on_platform():
            role_groups.write_roles()
        schemas = registry.active_schemas()
        for schema in schemas:
            studio = registry.active_studio(schema)
            if studio is not None:
                with inside(studio):
                    role_groups.write_roles()
        self.stdout.write(f"Roles written: the platform and {len(schemas)} studios.")

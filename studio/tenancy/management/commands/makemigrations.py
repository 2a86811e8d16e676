"""Django's makemigrations, reading the history of the public schema as the owner."""

from typing import Any

from django.core.management.commands import makemigrations

from studio.tenancy.context import as_owner


class Command(makemigrations.Command):
    """Make migrations; every schema records the whole history, so one of them can be asked."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run Django's command where its consistency check finds a record."""
        with as_owner():
            super().handle(*args, **options)

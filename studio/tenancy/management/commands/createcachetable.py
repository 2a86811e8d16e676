"""Nothing to create: migrations make the cache table of each schema."""

from typing import Any

from django.core.management.commands import createcachetable


class Command(createcachetable.Command):
    """Do nothing; test runners call this."""

    def handle(self, *_tables: Any, **_options: Any) -> None:
        """Leave the tables to the migrations."""

"""The same as migrate_schemas: there is one way to migrate, also for test runners."""

from studio.tenancy.management.commands.migrate_schemas import Command

__all__ = ["Command"]

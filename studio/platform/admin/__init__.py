"""The operators' back office."""

from studio.platform.admin import capsules, panels, schemas, studios

__all__ = ["capsules", "panels", "schemas", "studios"]

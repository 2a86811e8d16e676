"""The operators' back office."""

from studio.platform.admin import capsules, panels, payments, schemas, studios

__all__ = ["capsules", "panels", "payments", "schemas", "studios"]

"""The operators' back office."""

from studio.platform.admin import panels, schemas, studios

__all__ = ["panels", "schemas", "studios"]

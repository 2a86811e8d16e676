"""Which apps have tables in the schema a connection stands in."""

from functools import cache
from typing import cast

from django.apps import apps
from django.conf import settings
from django.db import connections

from studio.tenancy.backend.base import DatabaseWrapper
from studio.tenancy.place import PUBLIC


@cache
def labels(setting: str) -> frozenset[str]:
    """Return the labels of the apps named by SHARED_APPS or TENANT_APPS."""
    names = set(getattr(settings, setting))
    return frozenset(
        config.label
        for config in apps.get_app_configs()
        if config.name in names or f"{type(config).__module__}.{type(config).__qualname__}" in names
    )


def labels_of(schema: str) -> frozenset[str]:
    """Return the labels of the apps that have tables in a schema."""
    return labels("SHARED_APPS" if schema == PUBLIC else "TENANT_APPS")


class SchemaRouter:
    """Lets an app's migrations touch only the schemas it belongs to."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool | None:
        """Return False for an app without tables in the current schema, else no opinion."""
        connection = cast("DatabaseWrapper", connections[db])
        return None if app_label in labels_of(connection.schema_name or "") else False

"""Django's flush for the schema the connection stands in: back to the state just after provisioning."""

from typing import Any

from django.core.management.commands import flush
from django.db import transaction

from studio.tenancy.context import as_owner, current_schema, inside
from studio.tenancy.models import Studio
from studio.tenancy.place import PUBLIC
from studio.tenancy.signals import studio_provisioned


class Command(flush.Command):
    """Empty one schema's tables, which only their owner may truncate, and seed a studio again."""

    def handle(self, **options: Any) -> None:
        """Run Django's command as the owner, in the same schema."""
        schema = current_schema()
        with as_owner(schema):
            super().handle(**options)
        if schema == PUBLIC:
            return
        with as_owner():
            studio = Studio.objects.filter(schema_name=schema).first()
        if studio is not None:
            with inside(studio), transaction.atomic():
                studio_provisioned.send(sender=Studio, studio=studio)

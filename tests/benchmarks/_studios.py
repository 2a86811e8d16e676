"""The studios that benchmarks work on; those of an earlier run are used again."""

from django.core.management import call_command
from django.utils import timezone

from studio.tenancy.context import as_owner
from studio.tenancy.models import Studio
from studio.tenancy.services import migrating, studios


def opened(count: int) -> list[str]:
    """Migrate the database, open the studios that are missing, and return the schemas of so many."""
    call_command("migrate", verbosity=0)
    with as_owner():
        there = Studio.objects.count()
    for number in range(there, count):
        studios.create_studio(name=f"Bench {number}", kind="recording", now=timezone.now())
    return migrating.studio_schemas()[:count]

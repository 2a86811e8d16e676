"""Which studios have a backup, and how old it is."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from studio.tenancy.models import Capsule, Studio

# A day, and the hours in which the nightly job may take its time.
OVERDUE = timedelta(hours=26)


def newest_capsule(studio: Studio) -> Capsule | None:
    """Return the newest backup of a studio of which there is a file."""
    return Capsule.objects.made().filter(studio=studio).order_by("-made_at", "-pk").first()


def without_backup(now: datetime) -> Q:
    """Return the condition on studios that were there a day ago and have no backup younger than that.

    Where no nightly ones are wanted nobody is missing one.
    """
    if settings.CAPSULES_KEPT <= 0:
        return Q(pk__in=[])
    young = Capsule.objects.made().filter(studio=OuterRef("pk"), made_at__gt=now - OVERDUE)
    return Q(~Exists(young), created_at__lte=now - OVERDUE)

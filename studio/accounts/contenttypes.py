"""Content types with the same id in every schema.

Numbers drawn from a sequence would differ between studios, and Django's process-wide cache of content
types would then hand one studio's number to another.
"""

from typing import Any
from zlib import crc32

from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_init

LARGEST = 0x7FFFFFFF


def pinned_id(app_label: str, model: str) -> int:
    """Return the id of a model's content type: a checksum of its name."""
    return crc32(f"{app_label}.{model}".encode()) & LARGEST


def _give_id(instance: ContentType, **_kwargs: Any) -> None:
    # Django makes them in bulk, one by one and on demand; each of those ways begins with an instance.
    if not instance.pk and instance.app_label and instance.model:
        instance.pk = pinned_id(instance.app_label, instance.model)


def pin_ids() -> None:
    """Give each new content type its pinned id, whoever makes it."""
    post_init.connect(_give_id, sender=ContentType, dispatch_uid="studio.accounts.contenttypes")

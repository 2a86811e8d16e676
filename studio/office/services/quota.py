"""How much a studio may keep."""

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.office.models import PendingFile, StoredFile

MEGABYTE = 1024 * 1024


class StorageFull(DomainError):
    """The studio has used up its share of the storage, or the disk has none left."""

    status_code = 507


def insist_on_room(size: int) -> None:
    """Pass when so many bytes more fit into the studio's share of the storage, uploads under way included.

    raises: StorageFull
    """
    kept = StoredFile.objects.aggregate(total=Sum("size"))["total"] or 0
    coming = PendingFile.objects.exclude(purpose="").aggregate(total=Sum("size"))["total"] or 0
    share = settings.STORAGE_QUOTA_MB * MEGABYTE
    if kept + coming + size > share:
        free = max(share - kept - coming, 0) // MEGABYTE
        sentence = _("There is no room for this file: %(free)d MB of the studio's %(share)d MB are free.")
        raise StorageFull(sentence % {"free": free, "share": settings.STORAGE_QUOTA_MB})

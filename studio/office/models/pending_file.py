"""Keys in storage whose bytes belong to no stored file: not yet, or no longer."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.office.models.stored_file import GENERATED_KEY


class PendingFileQuerySet(models.QuerySet["PendingFile"]):
    """Keys without a stored file."""

    def overdue(self, now: datetime) -> Self:
        """Keep those whose bytes nobody will ask for any more."""
        return self.filter(expires_at__lte=now)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class PendingFile(CreatedUpdated):
    """An upload under way, or a file that was given up; the sweep deletes the bytes and then the row.

    Committed before the first byte is written, so that no byte in storage is ever unknown.
    """

    key = models.CharField(_("key"), max_length=128, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=255)
    purpose = models.CharField(
        _("purpose"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("What the bytes are for, and who sends them. Empty: given up."),
    )
    size = models.BigIntegerField(_("size"), help_text=_("In bytes, as announced."))
    fingerprint = models.CharField(
        _("fingerprint"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text=_("What tells the file from another of the same name and size. Empty: not known."),
    )
    expires_at = models.DateTimeField(_("expires at"))

    objects = models.Manager.from_queryset(PendingFileQuerySet)()

    class Meta:
        db_table = "pending_files"
        verbose_name = _("pending file")
        verbose_name_plural = _("pending files")
        constraints = [
            models.CheckConstraint(name="pending_files_key_generated", condition=Q(key__regex=GENERATED_KEY)),
            models.CheckConstraint(name="pending_files_size_not_negative", condition=Q(size__gte=0)),
        ]
        indexes = [models.Index(name="pending_files_expires_at", fields=["expires_at"])]

    def __str__(self) -> str:
        return self.name

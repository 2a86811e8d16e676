"""Files that a studio keeps."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated

GENERATED_KEY = r"^tenant_[0-9]+/[0-9a-f]{2}/[0-9a-f]{32}$"  # the studio, a folder, 128 random bits


class StoredFile(CreatedUpdated):
    """One file: what is known of its bytes, and the unguessable key under which storage has them."""

    key = models.CharField(_("key"), max_length=128, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=255, help_text=_("As the file was called where it came from."))
    content_type = models.CharField(
        _("type"), max_length=100, help_text=_("Found in the bytes, not taken from the name.")
    )
    size = models.BigIntegerField(_("size"), help_text=_("In bytes."))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    right = models.CharField(
        _("right that it asks for"),
        max_length=100,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Of what it is part of, e.g. a contract, beside the right to see files. Empty: none."),
    )

    class Meta:
        db_table = "stored_files"
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(name="stored_files_key_generated", condition=Q(key__regex=GENERATED_KEY)),
            models.CheckConstraint(name="stored_files_size_not_negative", condition=Q(size__gte=0)),
            models.CheckConstraint(name="stored_files_sha256_hex", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="stored_files_right_named", condition=Q(right="") | Q(right__regex=r"^[a-z_]+\.[a-z_]+$")
            ),
        ]

    def __str__(self) -> str:
        return self.name

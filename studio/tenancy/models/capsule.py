"""Which backups of studios there are."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.showing import when
from studio.tenancy.models.studio import Studio


class CapsuleState(models.TextChoices):
    """How the making of a capsule ended."""

    READY = "ready", _("ready")
    INCOMPLETE = "incomplete", _("with gaps")
    FAILED = "failed", _("not made")


class CapsuleQuerySet(models.QuerySet["Capsule"]):
    """Backups."""

    def made(self) -> Self:
        """Keep those of which there is a file."""
        return self.exclude(state=CapsuleState.FAILED)


class Capsule(CreatedUpdated):
    """One studio as it was at one moment, in one file; or the attempt, and why there is no file."""

    studio = models.ForeignKey(
        Studio,
        verbose_name=_("studio"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="capsules",
        help_text=_("Empty after the studio is gone: its backups stay."),
    )
    schema_name = models.CharField(_("schema"), max_length=63)
    studio_label = models.CharField(_("studio's name"), max_length=120)
    state = models.CharField(_("state"), max_length=16, choices=CapsuleState)
    path = models.CharField(_("file"), max_length=500, blank=True, default="", db_default="")
    size = models.BigIntegerField(_("size"), default=0, db_default=0, help_text=_("In bytes."))
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True, default="", db_default="")
    manifest = models.JSONField(
        _("manifest"), default=dict, help_text=_("What is inside, without the list of files: counts and digests.")
    )
    problem = models.TextField(
        _("problem"), blank=True, default="", db_default="", help_text=_("What is missing, or why there is no file.")
    )
    is_nightly = models.BooleanField(
        _("nightly"),
        default=False,
        db_default=False,
        help_text=_("Made by the job; it goes when newer ones are there."),
    )
    made_at = models.DateTimeField(_("made"))
    made_by = models.CharField(_("made by"), max_length=420, help_text=_("A label: who asked for it."))

    objects = models.Manager.from_queryset(CapsuleQuerySet)()

    class Meta:
        db_table = "capsules"
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        constraints = [
            models.CheckConstraint(name="capsules_state_known", condition=Q(state__in=CapsuleState.values)),
            models.CheckConstraint(
                name="capsules_file_when_made",
                condition=(Q(state=CapsuleState.FAILED) & Q(path="") & Q(sha256="") & ~Q(problem=""))
                | (Q(state=CapsuleState.READY) & ~Q(path="") & Q(sha256__regex=r"^[0-9a-f]{64}$") & Q(problem=""))
                | (
                    Q(state=CapsuleState.INCOMPLETE) & ~Q(path="") & Q(sha256__regex=r"^[0-9a-f]{64}$") & ~Q(problem="")
                ),
            ),
            models.CheckConstraint(name="capsules_size_not_negative", condition=Q(size__gte=0)),
        ]
        indexes = [models.Index(name="capsules_newest", fields=["studio", "-made_at"])]

    def __str__(self) -> str:
        return f"{self.studio_label} {when(self.made_at)}"

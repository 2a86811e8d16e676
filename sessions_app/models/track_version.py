"""Versions of a track: what was sent out to be heard, from the demo to the master."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.track import Track
from studio.db import CreatedUpdated
from studio.office.models import StoredFile


class VersionKind(models.TextChoices):
    """What a version is meant to be."""

    DEMO = "demo", _("demo")
    ROUGH_MIX = "rough_mix", _("rough mix")
    FINAL_MIX = "final_mix", _("final mix")
    MASTER = "master", _("master")


class TrackVersionQuerySet(models.QuerySet["TrackVersion"]):
    """Versions."""

    def approved(self) -> Self:
        """Keep those whose approval stands."""
        return self.filter(approved_at__isnull=False, withdrawn_at__isnull=True)

    def newest_first(self) -> Self:
        """Versions as they were made, the last one first."""
        return self.order_by("-created_at", "-pk")

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class TrackVersion(CreatedUpdated):
    """One recording of a track that people listen to, comment on and approve; its audio never changes."""

    track = models.ForeignKey(
        Track, on_delete=models.DB_CASCADE, related_name="versions", db_index=False, verbose_name=_("track")
    )
    kind = models.CharField(
        _("kind"), max_length=16, choices=VersionKind, default=VersionKind.ROUGH_MIX, db_default=VersionKind.ROUGH_MIX
    )
    number = models.PositiveSmallIntegerField(_("number"))  # per track and kind
    file = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("audio")
    )
    audio_elsewhere = models.BooleanField(
        _("audio elsewhere"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Taken over from a former system, without its audio."),
    )
    length = models.DecimalField(
        _("length"),
        max_digits=9,
        decimal_places=3,
        null=True,
        blank=True,
        editable=False,
        help_text=_("Seconds, as its bytes say. Empty: their beginning does not."),
    )
    notes = models.TextField(
        _("notes"), blank=True, default="", db_default="", help_text=_("What is new, for whoever listens.")
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("uploaded by"),
        help_text=_("Empty when the product did it, and after the account is deleted: the name stays."),
    )
    uploaded_by_label = models.CharField(
        _("uploaded by"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    is_billable = models.BooleanField(
        _("billable"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("A revision beyond those that the project included when it was made."),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by_label = models.CharField(
        _("approved by"), max_length=255, blank=True, default="", db_default="", editable=False
    )
    withdrawn_at = models.DateTimeField(_("approval withdrawn at"), null=True, blank=True)
    withdrawal_reason = models.CharField(
        _("why the approval was withdrawn"), max_length=500, blank=True, default="", db_default=""
    )

    objects = models.Manager.from_queryset(TrackVersionQuerySet)()

    class Meta:
        db_table = "track_versions"
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [
            models.UniqueConstraint(
                name="track_versions_number_unique",
                fields=["track", "kind", "number"],
                violation_error_message=_("Somebody has just added a version of this kind. Please try again."),
            ),
            models.CheckConstraint(name="track_versions_kind_known", condition=Q(kind__in=VersionKind.values)),
            models.CheckConstraint(name="track_versions_number_from_1", condition=Q(number__gte=1)),
            models.CheckConstraint(
                name="track_versions_length_above_zero",
                condition=Q(length__isnull=True) | Q(length__gt=0),
                violation_error_message=_("Audio lasts longer than nothing."),
            ),
            models.CheckConstraint(
                name="track_versions_audio_or_elsewhere",
                condition=Q(file__isnull=False, audio_elsewhere=False) | Q(file__isnull=True, audio_elsewhere=True),
                violation_error_message=_("A version needs its audio."),
            ),
            models.CheckConstraint(
                name="track_versions_approval_named",
                condition=Q(approved_at__isnull=True, approved_by_label="")
                | (Q(approved_at__isnull=False) & ~Q(approved_by_label="")),
                violation_error_message=_("An approval says who gave it."),
            ),
            models.CheckConstraint(
                name="track_versions_withdrawal_reasoned",
                condition=Q(withdrawn_at__isnull=True, withdrawal_reason="")
                | (Q(withdrawn_at__isnull=False, approved_at__isnull=False) & ~Q(withdrawal_reason="")),
                violation_error_message=_("An approval is withdrawn with a reason."),
            ),
        ]
        indexes = [
            models.Index(
                name="track_versions_uploaded_by", fields=["uploaded_by"], condition=Q(uploaded_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def is_approved(self) -> bool:
        """Whether its approval stands."""
        return self.approved_at is not None and self.withdrawn_at is None

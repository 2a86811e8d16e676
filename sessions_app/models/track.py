"""Tracks: the pieces that a project is made of."""

from decimal import Decimal
from typing import Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Deferrable, Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from sessions_app.models.project import Project
from sessions_app.models.session import StudioSession
from studio.db import CreatedUpdated

MOST_TRACKS = 999
LONGEST = 24 * 3600  # seconds of one track
SLOWEST, FASTEST = Decimal(10), Decimal(999)
ISRC_SHAPE = r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$"


class TrackStatus(models.TextChoices):
    """How far a track has come."""

    RECORDING = "recording", _("recording")
    EDITING = "editing", _("editing")
    MIXING = "mixing", _("mixing")
    MASTERING = "mastering", _("mastering")
    COMPLETED = "completed", _("completed")


class TrackQuerySet(models.QuerySet["Track"]):
    """Tracks."""

    def in_order(self) -> Self:
        """Tracks as they stand on their project."""
        return self.order_by("project", "number", "pk")

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class Track(CreatedUpdated):
    """A piece of a project; part of it, and gone with it."""

    project = models.ForeignKey(
        Project, on_delete=models.DB_CASCADE, related_name="tracks", db_index=False, verbose_name=_("project")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=255)
    session = models.ForeignKey(
        StudioSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="tracks",
        db_index=False,
        verbose_name=_("session"),
        help_text=_("Where it was recorded. Empty also after the session is deleted: its title stays."),
    )
    session_label = models.CharField(
        _("session's title"), max_length=255, blank=True, default="", db_default="", editable=False
    )
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=TrackStatus,
        default=TrackStatus.RECORDING,
        db_default=TrackStatus.RECORDING,
    )
    duration = models.PositiveIntegerField(_("duration"), null=True, blank=True)  # seconds
    isrc = models.CharField(
        _("ISRC"),
        max_length=12,
        blank=True,
        default="",
        db_default="",
        help_text=_("Twelve characters, with or without dashes, e.g. FR-Z03-26-00001."),
    )
    bpm = models.DecimalField(_("tempo"), max_digits=5, decimal_places=2, null=True, blank=True)
    key = models.CharField(_("key"), max_length=20, blank=True, default="", db_default="")
    language = models.CharField(_("language"), max_length=50, blank=True, default="", db_default="")
    is_explicit = models.BooleanField(_("explicit"), default=False, db_default=False)
    lyrics = models.TextField(_("lyrics"), blank=True, default="", db_default="")
    technical_sheet = models.JSONField(
        _("technical sheet"),
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text=_("What -> how, e.g. microphones, preset, effects."),
    )
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(TrackQuerySet)()

    class Meta:
        db_table = "tracks"
        verbose_name = _("track")
        verbose_name_plural = _("tracks")
        constraints = [
            # Deferrable, so that one statement after the other can give a project's tracks new numbers.
            models.UniqueConstraint(
                name="tracks_number_unique",
                fields=["project", "number"],
                deferrable=Deferrable.IMMEDIATE,
                violation_error_message=_("Another track of this project has this number."),
            ),
            models.CheckConstraint(
                name="tracks_number_from_1",
                condition=Q(number__gte=1, number__lte=MOST_TRACKS),
                violation_error_message=_("Tracks are numbered from 1 to 999."),
            ),
            models.CheckConstraint(
                name="tracks_title_given",
                condition=~Q(title=""),
                violation_error_message=_("A track needs a title."),
            ),
            models.CheckConstraint(name="tracks_status_known", condition=Q(status__in=TrackStatus.values)),
            models.CheckConstraint(
                name="tracks_duration_plausible",
                condition=Q(duration__isnull=True) | Q(duration__gte=1, duration__lte=LONGEST),
                violation_error_message=_("A track lasts between a second and a day."),
            ),
            models.CheckConstraint(
                name="tracks_bpm_plausible",
                condition=Q(bpm__isnull=True) | Q(bpm__gte=SLOWEST, bpm__lte=FASTEST),
                violation_error_message=_("A tempo lies between 10 and 999 beats a minute."),
            ),
            models.CheckConstraint(
                name="tracks_isrc_well_formed",
                condition=Q(isrc="") | Q(isrc__regex=ISRC_SHAPE),
                violation_error_message=_("An ISRC has a country, a registrant, a year and five digits."),
            ),
            models.UniqueConstraint(
                name="tracks_isrc_unique",
                fields=["isrc"],
                condition=~Q(isrc=""),
                violation_error_message=_("Another track has this ISRC."),
            ),
        ]
        indexes = [
            models.Index(name="tracks_session", fields=["session"], condition=Q(session__isnull=False)),
            GinIndex(OpClass(Upper("title"), "gin_trgm_ops"), name="tracks_search"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

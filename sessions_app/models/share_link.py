"""Share links: a project, a track or one version, opened to somebody without an account."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.project import Project
from sessions_app.models.track import Track
from sessions_app.models.track_version import TrackVersion
from studio.db import CreatedUpdated

SHA256_HEX = r"^[0-9a-f]{64}$"


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    """Share links."""

    def of_project(self, project: Project) -> Self:
        """Keep those that open a project or a part of it."""
        return self.filter(Q(project=project) | Q(track__project=project) | Q(version__track__project=project))

    def alive(self, now: datetime) -> Self:
        """Keep those that are neither revoked nor expired."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)

    def with_views_left(self) -> Self:
        """Keep those that may be opened once more."""
        return self.filter(Q(most_views__isnull=True) | Q(views__lt=F("most_views")))

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class ShareLink(CreatedUpdated):
    """What a listener may hear and do, and until when; the secret in the address is stored as its digest only."""

    # Exactly one of the three; the link goes with it.
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="share_links",
        db_index=False,
        verbose_name=_("project"),
        help_text=_("All its tracks, each with its newest version of a kind."),
    )
    track = models.ForeignKey(
        Track,
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="share_links",
        db_index=False,
        verbose_name=_("track"),
        help_text=_("The newest version of each kind."),
    )
    version = models.ForeignKey(
        TrackVersion,
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="share_links",
        db_index=False,
        verbose_name=_("version"),
        help_text=_("This version alone, also when there are newer ones."),
    )
    recipient = models.CharField(_("for"), max_length=255, help_text=_("Who gets it, e.g. the band or the label."))
    token_hash = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    may_download = models.BooleanField(_("may download"), default=False, db_default=False)
    may_comment = models.BooleanField(_("may comment"), default=False, db_default=False)
    may_approve = models.BooleanField(_("may approve"), default=False, db_default=False)
    expires_at = models.DateTimeField(_("expires at"))
    most_views = models.PositiveIntegerField(
        _("most views"), null=True, blank=True, help_text=_("How often it may be opened. Empty: without a limit.")
    )
    views = models.PositiveIntegerField(_("views"), default=0, db_default=0, editable=False)
    last_viewed_at = models.DateTimeField(_("last opened"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("created by"),
        help_text=_("Empty when the product did it, and after the account is deleted: the name stays."),
    )
    created_by_label = models.CharField(
        _("created by"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = models.Manager.from_queryset(ShareLinkQuerySet)()

    class Meta:
        db_table = "share_links"
        verbose_name = _("share link")
        verbose_name_plural = _("share links")
        constraints = [
            models.CheckConstraint(name="share_links_token_hashed", condition=Q(("token_hash__regex", SHA256_HEX))),
            models.CheckConstraint(
                name="share_links_recipient_given",
                condition=~Q(recipient=""),
                violation_error_message=_("A share link says for whom it is."),
            ),
            models.CheckConstraint(
                name="share_links_one_thing",
                condition=Q(project__isnull=False, track__isnull=True, version__isnull=True)
                | Q(project__isnull=True, track__isnull=False, version__isnull=True)
                | Q(project__isnull=True, track__isnull=True, version__isnull=False),
                violation_error_message=_("A share link opens a project, a track or a version."),
            ),
            models.CheckConstraint(
                name="share_links_views_within_limit",
                condition=Q(most_views__isnull=True) | Q(most_views__gte=1, views__lte=F("most_views")),
                violation_error_message=_("A limit of views is at least one, and never exceeded."),
            ),
        ]
        indexes = [
            models.Index(name="share_links_project", fields=["project"], condition=Q(project__isnull=False)),
            models.Index(name="share_links_track", fields=["track"], condition=Q(track__isnull=False)),
            models.Index(name="share_links_version", fields=["version"], condition=Q(version__isnull=False)),
            models.Index(name="share_links_created_by", fields=["created_by"], condition=Q(created_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.recipient

"""Comments on what is heard at a moment of a version."""

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.track import LONGEST
from sessions_app.models.track_version import TrackVersion
from studio.db import CreatedUpdated


class AuthorKind(models.TextChoices):
    """On which side of the glass somebody stands."""

    STAFF = "staff", _("studio")
    CLIENT = "client", _("client")


class TrackCommentQuerySet(models.QuerySet["TrackComment"]):
    """Comments."""

    def threads(self) -> Self:
        """Keep what begins a thread."""
        return self.filter(parent__isnull=True)

    def unresolved(self) -> Self:
        """Keep the threads that wait for somebody."""
        return self.threads().filter(resolved_at__isnull=True)

    def as_heard(self) -> Self:
        """Comments in the order of the music, answers after what they answer."""
        return self.order_by("second", "created_at", "pk")

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class TrackComment(CreatedUpdated):
    """What somebody says about a moment, or answers to that."""

    version = models.ForeignKey(
        TrackVersion, on_delete=models.DB_CASCADE, related_name="comments", db_index=False, verbose_name=_("version")
    )
    # Of the same version, as a key on two columns says; an answer's answer is one of the thread: the service's rule.
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="answers",
        db_index=False,
        verbose_name=_("answers"),
    )
    second = models.DecimalField(_("at"), max_digits=8, decimal_places=3, default=Decimal(0), db_default=Decimal(0))
    body = models.TextField(_("comment"))
    author_kind = models.CharField(
        _("side"), max_length=8, choices=AuthorKind, default=AuthorKind.STAFF, db_default=AuthorKind.STAFF
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("author"),
        help_text=_("Empty for a listener without an account, and after the account is deleted: the name stays."),
    )
    author_label = models.CharField(_("author"), max_length=420, editable=False)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("resolved by"),
        help_text=_("Empty while it is open, and after the account is deleted: the name stays."),
    )
    resolved_by_label = models.CharField(
        _("resolved by"), max_length=420, blank=True, default="", db_default="", editable=False
    )

    objects = models.Manager.from_queryset(TrackCommentQuerySet)()

    class Meta:
        db_table = "track_comments"
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.CheckConstraint(
                name="track_comments_body_given",
                condition=~Q(body=""),
                violation_error_message=_("A comment says something."),
            ),
            models.CheckConstraint(
                name="track_comments_second_within_track",
                condition=Q(second__gte=0, second__lte=LONGEST),
                violation_error_message=_("A comment belongs to a second between 0 and a day."),
            ),
            models.CheckConstraint(
                name="track_comments_author_kind_known", condition=Q(author_kind__in=AuthorKind.values)
            ),
            models.CheckConstraint(name="track_comments_author_named", condition=~Q(author_label="")),
            models.CheckConstraint(
                name="track_comments_threads_resolved",
                condition=Q(resolved_at__isnull=True) | Q(parent__isnull=True),
                violation_error_message=_("A thread is resolved, not an answer in it."),
            ),
            # What the answers' key on (parent, version) refers to.
            models.UniqueConstraint(name="track_comments_id_with_version", fields=["id", "version"]),
        ]
        indexes = [
            models.Index(name="track_comments_by_version", fields=["version", "second"]),
            models.Index(name="track_comments_parent", fields=["parent"], condition=Q(parent__isnull=False)),
            models.Index(name="track_comments_author", fields=["author"], condition=Q(author__isnull=False)),
            models.Index(
                name="track_comments_resolved_by", fields=["resolved_by"], condition=Q(resolved_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_label}: {self.body[:60]}"
